// The PostgreSQL that the machine has besides the embedded one: another major version to hold claims against.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { query } from './database.ts';
import { until } from './wait.ts';

const HOME = '/usr/lib/postgresql';

/** The folder of its binaries, of the newest version; null where there is none. */
export function systemBinaries(): string | null {
  if (!existsSync(HOME)) return null;
  const versions = readdirSync(HOME).toSorted((a, b) => Number(b) - Number(a));
  return (
    versions
      .map((version) => path.join(HOME, version, 'bin'))
      .find((bin) => existsSync(path.join(bin, 'initdb'))) ?? null
  );
}

/** Starts a server of it, which is gone when the test file ends. @returns its address */
export async function startSystemPostgres(bin: string): Promise<string> {
  const ids = runner();
  const dir = mkdtempSync(path.join(tmpdir(), 'postgres-'));
  chmodSync(dir, 0o700);
  if (ids.uid !== undefined && ids.gid !== undefined) chownSync(dir, ids.uid, ids.gid);
  const data = path.join(dir, 'data');
  execFileSync(
    path.join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'],
    {
      ...ids,
      cwd: dir,
      stdio: 'ignore',
    },
  );
  const port = await freePort();
  const settings = { port: String(port), fsync: 'off', unix_socket_directories: '', shared_buffers: '16MB' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(path.join(bin, 'postgres'), ['-D', data, ...options], {
    ...ids,
    cwd: dir,
    stdio: 'ignore',
  });
  after(() => stop(server));
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await until('the server answers', () =>
    query(url, 'SELECT 1').then(
      () => true,
      () => false,
    ),
  );
  return url;
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGINT');
  await ended;
}

/** PostgreSQL refuses to run as root. */
function runner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (which: string): number => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
