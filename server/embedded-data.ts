import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf, EmbeddedError, messageOf } from './embedded-place.ts';
import type { Place } from './embedded-place.ts';
import { signal } from './embedded-watchdog.ts';

const run = promisify(execFile);

const HALF_DONE = /^initdb-(\d+)-/;

/**
 * Makes sure that there is a data folder, and says whether it was made here. `initdb` works under another name and the
 * result is renamed, so a data folder is always whole, and of several processes that make one at once, one wins.
 */
export async function ensureData(place: Place, bin: string, fsync: boolean): Promise<boolean> {
  await removeHalfDone(place.folder);
  if (await exists(place.dataDir)) return false;
  const password = await ensurePassword(place);
  const work = await workFolder(place, password);
  try {
    await initdb(place, bin, work, fsync);
    return await moveInto(join(work, 'data'), place.dataDir);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The superuser's password, from the file beside the data. */
export async function readPassword({ folder, dataDir }: Place): Promise<string> {
  const path = join(folder, 'password');
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new EmbeddedError(
      `The password of the embedded PostgreSQL cannot be read (${messageOf(error)}). Start as the user who created ` +
        `${dataDir}, or remove ${folder} to begin anew with an empty database, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

/** Written whole under another name and then linked, which fails when another process was first: its password counts. */
async function ensurePassword(place: Place): Promise<string> {
  const path = join(place.folder, 'password');
  if (await exists(path)) return readPassword(place);
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  await link(draft, path).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await rm(draft);
  return readPassword(place);
}

async function workFolder({ folder, runner }: Place, password: string): Promise<string> {
  const work = join(folder, `initdb-${process.pid}-${randomBytes(4).toString('hex')}`);
  const passwordFile = join(work, 'password');
  await mkdir(work, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const { uid, gid } = runner.ids;
  if (uid !== undefined && gid !== undefined) {
    await chown(passwordFile, uid, gid);
    await chown(work, uid, gid);
  }
  return work;
}

async function initdb({ runner }: Place, bin: string, work: string, fsync: boolean): Promise<void> {
  const options = ['-D', join(work, 'data'), '-U', 'postgres', `--pwfile=${join(work, 'password')}`];
  options.push(
    '--auth=scram-sha-256',
    '-E',
    'UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  );
  if (!fsync) options.push('--no-sync');
  await run(join(bin, 'initdb'), options, { cwd: work, ...runner.ids }).catch((error: unknown) => {
    throw new EmbeddedError(
      `initdb could not create the embedded PostgreSQL's data (${messageOf(error)}). Mend that, or set DATABASE_URL.`,
      { cause: error },
    );
  });
}

/** A folder cannot be renamed onto one that has files: that is how a second process learns that it came second. */
async function moveInto(made: string, dataDir: string): Promise<boolean> {
  try {
    await rename(made, dataDir);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

/** What was left by a process that died during `initdb`. */
async function removeHalfDone(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const maker = Number(HALF_DONE.exec(name)?.[1]);
    if (!(maker > 0)) continue;
    const path = join(folder, name);
    const made = await stat(path).catch(() => undefined);
    // In containers the same few pids come again and again, so being old counts as well.
    const atWork = signal(maker, 0) && Date.now() - (made?.mtimeMs ?? 0) < 600_000;
    if (!atWork) await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
