/** Dashboards to be killed: node processes that start the embedded PostgreSQL and then wait. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Embedded } from '../../server/embedded.ts';

/** The settings of every server here: quick, and as far from a real one as it can be without mattering. */
export const QUICK = { fsync: 'off', max_connections: '20', shared_buffers: '8MB' };

/** The built sources, and the package root they belong to. */
export const BUILT = fileURLToPath(new URL('../..', import.meta.url));
export const ROOT = join(BUILT, '..');

/** Something that ends: a test, or a test file. */
interface Ending {
  after(undo: () => Promise<void>): void;
}

export interface Dashboard {
  readonly process: ChildProcess;
  readonly server: Pick<Embedded, 'url' | 'started' | 'dataDir' | 'notice'>;
}

export interface DashboardOptions {
  /** The user and group it becomes once its code is loaded: the checkout may be closed to them. */
  readonly uid?: number;
  /** Where `server/embedded.js` is; the build of this checkout unless told. */
  readonly built?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a dashboard and waits for its server. It is killed, and its server with it, when the test ends. */
export async function startDashboard(
  t: TestContext,
  folder: string,
  options: DashboardOptions = {},
): Promise<Dashboard> {
  const dashboard = spawnDashboard(t, folder, options);
  let [output, errors] = ['', ''];
  dashboard.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  for await (const chunk of dashboard.stdout ?? []) {
    output += String(chunk);
    if (output.includes('\n')) return { process: dashboard, server: JSON.parse(output) };
  }
  throw new Error(`The dashboard ended: ${errors}`);
}

/** Starts a dashboard and does not wait. */
export function spawnDashboard(t: TestContext, folder: string, options: DashboardOptions = {}): ChildProcess {
  const { built = BUILT, uid, ...rest } = options;
  const script = `
    import { startEmbedded } from ${JSON.stringify(join(built, 'server', 'embedded.js'))};
    process.on('SIGINT', () => {});
    ${uid === undefined ? '' : `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});`}
    const server = await startEmbedded({ folder: process.argv[1], settings: ${JSON.stringify(QUICK)} });
    process.stdout.write(JSON.stringify(server) + '\\n');
    process.stdin.resume();`;
  const dashboard = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    cwd: '/',
    detached: true,
    // Its input ends with the test run, and then it ends as well.
    stdio: ['pipe', 'pipe', 'pipe'],
    ...rest,
  });
  atEnd(t, () => killDashboard(dashboard));
  return dashboard;
}

/** Kills a dashboard as the kernel does when memory runs out: it learns nothing of it. */
export async function killDashboard(dashboard: ChildProcess): Promise<void> {
  if (dashboard.exitCode !== null || dashboard.signalCode !== null) return;
  dashboard.kill('SIGKILL');
  await once(dashboard, 'exit');
}

const endings = new WeakMap<Ending, (() => Promise<void>)[]>();

/** Like `t.after`, but last things first: a server is stopped before its folder is removed. */
export function atEnd(t: Ending, undo: () => Promise<void>): void {
  const undos = endings.get(t) ?? [];
  undos.unshift(undo);
  if (endings.has(t)) return;
  endings.set(t, undos);
  t.after(async () => {
    for (const each of undos) await each();
  });
}

/** The server process of a data folder. */
export async function postmasterOf(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** A folder for the embedded server that goes when the test ends, after everything that runs in it has ended. */
export async function temporaryFolder(t: Ending): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'gander-embedded-')));
  await chmod(folder, 0o755);
  atEnd(t, async () => {
    await quiet(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
}

/** Waits until nothing runs on a folder any more. */
export async function quiet(folder: string): Promise<void> {
  await eventually(async () => (await processesOn(folder)).length === 0, `nothing runs on ${folder}`);
}

/** The command lines of all processes that have to do with a folder: servers, their children, their watchdogs. */
export async function processesOn(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'command=']).catch(() => ({ stdout: '' }));
  return [...stdout.split('\n').filter((line) => line.includes(folder)), ...(await workersOn(folder))];
}

/** PostgreSQL's child processes hide their command line, but live in the data folder. */
async function workersOn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => ({ pid, cwd: await realpath(`/proc/${pid}/cwd`).catch(() => '') })),
  );
  return found.filter(({ cwd }) => cwd.startsWith(`${folder}/`)).map(({ pid }) => `process ${pid}`);
}

/** Waits for something that happens soon, and fails with its name when it does not. */
export async function eventually(check: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    if (await check()) return;
  }
  throw new Error(`Waited in vain: ${what}`);
}
