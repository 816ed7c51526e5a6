import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { GanderError } from './errors.ts';
import type { NamedFile } from './filename.ts';
import { type Listing, listFolder } from './listing.ts';
import type { Migration } from './migration.ts';
import { checksum } from './sql/checksum.ts';
import { normalise } from './sql/normalise.ts';
import { parseScript } from './sql/script.ts';

/** The environment that ENVSUB draws on. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A file with a good name that cannot be read or run. */
export interface InvalidMigration extends NamedFile {
  /** null when not even the text could be read (not UTF-8, no right to read it). */
  readonly text: string | null;
  readonly checksum: string | null;
  readonly problem: GanderError;
}

/** A listing, and what the files hold. */
export interface Contents extends Omit<Listing, 'files'> {
  /** By version, ascending. */
  readonly migrations: readonly Migration[];
  readonly invalid: readonly InvalidMigration[];
}

/** Where migrations come from. */
export interface Source {
  /** For people: the folder's path. */
  readonly name: string;
  /** What the names alone say; no file is opened. @throws GanderError `source_missing` */
  list(): Promise<Listing>;
  /** @throws GanderError `source_missing` */
  read(): Promise<Contents>;
  /** Parses a text that once came from this source: what the journal stored. */
  parse(file: NamedFile, text: string): Promise<Migration | InvalidMigration>;
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
    list: () => listFolder(dir),
    read: () => readFolder(dir, env, cache),
    parse: async (file, text) => toMigration(file, text, env),
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
  const { files, problems, warnings } = await listFolder(dir);
  const read = await readAll(dir, files, env, cache);
  const migrations = read.filter((one): one is Migration => !('problem' in one));
  return {
    migrations,
    invalid: read.filter((one): one is InvalidMigration => 'problem' in one),
    problems,
    warnings: [...warnings, ...migrations.flatMap(({ script }) => script.warnings)],
  };
}

/** Longer than the tick of any clock that file systems stamp their files with. */
const TICK_MS = 2_000;

/** Few at a time: a folder may hold more files than a process may open. */
const AT_ONCE = 32;

async function readAll(
  dir: string,
  files: readonly NamedFile[],
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
  named: NamedFile,
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

function toMigration(named: NamedFile, text: string, env: Env): Migration | InvalidMigration {
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
