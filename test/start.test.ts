// Starting and stopping, as a person does it: real processes, and what they say.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../server/package-root.ts';
import { run } from './support/command.ts';
import { createDatabase } from './support/database.ts';
import { goose, shop, writeMigrations } from './support/migrations.ts';

const MAIN = path.join(packageRoot, 'dist/server/main.js');

interface Started {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  readonly text: () => string;
  readonly address: string;
}

/** Starts a process that becomes a dashboard, and waits until it listens. */
async function start(
  t: TestContext,
  env: Record<string, string>,
  [command, ...args]: readonly [string, ...string[]] = [process.execPath, MAIN],
  cwd: string = tmpdir(),
): Promise<Started> {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  for (const deadline = Date.now() + 60_000; !/^Dashboard +http/m.test(text); await sleep(30)) {
    assert.ok(Date.now() < deadline && child.exitCode === null, `it did not start: ${text}`);
  }
  return { child, text: () => text, address: /^Dashboard +(\S+)/m.exec(text)![1]! };
}

async function stops(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  return child.exitCode ?? ((await once(child, 'exit')) as [number | null])[0];
}

async function answers(address: string): Promise<boolean> {
  return fetch(`${address}/healthz`).then(
    () => true,
    () => false,
  );
}

async function settings(
  t: TestContext,
  files = shop,
): Promise<{ env: Record<string, string>; query: (sql: string) => Promise<object[]>; dir: string }> {
  const database = await createDatabase(t);
  const dir = await writeMigrations(files);
  return {
    env: { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir },
    query: (sql) => database.query(sql),
    dir,
  };
}

test('without any settings it brings its own PostgreSQL, says where everything is, and leaves nothing behind', async (t) => {
  const home = await mkdtemp(path.join(tmpdir(), 'gander-start-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const { child, text, address } = await start(t, {}, undefined, home);
  for (const expected of [
    /^PostgreSQL +embedded, created; its data is in /m,
    /^Database +gander on 127\.0\.0\.1:\d+$/m,
    /^Migrations +.*example$/m,
    /^Setup code +[A-Z\d-]{14} /m,
  ]) {
    assert.match(text(), expected);
  }
  const server = /on 127\.0\.0\.1:(\d+)/.exec(text())![1]!;
  assert.equal(await stops(child, 'SIGTERM'), 0);
  assert.equal(await answers(address), false);
  assert.equal(await answers(`http://127.0.0.1:${server}`), false);

  const again = await start(t, {}, undefined, home);
  assert.match(again.text(), /^PostgreSQL +embedded, started/m);
  assert.equal(await stops(again.child, 'SIGINT'), 0);
});

test('settings that are wrong are all told at once, with exit code 2', async () => {
  const { code, err } = await run(process.execPath, [MAIN], {
    env: { PORT: 'x', DATABASE_URL: 'y', TRUST_PROXY: 'true' },
    cwd: tmpdir(),
  });
  assert.equal(code, 2);
  assert.deepEqual(
    err
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0])
      .toSorted((a, b) => a!.localeCompare(b!)),
    ['DATABASE_URL', 'GANDER_MIGRATIONS', 'PORT', 'TRUST_PROXY'],
  );
});

test('a taken port is told with what to do', async (t) => {
  const { env } = await settings(t);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const { code, err } = await run(process.execPath, [MAIN], {
    env: { ...env, PORT: String(port) },
    cwd: tmpdir(),
  });
  other.close();
  assert.deepEqual(
    [code, err],
    [2, `PORT ${port} is taken on 127.0.0.1. Stop what listens there, or set PORT to another one.\n`],
  );
});

test('a database that is not there, and a wrong password, end with 5 and a sentence', async (t) => {
  const { env } = await settings(t);
  const url = new URL(env['DATABASE_URL']!);
  url.password = 's3cret-and-wrong';
  for (const [address, expected] of [
    [
      'postgres://127.0.0.1:1/x',
      /^The database cannot be reached: .*ECONNREFUSED.* Check that the server is running, and the host and the port/,
    ],
    [
      url.href,
      /^The database cannot be reached: password authentication failed .* Check the user name and the password/,
    ],
    [
      `${env['DATABASE_URL']}_gone`,
      /^The database cannot be reached: database ".*_gone" does not exist\. Check the name/,
    ],
  ] as const) {
    const { code, err } = await run(process.execPath, [MAIN], {
      env: { ...env, DATABASE_URL: address, PORT: '0' },
      cwd: tmpdir(),
    });
    assert.equal(code, 5, err);
    assert.match(err, expected);
    assert.doesNotMatch(err, /s3cret|^\s+at /m);
  }
});

test('told to, it applies what is pending before it listens', async (t) => {
  const { env, query } = await settings(t);
  const { child, text, address } = await start(t, { ...env, GANDER_ON_START: 'apply' });
  assert.match(text(), /^Applied +3 migrations, at 3$/m);
  assert.equal((await query('SELECT FROM schema_migrations')).length, 3);
  assert.equal((await fetch(`${address}/readyz`)).status, 200);
  assert.equal(await stops(child, 'SIGTERM'), 0);
});

test('if that fails it starts all the same, to show why, but is not ready', async (t) => {
  const { env } = await settings(t, { ...shop, '4_bad.sql': goose('SELEC 1;') });
  const { child, text, address } = await start(t, { ...env, GANDER_ON_START: 'apply' });
  assert.match(text(), /^NOT applied 4_bad\.sql:2:1: 4_bad failed: syntax error/m);
  const response = await fetch(`${address}/readyz`);
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { ready: false, reasons: ['1 dirty'] });
  assert.equal(await stops(child, 'SIGTERM'), 0);
});

test('a folder that is not there keeps it from nothing but being ready', async (t) => {
  const { env } = await settings(t);
  const { child, address } = await start(t, { ...env, GANDER_MIGRATIONS: '/nowhere/at/all' });
  assert.deepEqual(await (await fetch(`${address}/readyz`)).json(), {
    ready: false,
    reasons: ['the migrations folder cannot be read'],
  });
  await stops(child, 'SIGTERM');
});

test('two dashboards and a command at once on one empty database: each migration runs once, and all go on', async (t) => {
  const { env, query } = await settings(t, {
    ...shop,
    '4_slow.sql': goose('SELECT pg_sleep(1);\nCREATE TABLE once (id int);'),
  });
  const apply = { ...env, GANDER_ON_START: 'apply' };
  const command = run(process.execPath, [path.join(packageRoot, 'dist/server/cli/main.js'), 'up'], { env });
  const [first, second, ended] = await Promise.all([start(t, apply), start(t, apply), command]);
  assert.equal(ended.code, 0, ended.err);
  const told = [first.text(), second.text(), ended.out].join('\n');
  assert.equal([...told.matchAll(/4 migrations|4 applied/g)].length, 1, told);
  assert.equal((await query(`SELECT FROM gander.steps WHERE state = 'done'`)).length, 4);
  assert.deepEqual(
    await Promise.all([stops(first.child, 'SIGTERM'), stops(second.child, 'SIGTERM')]),
    [0, 0],
  );
});

test('stopping while a migration runs cancels it, and writes down what became of it', async (t) => {
  const { env, query, dir } = await settings(t);
  await writeFile(path.join(dir, '4_slow.sql'), goose('CREATE TABLE slow (id int);\nSELECT pg_sleep(60);'));
  const started = Date.now();
  const { child } = await startAndRun(t, env);
  for (
    const deadline = Date.now() + 20_000;
    (await query(`SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%' AND state = 'active'`))
      .length === 0;
    await sleep(50)
  ) {
    assert.ok(Date.now() < deadline, 'it did not begin');
  }
  assert.equal(await stops(child, 'SIGTERM'), 0);
  assert.ok(Date.now() - started < 40_000);
  assert.deepEqual(await query('SELECT kind FROM gander.dirty'), [{ kind: 'rolled back' }]);
  assert.deepEqual(await query('SELECT state FROM gander.runs'), [{ state: 'failed' }]);
});

/** A dashboard in which somebody has pressed “Apply”. */
async function startAndRun(t: TestContext, env: Record<string, string>): Promise<Started> {
  const { ADMIN } = await import('./support/dashboard.ts');
  const { Visitor } = await import('./support/visitor.ts');
  const started = await start(t, {
    ...env,
    GANDER_ADMIN_EMAIL: ADMIN.email,
    GANDER_ADMIN_PASSWORD: ADMIN.password,
  });
  const visitor = await new Visitor(started).signIn();
  const plan = (await visitor.get('/plan?direction=up')).body;
  const fingerprint = /name="fingerprint" value="([^"]+)"/.exec(plan)![1]!;
  assert.equal((await visitor.post('/runs', { direction: 'up', fingerprint }, '/')).status, 303);
  return started;
}

test('npm start, killed with SIGKILL, takes the dashboard along', async (t) => {
  const { env } = await settings(t);
  const { child, address } = await start(t, env, ['npm', 'start', '--ignore-scripts'], packageRoot);
  child.kill('SIGKILL');
  for (const deadline = Date.now() + 15_000; await answers(address); await sleep(100))
    assert.ok(Date.now() < deadline, 'it lives on');
});

test('a connection that never says anything does not keep a stop from cancelling what runs', async (t) => {
  const { env, query, dir } = await settings(t);
  await writeFile(path.join(dir, '4_slow.sql'), goose('CREATE TABLE slow (id int);\nSELECT pg_sleep(90);'));
  const { child, address } = await startAndRun(t, env);
  const silent = connect(Number(new URL(address).port), '127.0.0.1');
  silent.on('error', () => {});
  const running = `SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(90)%' AND state = 'active'`;
  for (const deadline = Date.now() + 20_000; (await query(running)).length === 0; await sleep(50))
    assert.ok(Date.now() < deadline);
  const started = Date.now();
  assert.equal(await stops(child, 'SIGTERM'), 0);
  assert.ok(Date.now() - started < 8_000, `${Date.now() - started} ms`);
  assert.deepEqual(await query('SELECT kind FROM gander.dirty'), [{ kind: 'rolled back' }]);
  silent.destroy();
});

test('told to stop while it applies at its start, it cancels that and writes it down', async (t) => {
  const { env, query, dir } = await settings(t);
  await writeFile(path.join(dir, '4_slow.sql'), goose('SELECT pg_sleep(91);'));
  const child = spawn(process.execPath, [MAIN], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], ...env, PORT: '0', GANDER_ON_START: 'apply' },
    stdio: 'ignore',
  });
  t.after(() => child.kill('SIGKILL'));
  const running = `SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(91)%' AND state = 'active'`;
  for (const deadline = Date.now() + 20_000; (await query(running)).length === 0; await sleep(50))
    assert.ok(Date.now() < deadline);
  assert.equal(await stops(child, 'SIGTERM'), 0);
  assert.deepEqual(await query(running), []);
  assert.deepEqual(await query('SELECT version::int, kind FROM gander.dirty'), [
    { version: 4, kind: 'rolled back' },
  ]);
});
