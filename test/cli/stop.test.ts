// Ctrl-C, SIGTERM, --timeout: what runs is cancelled and written down, and the exit code says why.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { commandFile, gander, startGander } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

const SLOW = goose('CREATE TABLE slow (id int);\nSELECT pg_sleep(60);');

/** Waits until a statement that begins like this is being run. */
async function running(database: TestDatabase, beginning: string): Promise<void> {
  const look = `SELECT FROM pg_stat_activity WHERE starts_with(query, $1) AND state = 'active' AND datname = current_database()`;
  while ((await database.query(look, [beginning])).length === 0) await sleep(50);
}

async function databaseWith(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<{ database: TestDatabase; env: Record<string, string> }> {
  const database = await createDatabase(t);
  return { database, env: { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(files) } };
}

for (const [signal, code, word] of [
  ['SIGINT', 130, 'Ctrl-C'],
  ['SIGTERM', 143, 'SIGTERM'],
  ['SIGHUP', 129, 'SIGHUP'],
] as const) {
  test(`${word} cancels the migration that is running: it is undone, and the exit code is ${code}`, async (t) => {
    const { database, env } = await databaseWith(t, {
      ...shop,
      '4_slow.sql': SLOW,
      '5_next.sql': goose('SELECT 5;'),
    });
    const { child, ended } = startGander(['up'], { env });
    await running(database, 'SELECT pg_sleep(60)');
    child.kill(signal);
    const { code: exitCode, err } = await ended;
    assert.equal(exitCode, code, err);
    assert.match(err, new RegExp(`^gander: ${word}: what is running is cancelled and undone`));
    assert.match(err, /4_slow failed: canceling statement due to user request \(SQLSTATE 57014\)/);
    assert.match(err, /not run {2}5_next\.sql/);
    assert.equal((await gander(['version'], { env })).out, 'gander: version 3\n');
    assert.deepEqual(await database.query(`SELECT FROM pg_tables WHERE tablename = 'slow'`), []);
    assert.deepEqual(await database.query(`SELECT state FROM gander.runs`), [{ state: 'failed' }]);
  });
}

test('a statement outside a transaction may come to its end; nothing is begun after it, and it can be resumed', async (t) => {
  const { database, env } = await databaseWith(t, {
    '1_loose.sql': gooseWithoutTransaction('SELECT pg_sleep(2);\nCREATE TABLE done ();'),
    '2_next.sql': goose('CREATE TABLE next ();'),
  });
  const { child, ended } = startGander(['up'], { env });
  await running(database, 'SELECT pg_sleep(2)');
  child.kill('SIGINT');
  const { code, err } = await ended;
  assert.equal(code, 130);
  assert.match(err, /^gander: Ctrl-C: the statement that is running has a few seconds to come to its end/);
  assert.match(err, /The run was cancelled after statement 1 of 1_loose[^]*not run {2}2_next\.sql/);
  const resumed = await gander(['resolve', '1', '--resume', '-v'], { env });
  assert.deepEqual([resumed.code, /pg_sleep/.test(resumed.err)], [0, false]);
  assert.match((await gander(['status'], { env })).out, /^1 applied, 1 pending$/m);
});

test('when all was done in spite of it, that is what the exit code says', async (t) => {
  const { database, env } = await databaseWith(t, {
    '1_loose.sql': gooseWithoutTransaction('SELECT pg_sleep(2);'),
  });
  const { child, ended } = startGander(['up'], { env });
  await running(database, 'SELECT pg_sleep(2)');
  child.kill('SIGTERM');
  assert.equal((await ended).code, 0);
});

test('the same signal once more in a moment, as a parent process passes it on, is still the first one', async (t) => {
  const { database, env } = await databaseWith(t, {
    '1_loose.sql': gooseWithoutTransaction('SELECT pg_sleep(3);'),
  });
  const { child, ended, said } = startGander(['up'], { env });
  await running(database, 'SELECT pg_sleep(3)');
  child.kill('SIGINT');
  await said(/Ctrl-C: /);
  child.kill('SIGINT');
  assert.equal((await ended).code, 0, 'it may come to its end');
});

test('a second Ctrl-C ends at once, and leaves a record of what was going on', async (t) => {
  const { database, env } = await databaseWith(t, {
    '1_loose.sql': gooseWithoutTransaction('SELECT pg_sleep(60);'),
  });
  const { child, ended, said } = startGander(['up'], { env });
  await running(database, 'SELECT pg_sleep(60)');
  child.kill('SIGINT');
  await said(/Ctrl-C: /);
  await sleep(1_100); // sooner it would count as the first one, passed on
  child.kill('SIGINT');
  assert.equal((await ended).code, 130);
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()`,
  );
  const { out } = await gander(['status'], { env });
  assert.match(out, /^dirty .* 1_loose\.sql {2}\(in doubt\)/m);
});

test('who waits for the lock stops waiting', async (t) => {
  const { database, env } = await databaseWith(t, shop);
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(4097083626)');
  const { child, ended, said } = startGander(['up', '--json'], { env });
  await said(/waiting: migrations are being run/);
  child.kill('SIGINT');
  const { code, out } = await ended;
  assert.equal(code, 130);
  const { error } = JSON.parse(out);
  assert.deepEqual([error.code, error.exitCode], ['cancelled', 130]);
  await holder.end();
});

test('--timeout stops what takes longer, with 1', async (t) => {
  const { database, env } = await databaseWith(t, { ...shop, '4_slow.sql': SLOW });
  const { code, err } = await gander(['up', '-timeout', '3s'], { env });
  assert.equal(code, 1);
  assert.match(err, /^gander: The 3\.00 s of --timeout are over: what is running is cancelled/);
  assert.match(err, /4_slow failed: canceling statement/);
  assert.deepEqual(await database.query(`SELECT FROM pg_tables WHERE tablename = 'slow'`), []);
});

test('a server that never answers keeps nobody waiting longer than he wants to', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port } = silent.address() as { port: number };
  const args = ['--database', `postgres://u:p@127.0.0.1:${port}/x`, '--dir', await writeMigrations(shop)];
  const read = await gander(['status', '--timeout', '1s', '--json', ...args]);
  assert.deepEqual([read.code, JSON.parse(read.out).error.code], [1, 'cancelled']);
  const { child, ended } = startGander(['up', ...args]);
  await once(silent, 'connection');
  // Until the engine is loaded a signal does what it does to every process; later it is heard.
  while (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGINT');
    await sleep(700);
  }
  const { code, err } = await ended;
  assert.ok(code === 130 || child.signalCode === 'SIGINT', err);
});

/** As a terminal does it: to all that are in the foreground. */
async function interruptGroup(
  database: TestDatabase,
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; text: string }> {
  const child = spawn(command, args, {
    detached: true,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => (text += more));
  await running(database, 'SELECT pg_sleep(60)');
  process.kill(-child.pid!, 'SIGINT');
  const [code] = await once(child, 'close');
  return { code, text };
}

test('under npm, which passes Ctrl-C on, it is one Ctrl-C all the same', async (t) => {
  const { database, env } = await databaseWith(t, { ...shop, '4_slow.sql': SLOW });
  const dir = await writeMigrations();
  const scripts = { migrate: `"${process.execPath}" "${commandFile}" up` };
  await writeFile(path.join(dir, 'package.json'), JSON.stringify({ scripts }));
  const { text } = await interruptGroup(database, 'npm', ['--prefix', dir, 'run', 'migrate'], env);
  assert.equal(text.match(/Ctrl-C: /g)?.length, 1, text);
  assert.match(text, /PostgreSQL undid all of it/);
  assert.deepEqual(await database.query(`SELECT state FROM gander.runs`), [{ state: 'failed' }]);
});

test('in a pipe whose other end is gone, the end of the run is written down all the same', async (t) => {
  const { database, env } = await databaseWith(t, { ...shop, '4_slow.sql': SLOW });
  const line = `"${process.execPath}" "${commandFile}" up 2>&1 | cat`;
  await interruptGroup(database, 'sh', ['-c', line], env);
  const ended = `SELECT FROM gander.runs WHERE state = 'failed'`;
  while ((await database.query(ended)).length === 0) await sleep(50);
  assert.match((await gander(['status'], { env })).out, /^dirty .* 4_slow\.sql {2}\(rolled back\)/m);
});
