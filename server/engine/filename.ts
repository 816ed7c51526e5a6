import { GanderError } from './errors.ts';

export interface FileName {
  readonly version: bigint;
  /** What stands between the version and `.sql`. */
  readonly name: string;
}

const LARGEST = 2n ** 63n - 1n;

/**
 * Reads `20250101000000_create_users.sql`: the digits before the first `_` are the version (goose 3.27,
 * `NumericComponent`).
 *
 * @returns the version and the name, or the error that says what is wrong with this name
 */
export function parseFileName(file: string): FileName | GanderError {
  const stem = file.slice(0, -'.sql'.length);
  const underscore = stem.indexOf('_');
  if (underscore < 0) return badName(file, 'has no “_” between its version and its name');
  const digits = stem.slice(0, underscore);
  if (!/^\d+$/.test(digits)) return badName(file, 'does not begin with a version in digits');
  const version = BigInt(digits);
  if (version < 1n) return badName(file, 'has the version 0: versions begin at 1');
  if (version > LARGEST) return badName(file, `has a version beyond the largest bigint, ${LARGEST}`);
  return { version, name: stem.slice(underscore + 1) };
}

function badName(file: string, why: string): GanderError {
  return new GanderError('invalid_file', `${file} ${why}.`, {
    file,
    next: 'Name it like 20250131093000_create_users.sql, or move it out of the folder.',
  });
}

/** Why a file that looks like a migration is not read; null for those that are read, and for files of other kinds. */
export function skipReason(file: string): string | null {
  if (file.startsWith('.')) return /\.sql$/i.test(file) ? 'its name begins with a dot' : null;
  if (file.endsWith('.sql')) return null;
  if (/\.sql$/i.test(file)) return 'its name must end with .sql in lower case';
  if (/\.sql(~|\.(bak|orig|rej|swp|tmp|old))$/i.test(file)) return 'it looks like a copy left by an editor';
  if (/^\d+_.*\.go$/.test(file) && !file.endsWith('_test.go')) return 'migrations in Go run in goose only';
  return null;
}
