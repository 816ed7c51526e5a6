import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gander, startGander } from '../../support/command.ts';
import { failureOf, summary, tables } from '../../support/engine.ts';
import { LOOSE, module, place, type Place, short, statements } from '../../support/modules.ts';

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

/** Whether a session of this database is in the middle of a query that holds this text. */
function runs({ database }: Place, text: string): () => Promise<boolean> {
  const find = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
    AND pid <> pg_backend_pid() AND query LIKE '%' || $1 || '%'`;
  return async () => (await database.query(find, [text])).length > 0;
}

const STEPS = `await client.query('CREATE TABLE a ()');\nawait client.query('CREATE TABLE b (); SELECT pg_sleep(600)');\nawait client.query('CREATE TABLE c ()');`;

test('a run that is cancelled while a module waits for the server is undone', async (t) => {
  const here = await place(t, { '1_a.mjs': module(STEPS) });
  const stop = new AbortController();
  const up = failureOf(here.migrator.up({ signal: stop.signal }));
  await until(runs(here, 'pg_sleep(600)'));
  stop.abort();
  assert.match((await up).message, /^1_a failed: canceling statement due to user request/);
  assert.equal(summary(await here.migrator.status()), '1 dirty rolled back');
  assert.equal(await tables(here.database), '');
});

test('a run that is cancelled while a module waits for something else ends all the same', async (t) => {
  const here = await place(t, {
    '1_a.mjs': module(
      `await client.query('CREATE TABLE a ()');\nawait new Promise((resolve) => setTimeout(resolve, 600_000).unref());`,
    ),
  });
  const stop = new AbortController();
  const up = failureOf(
    here.migrator.up({
      signal: stop.signal,
      onEvent: (event) => void (event.type === 'statement' && event.record.state === 'done' && stop.abort()),
    }),
  );
  assert.equal((await up).message, '1_a failed: The run was cancelled.');
  assert.equal(summary(await here.migrator.status()), '1 dirty rolled back');
  assert.equal(await tables(here.database), '');
});

test('a module that is cancelled is told by its next query, and may tidy up', async (t) => {
  const here = await place(t, {
    '1_a.mjs': module(
      `try {
  for (;;) await client.query('SELECT pg_sleep(0.01)');
} finally {
  globalThis.ganderTidied = true;
}`,
    ),
  });
  const stop = new AbortController();
  const up = failureOf(
    here.migrator.up({
      signal: stop.signal,
      onEvent: (event) => void (event.type === 'statement' && event.record.position === 5 && stop.abort()),
    }),
  );
  assert.match((await up).message, /The run was cancelled|canceling statement due to user request/);
  assert.equal((globalThis as Record<string, unknown>)['ganderTidied'], true);
});

test('without a transaction a cancelled module stops after the query that is running', async (t) => {
  const body = `await client.query('CREATE TABLE a ()');\nawait client.query('SELECT pg_sleep(0.5)');\nawait client.query('CREATE TABLE c ()');`;
  const here = await place(t, { '1_a.mjs': module(body, '', LOOSE) });
  const stop = new AbortController();
  const up = failureOf(here.migrator.up({ signal: stop.signal }));
  await until(runs(here, 'pg_sleep(0.5)'));
  stop.abort();
  const error = await up;
  assert.equal(error.message, '1_a failed: The run was cancelled.');
  assert.equal(summary(await here.migrator.status()), '1 dirty partial');
  assert.deepEqual((await statements(here, error.run.id)).map(short), [
    '0 line 3 create table a done null',
    '1 line 4 select null done 1',
  ]);
});

test('without a transaction a query whose connection is lost stays in doubt', async (t) => {
  const body = `await client.query('CREATE TABLE a ()');\nawait client.query('SELECT pg_sleep(603)');`;
  const here = await place(t, { '1_a.mjs': module(body, '', LOOSE) });
  const up = failureOf(here.migrator.up());
  await until(runs(here, 'pg_sleep(603)'));
  await here.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(603)%' AND pid <> pg_backend_pid()`,
  );
  const error = await up;
  assert.match(error.message, /terminating connection/);
  assert.equal(summary(await here.migrator.status()), '1 dirty in doubt');
  assert.deepEqual((await statements(here, error.run.id)).map(short), [
    '0 line 3 create table a done null',
    '1 line 4 select null running null',
  ]);
});

async function killDuring(here: Place, text: string): Promise<void> {
  const { child } = startGander(['up', '--database', here.database.url, '--dir', here.dir]);
  await until(runs(here, text));
  child.kill('SIGKILL');
  await once(child, 'close');
  await here.database.query(
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%${text}%' AND pid <> pg_backend_pid()`,
  );
}

test('a process that is killed in the middle of a module leaves nothing of it', async (t) => {
  const here = await place(t, {
    '1_a.mjs': module(STEPS.replace('SELECT pg_sleep(600)', 'SELECT pg_sleep(601)')),
  });
  await killDuring(here, 'pg_sleep(601)');
  assert.equal(await tables(here.database), '');
  assert.equal(summary(await here.migrator.status()), '1 pending');
});

test('a process that is killed in the middle of a module without a transaction leaves a record of how far it came', async (t) => {
  const body = `await client.query('CREATE TABLE a ()');\nawait client.query('SELECT pg_sleep(602)');\nawait client.query('CREATE TABLE c ()');`;
  const here = await place(t, { '1_a.mjs': module(body, '', LOOSE) });
  await killDuring(here, 'pg_sleep(602)');
  assert.equal(await tables(here.database), 'a');
  assert.equal(summary(await here.migrator.status()), '1 dirty in doubt');
  const [run] = await here.migrator.runs({ limit: 1 });
  assert.deepEqual((await statements(here, run!.id)).map(short), [
    '0 line 3 create table a done null',
    '1 line 4 select null running null',
  ]);
});

test('the command runs modules, and tells of one that fails by its place', async (t) => {
  const here = await place(t, {
    '1_a.mjs': module(`await client.query('CREATE TABLE a ()');`, `await client.query('DROP TABLE a');`),
    '2_b.cjs': 'exports.up = async (client) => {\n  await client.query("SELECT 1/0");\n};\n',
  });
  const args = ['--database', here.database.url, '--dir', path.relative(process.cwd(), here.dir)];
  const { code, out, err } = await gander(['up', ...args]);
  assert.equal(code, 1);
  assert.match(out, /OK +1_a/);
  assert.match(`${out}${err}`, /2_b\.cjs:2/);
  assert.match(`${out}${err}`, /division by zero/);
  assert.doesNotMatch(`${out}${err}`, /\n {4}at /);
  const down = await gander(['down', ...args]);
  assert.equal(down.code, 0, down.err);
  assert.equal(await tables(here.database), '');
});
