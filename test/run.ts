/**
 * What `npm test` runs: every `test/**\/*.test.ts`, in its built form, beside one PostgreSQL that lives as long as the run.
 *
 *   npm test                             everything
 *   npm test -- test/embedded.test.ts    these files, folders, or parts of their paths
 *   npm test -- --test-name-pattern=up   options go to node's test runner
 *
 * TEST_DATABASE_URL names a server to use instead of the embedded one; its user needs CREATEDB.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbedded } from '../server/embedded.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = fileURLToPath(new URL('..', import.meta.url));

/** Nothing of the run is worth keeping, so the server need not wait for the disk. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
};

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = args.filter((arg) => arg.startsWith('-'));
  const files = await testFiles(args.filter((arg) => !arg.startsWith('-')));
  if (files.length === 0) {
    process.stderr.write(`No test file matches ${args.join(' ')}.\n`);
    return 1;
  }
  // From here on Ctrl-C ends the tests, and their end ends the rest.
  const stopped = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopped.abort());
  return withFolder((folder) =>
    withServer(folder, (url) => runTests([...options, ...files], { folder, url, stopped: stopped.signal })),
  );
}

/** Listed from the sources: a test that was removed may still have its built file. */
async function testFiles(wanted: readonly string[]): Promise<string[]> {
  const entries = await readdir(join(ROOT, 'test'), { recursive: true });
  const parts = wanted.map((part) =>
    (part.startsWith(ROOT) ? relative(ROOT, part) : part).replace(/^\.\//, ''),
  );
  return entries
    .map((entry) => join('test', entry))
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => parts.length === 0 || parts.some((part) => path.split(sep).join('/').includes(part)))
    .map((path) => join(BUILT, path.replace(/\.ts$/, '.js')))
    .toSorted();
}

/** Whatever tests write is in here, so a killed one leaves no more behind than one that came to its end. */
async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'gander-test-'));
  // As root, PostgreSQL runs as another user, who has to pass through.
  await chmod(folder, 0o711);
  try {
    return await use(folder);
  } finally {
    // Servers of killed tests take a moment to end.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

async function withServer<T>(folder: string, use: (url: string) => Promise<T>): Promise<T> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return use(given);
  const server = await startEmbedded({ folder, settings: SETTINGS });
  try {
    return await use(server.url);
  } finally {
    await server.stop();
  }
}

interface Surroundings {
  readonly folder: string;
  readonly url: string;
  readonly stopped: AbortSignal;
}

/** The tests get a process group of their own, so that none of them can be left when they are stopped. */
async function runTests(args: readonly string[], { folder, url, stopped }: Surroundings): Promise<number> {
  if (stopped.aborted) return 130;
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const runner = ['--test', '--test-concurrency=2', '--test-reporter=spec', '--enable-source-maps', ...args];
  const child = spawn(process.execPath, runner, {
    cwd: ROOT,
    detached: true,
    stdio: 'inherit',
    env: { ...process.env, GANDER_TEST_DATABASE_URL: url, GANDER_TEST_CACHE: tmpdir(), TMPDIR: temporary },
  });
  stopped.addEventListener('abort', () => killGroup(child.pid));
  const [code]: (number | null)[] = await once(child, 'exit');
  killGroup(child.pid);
  return code ?? 130;
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it, which is how it should be.
  }
}
