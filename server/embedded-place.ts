import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why the embedded PostgreSQL cannot be had; the message says what to do about it. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';
}

/** The user PostgreSQL runs as: ourselves (no ids), or somebody harmless when we are root, which PostgreSQL refuses. */
export interface Runner {
  readonly user: string;
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

/** Where the data, the password and the log are, and who runs the server there. */
export interface Place {
  readonly folder: string;
  readonly dataDir: string;
  readonly runner: Runner;
  /** Set when the data could not be kept in the folder that was asked for. */
  readonly notice?: string;
}

/**
 * Creates the folder that holds everything of the embedded server. The runner of a root process may be unable to enter
 * the wanted one (a project under /root); the data then lives in a temporary folder of its own.
 */
export async function preparePlace(wanted: string): Promise<Place> {
  await makeFolder(wanted);
  const place = await placeIn(await realpath(wanted));
  if (await canEnter(place)) return place;

  const digest = createHash('sha256').update(place.folder).digest('hex').slice(0, 12);
  const moved = await placeIn(await ownDirectory(join(await realpath(tmpdir()), `gander-${digest}`), 0o711));
  if (await canEnter(moved)) {
    const notice =
      `The embedded PostgreSQL runs as the user ${moved.runner.user}, who cannot enter ${place.folder}: ` +
      `its data is kept in ${moved.folder}.`;
    return { ...moved, notice };
  }
  throw new EmbeddedError(
    `PostgreSQL refuses to run as root, and the user ${place.runner.user} can enter neither ${place.folder} nor ` +
      `${moved.folder}. Start as an ordinary user, or set DATABASE_URL.`,
  );
}

/**
 * Creates a folder below a directory that everyone may write to, or takes the one that is there if nobody else can have
 * prepared it for us.
 */
export async function ownDirectory(path: string, mode: number): Promise<string> {
  await mkdir(path, { mode }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new EmbeddedError(`${path} belongs to somebody else. Remove it, or set DATABASE_URL.`);
  }
  await chmod(path, mode);
  return path;
}

/** What a failed program or system call said, on one line. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : '';
  return (said || error.message).replaceAll(/\s+/g, ' ').slice(-500);
}

/** The code of a system call's error (`ENOENT`) or of PostgreSQL's (an SQLSTATE). */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    // The data folder below is the runner's: it passes through here, and can list nothing.
    await chmod(path, isRoot() ? 0o711 : 0o700);
  } catch (error) {
    throw new EmbeddedError(
      `The folder ${path} for the embedded PostgreSQL cannot be used (${messageOf(error)}). ` +
        'Give it to the user who starts Gander, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

async function placeIn(folder: string): Promise<Place> {
  const dataDir = join(folder, 'data');
  return { folder, dataDir, runner: isRoot() ? await runnerOfRoot(dataDir) : { user: 'yourself', ids: {} } };
}

/** PostgreSQL insists on owning its data, so data that is there decides; otherwise the first of the usual harmless users. */
async function runnerOfRoot(dataDir: string): Promise<Runner> {
  const owner = await stat(dataDir).catch(() => undefined);
  if (owner && owner.uid !== 0) return { user: `#${owner.uid}`, ids: { uid: owner.uid, gid: owner.gid } };
  const users = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const found = users.find((fields) => fields[0] === name);
    if (found) return { user: name, ids: { uid: Number(found[2]), gid: Number(found[3]) } };
  }
  throw new EmbeddedError(
    'PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as. ' +
      'Start as an ordinary user, or set DATABASE_URL.',
  );
}

/** Asks the system itself by trying, because modes alone do not tell (access lists, read-only mounts of other users). */
async function canEnter({ folder, runner }: Place): Promise<boolean> {
  if (runner.ids.uid === undefined) return true;
  const attempt = run('/bin/sh', ['-c', 'cd "$1"', basename(folder), folder], { cwd: '/', ...runner.ids });
  return attempt.then(
    () => true,
    () => false,
  );
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
