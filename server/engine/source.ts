import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { GanderError } from './errors.ts';
import { type FileName, parseFileName, skipReason } from './filename.ts';
import type { Migration, Warning } from './migration.ts';
import { checksum } from './sql/checksum.ts';
import { normalise } from './sql/normalise.ts';
import { parseScript } from './sql/script.ts';

/** The environment that ENVSUB draws on. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A file with a good name that cannot be read or run. */
export interface InvalidMigration extends FileName {
  readonly file: string;
  /** null when not even the text could be read (not UTF-8, no right to read it). */
  readonly text: string | null;
  readonly checksum: string | null;
  readonly problem: GanderError;
}

export interface Contents {
  /** By version, ascending. */
  readonly migrations: readonly Migration[];
  readonly invalid: readonly InvalidMigration[];
  /** What makes the folder as a whole ambiguous: bad names, two files of one version. Nothing runs until it is mended. */
  readonly problems: readonly GanderError[];
  readonly warnings: readonly Warning[];
}

/** Where migrations come from. */
export interface Source {
  /** For people: the folder's path. */
  readonly name: string;
  /** @throws GanderError `source_missing` */
  read(): Promise<Contents>;
  /** Parses a text that once came from this source: what the journal stored. */
  parse(file: FileName & { file: string }, text: string): Migration | InvalidMigration;
}

/**
 * A folder of goose files. Every call sees what is there now; a file whose stamp is the same is not read again. An empty folder is a valid source without migrations.
 *
 * @param env what `ENVSUB ON` sections may use; default: nothing
 */
export function folder(dir: string, options: { env?: Env } = {}): Source {
  const cache: Cache = new Map();
  const env = options.env ?? {};
  return {
    name: dir,
    read: () => readFolder(dir, env, cache),
    parse: (file, text) => toMigration(file, text, env),
  };
}

/** What was read of a file, and how to tell that it is still the same. */
interface Known {
  readonly stamp: string;
  /** Whether the file had been left alone for a while when it was read: a change in the same tick has the same stamp. */
  readonly settled: boolean;
  readonly migration: Migration | InvalidMigration;
}

type Cache = Map<string, Known>;

async function readFolder(dir: string, env: Env, cache: Cache): Promise<Contents> {
  const names = await list(dir);
  const warnings = names.flatMap(({ name, isFile }) => warningOf(name, isFile));
  const problems: GanderError[] = [];
  const files: (FileName & { file: string })[] = [];
  for (const { name, isFile } of names) {
    if (!isFile || skipReason(name) !== null || !name.endsWith('.sql')) continue;
    const parsed = parseFileName(name);
    if (parsed instanceof GanderError) problems.push(parsed);
    else files.push({ ...parsed, file: name });
  }
  files.sort((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : a.file < b.file ? -1 : 1));
  const { unique, twins } = separateTwins(files);
  const read = await readAll(dir, unique, env, cache);
  const migrations = read.filter((one): one is Migration => !('problem' in one));
  return {
    migrations,
    invalid: read.filter((one): one is InvalidMigration => 'problem' in one),
    problems: [...problems, ...twins],
    warnings: [...warnings, ...migrations.flatMap(({ script }) => script.warnings)],
  };
}

async function list(dir: string): Promise<{ name: string; isFile: boolean }[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return await Promise.all(
      entries.map(async (entry) => ({ name: entry.name, isFile: await leadsToFile(dir, entry) })),
    );
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is a file' : `cannot be read (${code})`;
    throw new GanderError('source_missing', `The migrations folder ${dir} ${why}.`, {
      next: 'Name the folder with GANDER_MIGRATIONS or --dir, or create it.',
      cause: error,
    });
  }
}

/** A link counts as what it leads to; one that leads nowhere as a file, so that it is told that it cannot be read. */
async function leadsToFile(dir: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return stat(path.join(dir, entry.name)).then(
    (found) => found.isFile(),
    () => true,
  );
}

function warningOf(name: string, file: boolean): Warning[] {
  const reason = file ? skipReason(name) : 'it is a folder, and goose does not look into folders';
  return reason === null ? [] : [{ file: name, line: null, message: `Not read: ${reason}.` }];
}

function separateTwins<T extends FileName & { file: string }>(
  files: readonly T[],
): { unique: T[]; twins: GanderError[] } {
  const unique: T[] = [];
  const twins: GanderError[] = [];
  for (const file of files) {
    const first = unique.at(-1);
    if (first?.version === file.version) twins.push(twinError(first.file, file.file, file.version));
    else unique.push(file);
  }
  return { unique, twins };
}

function twinError(first: string, second: string, version: bigint): GanderError {
  const pair = /\.(up|down)\.sql$/.test(first) && /\.(up|down)\.sql$/.test(second);
  return new GanderError('invalid_file', `${first} and ${second} have the same version, ${version}.`, {
    file: second,
    next: pair
      ? 'This folder looks like golang-migrate’s: goose keeps Up and Down in one file.'
      : 'Rename one of them: a version belongs to one file.',
  });
}

/** Longer than the tick of any clock that file systems stamp their files with. */
const TICK_MS = 2_000;

/** Few at a time: a folder may hold more files than a process may open. */
const AT_ONCE = 32;

async function readAll(
  dir: string,
  files: readonly (FileName & { file: string })[],
  env: Env,
  cache: Cache,
): Promise<(Migration | InvalidMigration)[]> {
  const read: (Migration | InvalidMigration)[] = [];
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const batch = files.slice(start, start + AT_ONCE);
    read.push(...(await Promise.all(batch.map((file) => readOne(dir, file, env, cache)))));
  }
  return read;
}

async function readOne(
  dir: string,
  named: FileName & { file: string },
  env: Env,
  cache: Cache,
): Promise<Migration | InvalidMigration> {
  try {
    const file = path.join(dir, named.file);
    const { ino, size, ctimeNs } = await stat(file, { bigint: true });
    const stamp = `${ino} ${size} ${ctimeNs}`;
    const known = cache.get(named.file);
    if (known?.settled === true && known.stamp === stamp) return known.migration;
    const settled = Date.now() - Number(ctimeNs / 1_000_000n) > TICK_MS;
    const text = normalise(await readFile(file), named.file);
    const migration = known?.migration.text === text ? known.migration : toMigration(named, text, env);
    cache.set(named.file, { stamp, settled, migration });
    return migration;
  } catch (error) {
    return { ...named, text: null, checksum: null, problem: asProblem(error, named.file) };
  }
}

function toMigration(
  named: FileName & { file: string },
  text: string,
  env: Env,
): Migration | InvalidMigration {
  const facts = { ...named, text, checksum: checksum(text) };
  try {
    return { ...facts, script: parseScript(text, { file: named.file, env }) };
  } catch (error) {
    return { ...facts, problem: asProblem(error, named.file) };
  }
}

function asProblem(error: unknown, file: string): GanderError {
  if (error instanceof GanderError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  return new GanderError('invalid_file', `${file} cannot be read (${code}).`, {
    file,
    next: code === 'ENOENT' ? 'Is it a link to a file that is gone?' : 'Check the rights of the file.',
    cause: error,
  });
}
