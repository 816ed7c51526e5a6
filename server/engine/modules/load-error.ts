import { GanderError, messageOf } from '../errors.ts';
import { placeInStack } from './stack.ts';

interface Loaded {
  readonly file: string;
  readonly text: string;
  /** How stack traces name the file. */
  readonly names: readonly string[];
}

/** The error of a module that cannot be imported: what Node says, where in the file, and what to do. */
export function asLoadError(error: unknown, { file, text, names }: Loaded): GanderError {
  const { stack, code } = (error ?? {}) as { stack?: unknown; code?: unknown };
  const place = placeInStack(stack, names, text);
  const { what, next } = sentences(error, String(code), place === null ? `node --check ${file}` : null);
  return new GanderError('invalid_file', `${file} ${what}: ${shortly(error)}.`, {
    file,
    next,
    cause: error,
    ...(place === null ? {} : { place }),
  });
}

const RESTART = 'Gander loads each text once: start it anew after mending something else than the file.';

/** @param check the command that tells the place, where Node has not told it */
function sentences(error: unknown, code: string, check: string | null): { what: string; next: string } {
  const message = messageOf(error);
  if (/^(ERR_)?MODULE_NOT_FOUND$/.test(code) || NO_SUCH_EXPORT.test(message)) {
    return { what: 'imports what is not there', next: `Install it, or mend the path. ${RESTART}` };
  }
  if (NOT_AN_ES_MODULE.test(message)) {
    return {
      what: 'is not taken for an ES module',
      next: 'Name it .mjs, or put "type": "module" into the package.json nearest to it.',
    };
  }
  if (NOT_COMMON_JS.test(message)) {
    return {
      what: 'is not taken for CommonJS',
      next: 'Name it .cjs, or write `export async function up(client) { … }`.',
    };
  }
  if ((error as Error | undefined)?.name === 'SyntaxError') {
    return {
      what: 'does not parse',
      next: check === null ? 'Mend it.' : `Mend it; \`${check}\` shows the place.`,
    };
  }
  return { what: 'fails while it is loaded', next: `Keep what may fail inside of its functions. ${RESTART}` };
}

const NO_SUCH_EXPORT = /does not provide an export named/;
const NOT_AN_ES_MODULE = /^Cannot use import statement outside a module|^Unexpected token 'export'/;
const NOT_COMMON_JS = /^(module|exports|require|__filename|__dirname) is not defined in ES module scope/;

/** `TypeError: boo`; of Node's own errors the first line, which says it. */
function shortly(error: unknown): string {
  const message = messageOf(error).split('\n')[0]!.replace(/\.$/, '');
  const name = error instanceof Error ? error.name : 'Error';
  return name === 'Error' || name === 'SyntaxError' ? message : `${name}: ${message}`;
}
