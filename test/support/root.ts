/** The folder of Gander's package.json: cases and example migrations are read from it, built or not. */
export { packageRoot as root } from '../../server/package-root.ts';
