import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { GanderError } from './errors.ts';
import { isModuleName, type NamedFile } from './filename.ts';
import { listFolder } from './listing.ts';
import type { Migration } from './migration.ts';
import type { Contents, Env, InvalidMigration } from './source.ts';
import { checksum } from './sql/checksum.ts';
import { normalise } from './sql/normalise.ts';
import { parseScript } from './sql/script.ts';

/** What was read of a file, and how to tell that it is still the same. */
interface Known {
  readonly stamp: string;
  /** Whether the file had been left alone for a while when it was read: a change in the same tick has the same stamp. */
  readonly settled: boolean;
  readonly migration: Migration | InvalidMigration;
}

/** What was read of a folder's files, by their names. */
export type Cache = Map<string, Known>;

/** Reads all files of a folder. @param cache what is known of them, and will be */
export async function readFolder(dir: string, env: Env, cache: Cache): Promise<Contents> {
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

/** So long may others have to wait; a page is answered by the same process. */
const SLICE_MS = 10;

/** One after the other and synchronously: that takes a fraction of the time of many promises, and no more files are open than one. */
async function readAll(
  dir: string,
  files: readonly NamedFile[],
  env: Env,
  cache: Cache,
): Promise<(Migration | InvalidMigration)[]> {
  const read: (Migration | InvalidMigration)[] = [];
  let begun = performance.now();
  for (const file of files) {
    const path = join(dir, file.file);
    const one = readOne(path, file, env, cache);
    read.push(one instanceof Promise ? await one : one);
    if (performance.now() - begun < SLICE_MS) continue;
    await setImmediate();
    begun = performance.now();
  }
  return read;
}

/** Longer than the tick of any clock that file systems stamp their files with. */
const TICK_MS = 2_000;

function readOne(
  path: string,
  named: NamedFile,
  env: Env,
  cache: Cache,
): Migration | InvalidMigration | Promise<Migration | InvalidMigration> {
  try {
    const { ino, size, ctimeMs } = statSync(path);
    const stamp = `${ino} ${size} ${ctimeMs}`;
    const known = cache.get(named.file);
    if (known?.settled === true && known.stamp === stamp) return known.migration;
    const settled = Date.now() - ctimeMs > TICK_MS;
    const text = normalise(readFileSync(path), named.file);
    const keep = (migration: Migration | InvalidMigration): Migration | InvalidMigration => {
      cache.set(named.file, { stamp, settled, migration });
      return migration;
    };
    if (known?.migration.text === text) return keep(known.migration);
    return isModuleName(named.file)
      ? toModule(path, named, text).then(keep)
      : keep(toMigration(named, text, env));
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

async function toModule(path: string, named: NamedFile, text: string): Promise<Migration | InvalidMigration> {
  const facts = { ...named, text, checksum: checksum(text) };
  try {
    const { loadModule } = await import('./modules/load.ts');
    return { ...facts, script: await loadModule({ ...facts, path }) };
  } catch (error) {
    return { ...facts, problem: asProblem(error, named.file) };
  }
}

/**
 * SQL that is stored in the database can only do what the database lets it do. JavaScript would run on this machine:
 * whoever may write into the journal could then do here whatever he likes.
 */
export function parseStored(named: NamedFile, text: string, env: Env): Migration | InvalidMigration {
  if (!isModuleName(named.file)) return toMigration(named, text, env);
  const problem = new GanderError(
    'file_missing',
    `${named.file} is gone from the folder, and JavaScript is not run from what the database has stored.`,
    { file: named.file, next: 'Put the file back into the folder, from version control.' },
  );
  return { ...named, text, checksum: checksum(text), problem };
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
