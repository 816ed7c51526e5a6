/** A PostgreSQL of another version than the test run's own, where the machine has one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { until } from './wait.ts';

const FOLDER = '/usr/lib/postgresql';

/** The folder of its programs, of the newest that there is; null where there is none. */
export async function systemPostgres(): Promise<string | null> {
  const versions = await readdir(FOLDER).catch(() => []);
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? null : join(FOLDER, newest, 'bin');
}

/** Starts one on an empty cluster, for as long as the test goes on. @returns the address of its database */
export async function startSystemPostgres(t: TestContext, programs: string): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'gander-system-')));
  const user = await unprivileged();
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { stdio: 'ignore', cwd: '/', ...user } as const;
  const made = spawn(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    options,
  );
  await once(made, 'exit');
  const port = await freePort();
  const settings = ['-c', 'fsync=off', '-c', `unix_socket_directories=${folder}`];
  const server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...settings], options);
  t.after(async () => {
    server.kill('SIGQUIT');
    if (server.exitCode === null) await once(server, 'exit');
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await until('the other server answers', () => answers(url), 30_000);
  return url;
}

/** PostgreSQL does not run as root. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}
