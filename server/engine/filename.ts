import { GanderError } from './errors.ts';

export interface FileName {
  readonly version: bigint;
  /** What stands between the version and the ending, `.sql` or `.js`. */
  readonly name: string;
}

/** What a folder says of a migration without opening its file. */
export interface NamedFile extends FileName {
  readonly file: string;
}

/** The endings of migrations in JavaScript, and in the TypeScript that Node itself can run. */
const MODULE_ENDINGS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'] as const;

const LARGEST = 2n ** 63n - 1n;

/**
 * Reads `20250101000000_create_users.sql`: the digits before the first `_` are the version (goose 3.27,
 * `NumericComponent`).
 *
 * @returns the version and the name, or the error that says what is wrong with this name
 */
export function parseFileName(file: string): NamedFile | GanderError {
  const end = file.lastIndexOf('.');
  const underscore = file.indexOf('_');
  if (underscore < 0 || underscore > end) return badName(file, 'has no “_” between its version and its name');
  for (let at = 0; at < underscore; at++)
    if (!isDigit(file.charCodeAt(at))) return badName(file, 'does not begin with a version in digits');
  if (underscore === 0) return badName(file, 'does not begin with a version in digits');
  const version = BigInt(file.slice(0, underscore));
  if (version < 1n) return badName(file, 'has the version 0: versions begin at 1');
  if (version > LARGEST) return badName(file, `has a version beyond the largest bigint, ${LARGEST}`);
  return { version, name: file.slice(underscore + 1, end), file };
}

function badName(file: string, why: string): GanderError {
  return new GanderError('invalid_file', `${file} ${why}.`, {
    file,
    next: `Name it like 20250131093000_create_users${endingOf(file)}, or move it out of the folder.`,
  });
}

/** `.sql` or one of a module's; of any other file, whatever stands behind its last dot. */
function endingOf(file: string): string {
  return file.slice(file.lastIndexOf('.'));
}

/**
 * Whether a name is that of a migration, be it a good one or one to complain about. Every `.sql` is. A JavaScript file is
 * one when it begins with a digit: beside migrations lie configurations, tests, and what migrations import.
 */
export function isMigrationName(file: string): boolean {
  if (file.charCodeAt(0) === DOT) return false;
  return file.endsWith('.sql') || isModuleName(file);
}

/** Whether a name is that of a migration in JavaScript or TypeScript. */
export function isModuleName(file: string): boolean {
  return (
    isDigit(file.charCodeAt(0)) &&
    MODULE_ENDINGS.some((ending) => file.endsWith(ending)) &&
    !/\.(?:d|test|spec)\.[cm]?[jt]s$/.test(file)
  );
}

/** Why a file that looks like a migration is not read; null for those that are read, and for files of other kinds. */
export function skipReason(file: string): string | null {
  if (isMigrationName(file)) return null;
  if (file.startsWith('.')) return DOTTED.test(file) ? 'its name begins with a dot' : null;
  if (LOUD.test(file)) return `its name must end with ${endingOf(file).toLowerCase()} in lower case`;
  if (COPY.test(file)) return 'it looks like a copy left by an editor';
  if (/^\d+_.*\.go$/.test(file) && !file.endsWith('_test.go')) return 'migrations in Go run in goose only';
  return null;
}

const DOTTED = /\.sql$|^\._?\d+_.*\.[cm]?[jt]s$/i;
const LOUD = /\.sql$|^\d+_.*(?<!\.(?:d|test|spec))\.[cm]?[jt]s$/i;
const COPY = /(?:\.sql|^\d+_.*\.[cm]?[jt]s)(?:~|\.(?:bak|orig|rej|swp|tmp|old))$/i;

const DOT = 46;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
