import { GanderError } from '../engine/index.ts';

/** Reads a version as written on the command line. @throws GanderError `invalid_request` */
export function parseVersion(text: string | undefined): bigint {
  if (text !== undefined && /^\d{1,19}$/.test(text)) return BigInt(text);
  throw new GanderError('invalid_request', `“${text}” is not a version.`, {
    next: 'A version is the number at the beginning of a file’s name; gander status lists them.',
  });
}
