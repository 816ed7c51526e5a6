import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { folder, type RunEvent, redoUnversioned, runUnversioned } from '../../server/engine/index.ts';
import { createDatabase } from '../support/database.ts';
import { failureOf, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../support/migrations.ts';

const seeds = {
  '1_a.sql': goose('CREATE TABLE IF NOT EXISTS a (id int);\nINSERT INTO a VALUES (1);', 'DELETE FROM a;'),
  '2_b.sql': goose('CREATE TABLE b ();', 'DROP TABLE b;'),
  '3_no_down.sql': goose('SELECT 3;'),
};

test('files run in order and leave neither a history nor a record', async (t) => {
  const database = await createDatabase(t);
  const options = { pool: database.pool, source: folder(await writeMigrations(seeds)) };
  const run = await runUnversioned(options, { direction: 'up' });
  assert.deepEqual([run.current, run.id, run.steps.length], [3n, null, 3]);
  assert.deepEqual(
    await database.query(
      `SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_)' ORDER BY 2`,
    ),
    [
      { schemaname: 'public', tablename: 'a' },
      { schemaname: 'public', tablename: 'b' },
    ],
  );
});

test('the same files run again, since nobody knows that they have been run', async (t) => {
  const database = await createDatabase(t);
  const options = { pool: database.pool, source: folder(await writeMigrations(seeds)) };
  for (const _time of [1, 2]) await runUnversioned(options, { direction: 'up', steps: 1 });
  assert.equal((await database.query('SELECT FROM a')).length, 2);
});

test('down runs the newest file’s Down, or those above a version; a file without one runs nothing', async (t) => {
  const database = await createDatabase(t);
  const options = { pool: database.pool, source: folder(await writeMigrations(seeds)) };
  await runUnversioned(options, { direction: 'up' });
  const one = await runUnversioned(options, { direction: 'down' });
  assert.deepEqual(
    [one.current, one.steps.map(({ version, action }) => [version, action])],
    [2n, [[3n, 'run']]],
  );
  const some = await runUnversioned(options, { direction: 'down', to: 1n });
  assert.deepEqual([some.current, some.steps.map(({ version }) => version)], [1n, [3n, 2n]]);
  assert.equal(await tables(database), 'a');
  await runUnversioned(options, { direction: 'up', to: 2n });
  assert.equal((await runUnversioned(options, { direction: 'down', to: 0n })).current, null);
});

test('redo runs the newest file only', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_a.sql': goose('SELECT 1 / 0;'), '2_b.sql': seeds['2_b.sql'] });
  const options = { pool: database.pool, source: folder(dir) };
  await database.query('CREATE TABLE b ()');
  const { down, up } = await redoUnversioned(options, {});
  assert.deepEqual(
    [down.steps.map(({ version }) => version), up.steps.map(({ version }) => version)],
    [[2n], [2n]],
  );
});

test('a failure says what was undone; of a file without a transaction, that one has to look', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_bad.sql': goose('CREATE TABLE a ();\nSELECT 1 / 0;') });
  const undone = await failureOf(
    runUnversioned({ pool: database.pool, source: folder(dir) }, { direction: 'up' }),
  );
  assert.match(undone.next!, /PostgreSQL undid all of it/);
  const loose = await writeMigrations({
    '1_bad.sql': gooseWithoutTransaction('CREATE TABLE a ();\nSELECT 1 / 0;'),
  });
  const partial = await failureOf(
    runUnversioned({ pool: database.pool, source: folder(loose) }, { direction: 'up' }),
  );
  assert.match(
    partial.next!,
    /See what of it is in the database before you run it again: there is no record of it/,
  );
  assert.equal(await tables(database), 'a');
});

test('while somebody migrates, it waits, and an empty folder has nothing to run', async (t) => {
  const database = await createDatabase(t);
  const options = { pool: database.pool, source: folder(await writeMigrations(seeds)) };
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(4097083626)');
  const events: RunEvent['type'][] = [];
  const waiting = runUnversioned(options, {
    direction: 'up',
    onEvent: ({ type }) => {
      events.push(type);
      if (type === 'waiting') void holder.end();
    },
  });
  assert.equal((await waiting).steps.length, 3);
  assert.equal(events[0], 'waiting');
  const empty = { pool: database.pool, source: folder(await writeMigrations()) };
  assert.deepEqual((await runUnversioned(empty, { direction: 'up' })).steps, []);
});
