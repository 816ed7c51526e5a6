import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, fchownSync, ftruncateSync, openSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codeOf } from './embedded-place.ts';
import type { Place } from './embedded-place.ts';

/**
 * Becomes PostgreSQL after leaving a watchdog behind. The watchdog reads from a pipe whose other end only we hold: a line
 * means that the server has ended, the end of the file that we have died, however suddenly, and it stops the server.
 * It is started first, so there is no moment without it; by a shell, because a second node would cost 40 MB; and twice
 * removed, so that PostgreSQL does not find a child it does not know. A zombie has no /proc/…/cwd: in a container nobody
 * may be there to bury the server of a dead parent.
 */
const SCRIPT = `
alive() { kill -0 $$ && { [ ! -e /proc/self ] || [ -e /proc/$$/cwd ]; }; }
( (
    read -r ended <&3 && exit
    kill -INT $$
    tries=0
    while [ $tries -lt 300 ] && alive; do
      tries=$((tries + 1))
      if [ $tries -eq 100 ]; then kill -QUIT $$; fi
      if [ $tries -eq 200 ]; then kill -KILL $$; fi
      sleep 0.1
    done
  ) >/dev/null 2>&1 & )
LC_ALL=C exec "$@" 3<&-
`;

/** A PostgreSQL that this process started. */
export interface Server {
  readonly pid: number;
  /** False once it has ended, for whatever reason. */
  running(): boolean;
  /** Stops it: politely, then firmly, then by force. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** What `postmaster.pid` says of the server that runs on a data folder, whoever started it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

/** The server's own log; each start empties it. */
export function logOf({ folder }: Place): string {
  return join(folder, 'postgres.log');
}

/** Starts a program as PostgreSQL's server under the watchdog, with its output in the log file. */
export function spawnServer(place: Place, command: readonly string[]): Server {
  const log = openLog(place);
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'gander', ...command], {
    // A session of its own: Ctrl-C in the terminal is for us alone, and we stop the server when we are ready to.
    detached: true,
    cwd: place.folder,
    stdio: ['ignore', log, log, 'pipe'],
    ...place.runner.ids,
  });
  closeSync(log);
  return watch(child);
}

/** The server that runs on this data folder now; undefined when there is none, or only the file of a dead one. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!(pid > 0) || !(await runsIn(pid, dataDir))) return undefined;
  return { pid, port: Number(lines[3]), status: lines[7]?.trim() ?? 'starting' };
}

/** Sends a signal to a process that may be gone already. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Ends server processes whose postmaster was killed. Busy ones go on for as long as their query takes, and no new server
 * may start before. They are known by their folder, their title, and a parent that is not a postmaster (Linux only).
 */
export async function killOrphans(dataDir: string): Promise<void> {
  const entries = await readdir('/proc').catch(() => []);
  for (const pid of entries.filter((entry) => /^\d+$/.test(entry))) {
    if (await isOrphan(pid, dataDir).catch(() => false)) signal(Number(pid), 'SIGKILL');
  }
}

async function isOrphan(pid: string, dataDir: string): Promise<boolean> {
  if ((await readlink(`/proc/${pid}/cwd`)) !== dataDir) return false;
  if (!(await readFile(`/proc/${pid}/cmdline`, 'utf8')).startsWith('postgres: ')) return false;
  // "pid (name) state parent …": the name may hold anything, so count from its closing bracket.
  const parent = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ')[1];
  return (await readlink(`/proc/${parent}/cwd`).catch(() => '')) !== dataDir;
}

/** Whether a process lives; a zombie does not. */
export async function isAlive(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return signal(pid, 0);
  return (await folderOf(pid)) !== undefined;
}

/** A pid in a file may be anybody's by now, so the process has to be a server, which lives in its data folder. */
async function runsIn(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform !== 'linux') return isCalledPostgres(pid);
  const folder = await folderOf(pid);
  return folder === dataDir || folder === 'hidden';
}

async function folderOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/cwd`).catch((error: unknown) =>
    codeOf(error) === 'EACCES' ? 'hidden' : undefined,
  );
}

async function isCalledPostgres(pid: number): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return stdout.includes('postgres');
}

/** Opened for appending and then emptied: a server that is running on the same log goes on at its start. */
function openLog(place: Place): number {
  const path = logOf(place);
  const { uid, gid } = place.runner.ids;
  const log = openSync(path, 'a', 0o600);
  ftruncateSync(log);
  if (uid !== undefined && gid !== undefined) fchownSync(log, uid, gid);
  return log;
}

function watch(child: ChildProcess): Server {
  const pipe = child.stdio[3];
  if (!(pipe instanceof Socket)) throw new TypeError('The watchdog has no pipe.');
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  let running = true;
  const farewell = async (): Promise<void> => {
    await ended;
    running = false;
    pipe.end('ended\n');
  };
  void farewell();
  // The watchdog may be gone before us, and neither it nor the server is a reason for this process to live on.
  pipe.on('error', () => {});
  pipe.unref();
  child.unref();
  const stop = async (): Promise<void> => {
    if (running) await stopChild(child, ended);
  };
  return { pid: child.pid ?? 0, running: () => running, stop };
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.ref();
  for (const name of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    child.kill(name);
    const patience = new AbortController();
    const timeout = sleep(10_000, 'late', { signal: patience.signal }).catch(() => 'late');
    const outcome = await Promise.race([ended, timeout]);
    patience.abort();
    if (outcome !== 'late') return;
  }
}
