import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../../server/engine/index.ts';
import { failureOf, summary, tables } from '../../support/engine.ts';
import { LOOSE, module, place, short, statements } from '../../support/modules.ts';

test('a module gets pg’s results, and may give values and how rows are to look', async (t) => {
  const { migrator } = await place(t, {
    '1_a.mjs': module(`const { rows, fields, command } = await client.query({
  text: 'SELECT $1::text AS a, $2::int AS b', values: ["it's", 2], rowMode: 'array',
});
const [many] = await client.query('SELECT 1 AS one; SELECT 2 AS two');
const none = await client.query('');
const seen = JSON.stringify([rows, fields.map(({ name }) => name), command, many.rows, none.rows]);
if (seen !== '[[["it\\'s",2]],["a","b"],"SELECT",[{"one":1}],[]]') throw new Error(seen);`),
  });
  await migrator.up();
});

test('what is no query is refused with what to write', async (t) => {
  const { dir, migrator } = await place(t, {});
  for (const asked of ['client.query()', 'client.query({ submit() {} })', `client.query('SELECT $1', 1)`]) {
    await writeFile(path.join(dir, '1_a.mjs'), module(`await ${asked};`));
    const error = await failureOf(migrator.up());
    assert.equal(
      error.message,
      '1_a failed: client.query() was not given SQL as text, and values as an array.',
    );
    assert.equal(error.where, '1_a.mjs:2:16');
  }
  await writeFile(path.join(dir, '1_a.mjs'), module(`client.release();`));
  assert.match((await failureOf(migrator.up())).message, /client\.release is not a function/);
});

test('queries asked for at once run one after the other, and the first that fails is told', async (t) => {
  const here = await place(t, {
    '1_a.mjs': module(
      `await Promise.all(['CREATE TABLE a (n int)', 'INSERT INTO a VALUES (1)', 'SELECT 1/n FROM a'].map((sql) => client.query(sql)));`,
    ),
    '2_b.mjs': module(
      `await Promise.all(['SELECT 1', 'SELECT 1/0', 'CREATE TABLE never ()'].map((sql) => client.query(sql)));`,
      '',
      LOOSE,
    ),
  });
  const error = await failureOf(here.migrator.up());
  assert.equal(error.message, '2_b failed: division by zero (SQLSTATE 22012)');
  assert.equal(await tables(here.database), 'a');
  assert.deepEqual((await statements(here, error.run.id)).map(short), [
    '0 line 2 create table a done null',
    '1 line 2 insert a done 1',
    '2 line 2 select null done 1',
    '0 line 3 select null done 1',
    '1 line 3 select null failed null',
  ]);
});

test('a query that is not awaited fails the migration, at its place', async (t) => {
  const { database, dir, migrator } = await place(t, {});
  const careless: readonly [string, string, RegExp][] = [
    [`client.query('CREATE TABLE a ()');`, '1_a.mjs:2:10', /while a query that it had asked for had not\.$/],
    [
      `['a', 'b', 'c'].forEach(async (name) => {\n  await client.query(\`CREATE TABLE \${name} ()\`);\n  await client.query('SELECT 1/0');\n});`,
      '1_a.mjs:3:18',
      /while 3 queries that it had asked for had not\.$/,
    ],
  ];
  for (const [body, where, expected] of careless) {
    await writeFile(path.join(dir, '1_a.mjs'), module(body));
    const error = await failureOf(migrator.up());
    assert.match(error.message, expected);
    assert.equal(error.where, where);
    assert.equal(summary(await migrator.status()), '1 dirty rolled back');
    assert.equal(await tables(database), '');
  }
});

test('without a transaction, too, the failure of a query that nobody awaits is not lost', async (t) => {
  const { migrator } = await place(t, {
    '1_a.mjs': module(
      `client.query('SELECT * FROM nowhere');\nawait client.query('CREATE TABLE a ()');`,
      '',
      LOOSE,
    ),
  });
  const error = await failureOf(migrator.up());
  assert.equal(error.message, '1_a failed: relation "nowhere" does not exist (SQLSTATE 42P01)');
  assert.equal(summary(await migrator.status()), '1 dirty partial');
});

test('a query after the end of its migration is not sent, and Node warns of it', async (t) => {
  const { database, migrator } = await place(t, {
    '1_a.mjs': module(`setTimeout(async () => {\n  await client.query('CREATE TABLE late ()');\n}, 200);`),
  });
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  await migrator.up();
  assert.match(
    (await warned).message,
    /^1_a\.mjs:3:18 asked for a query after its migration had ended: it was not sent/,
  );
  assert.equal(await tables(database), '');
});

test('what a module does is seen while it does it: its queries, rows and notices', async (t) => {
  const here = await place(t, {
    '1_a.mjs': module(
      `await client.query("DO $$ BEGIN RAISE NOTICE 'half way'; END $$");\nawait client.query('SELECT pg_advisory_lock(7)');`,
    ),
  });
  const { database, migrator } = here;
  const holder = await database.pool.connect();
  await holder.query('SELECT pg_advisory_lock(7)');
  const events: RunEvent[] = [];
  const up = migrator.up({ onEvent: (event) => void events.push(event), lockTimeout: 0 });
  let [run] = await migrator.runs({ limit: 1 });
  let seen: string[] = [];
  while (seen.length < 2) {
    await sleep(50);
    [run] = await migrator.runs({ limit: 1 });
    if (run !== undefined) seen = (await statements(here, run.id)).map(short);
  }
  assert.deepEqual(seen, ['0 line 2 do null done null', '1 line 3 select null running null']);
  assert.deepEqual((await statements(here, run!.id))[0]?.notices, ['half way']);
  await holder.query('SELECT pg_advisory_unlock(7)');
  holder.release();
  await up;
  assert.deepEqual(
    events.flatMap((event) =>
      event.type === 'statement' ? [`${event.record.position} ${event.record.state}`] : [],
    ),
    ['0 running', '0 running', '0 done', '1 running', '1 done'],
  );
  assert.ok(events.some((event) => event.type === 'notice' && event.message === 'half way'));
});

test('a loop of many queries is one line in the record, from the hundredth on', async (t) => {
  const here = await place(t, {
    '1_a.mjs': module(`await client.query('CREATE TABLE a (n int)');
for (let n = 0; n < 1000; n++) await client.query('INSERT INTO a VALUES ($1)', [n]);
await client.query('DELETE FROM a');`),
  });
  const up = await here.migrator.up();
  const all = await statements(here, up.id);
  assert.equal(all.length, 102);
  assert.deepEqual(
    all
      .slice(-3)
      .map(({ position, count, kind, state, rowCount }) => [position, count, kind, state, rowCount]),
    [
      [99, 1, 'insert', 'done', 1],
      [100, 901, 'insert', 'done', 901],
      [1001, 1, 'delete', 'done', 1000],
    ],
  );
});

test('a module that finds a table locked is undone and called again', async (t) => {
  const { database, migrator } = await place(t, {
    '1_a.mjs': module(
      `globalThis.ganderCalls = (globalThis.ganderCalls ?? 0) + 1;\nawait client.query('LOCK TABLE held');\nawait client.query('CREATE TABLE a ()');`,
    ),
  });
  await database.query('CREATE TABLE held ()');
  const holder = await database.pool.connect();
  await holder.query('BEGIN; LOCK TABLE held');
  let retries = 0;
  await migrator.up({
    lockTimeout: 50,
    onEvent: (event) => {
      if (event.type === 'retry' && ++retries === 1) void holder.query('COMMIT').then(() => holder.release());
    },
  });
  assert.ok(retries >= 1);
  assert.equal((globalThis as Record<string, unknown>)['ganderCalls'], retries + 1);
  assert.equal(await tables(database), 'a held');
});

test('a module may set and reset what it likes: neither its record nor the next one is touched by it', async (t) => {
  const { database, migrator } = await place(t, {
    '1_a.mjs': module(`await client.query('CREATE SCHEMA s; SET search_path = s');
await client.query('CREATE TABLE a ()');
await client.query('RESET ALL');
await client.query("SET search_path = ''; SET ROLE pg_monitor");`),
    '2_b.mjs': module(`await client.query('CREATE TABLE b ()');`),
  });
  await migrator.up();
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied');
  assert.equal(await tables(database), 'b');
});

test('a module waits no longer for a lock than it says', async (t) => {
  const { database, migrator } = await place(t, {
    '1_a.mjs': module(
      `await client.query('DROP TABLE held');`,
      '',
      `${LOOSE}export const lockTimeout = 100;\n`,
    ),
  });
  await database.query('CREATE TABLE held ()');
  const holder = await database.pool.connect();
  await holder.query('BEGIN; LOCK TABLE held');
  const error = await failureOf(migrator.up());
  assert.equal(error.message, '1_a failed: canceling statement due to lock timeout (SQLSTATE 55P03)');
  await holder.query('COMMIT');
  holder.release();
});
