// What is left half-built where no transaction undoes it (postgres-traps.md, 19 and 20).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { Client } from 'pg';
import { folder, Migrator } from '../../server/engine/index.ts';
import { startGander } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/embedded.ts';
import { failureOf, summary } from '../support/engine.ts';
import { gooseWithoutTransaction as loose, writeMigrations } from '../support/migrations.ts';

/** A session whose snapshot is old: whatever runs CONCURRENTLY waits until it is gone. */
async function oldReader(database: TestDatabase, sql: string): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  client.on('error', () => {});
  await client.connect();
  await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; ${sql}`);
  return client;
}

/** Sessions that wait in a statement that begins like this. */
function waitingIn(text: string): string {
  return `SELECT pid FROM pg_stat_activity WHERE query LIKE '${text}%' AND wait_event_type = 'Lock' AND datname = current_database()`;
}

async function cancelWaiting(database: TestDatabase, text: string): Promise<void> {
  await eventually(async () => (await database.query(waitingIn(text))).length > 0, `${text} waits`);
  await database.query(`SELECT pg_cancel_backend(pid) FROM (${waitingIn(text)}) w`);
}

async function indexes(database: TestDatabase): Promise<string> {
  const rows = await database.query<{ name: string }>(
    `SELECT relname || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END AS name FROM pg_index JOIN pg_class c ON c.oid = indexrelid
     WHERE relnamespace = 'public'::regnamespace AND relname LIKE 'a\\_%' ORDER BY 1`,
  );
  return rows.map(({ name }) => name).join(', ');
}

const TABLE = 'CREATE TABLE a AS SELECT i AS id FROM generate_series(1, 100) i';

// 19
test('an index whose building was cancelled is named before anything goes on, and once it is dropped it is built', async (t) => {
  const database = await createDatabase(t);
  await database.query(TABLE);
  const reader = await oldReader(database, 'SELECT count(*) FROM a');
  const dir = await writeMigrations({
    '1_index.sql': loose(
      'INSERT INTO a VALUES (101);\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a_id ON a (id);',
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const failure = failureOf(migrator.up());
  await cancelWaiting(database, 'CREATE INDEX CONCURRENTLY');
  assert.equal((await failure).where, '1_index.sql:4:1');
  await reader.end();
  assert.equal(await indexes(database), 'a_id (invalid)');
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  for (const resolution of ['resume', 'retry', 'applied'] as const) {
    await assert.rejects(migrator.resolve(1n, resolution), {
      message: /The index a_id on a is there but invalid/,
      next: /DROP INDEX CONCURRENTLY a_id;/,
    });
  }
  await database.query('DROP INDEX CONCURRENTLY a_id');
  await migrator.resolve(1n, 'resume');
  assert.equal(await indexes(database), 'a_id');
  assert.equal((await database.query('SELECT FROM a WHERE id = 101')).length, 1);
});

// 19
test('what a cancelled REINDEX leaves beside the index is named too', async (t) => {
  const database = await createDatabase(t);
  await database.query(`${TABLE}; CREATE INDEX a_id ON a (id)`);
  const reader = await oldReader(database, 'SELECT count(*) FROM a');
  const dir = await writeMigrations({ '1_reindex.sql': loose('REINDEX INDEX CONCURRENTLY a_id;') });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const failure = failureOf(migrator.up());
  await cancelWaiting(database, 'REINDEX INDEX CONCURRENTLY');
  await failure;
  await reader.end();
  assert.equal(await indexes(database), 'a_id, a_id_ccnew (invalid)');
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  await assert.rejects(migrator.resolve(1n, 'retry'), {
    message: /The index a_id_ccnew on a is there but invalid/,
  });
  await database.query('DROP INDEX CONCURRENTLY a_id_ccnew');
  await migrator.resolve(1n, 'retry');
  assert.equal(await indexes(database), 'a_id');
});

// 19
test('an index that the server went on building after the command was killed is found, and not built again', async (t) => {
  const database = await createDatabase(t);
  await database.query(TABLE);
  const reader = await oldReader(database, 'SELECT count(*) FROM a');
  const dir = await writeMigrations({
    '1_index.sql': loose('CREATE INDEX CONCURRENTLY a_id ON a (id);\nINSERT INTO a VALUES (101);'),
  });
  const { child } = startGander(['up'], { env: { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir } });
  await eventually(
    async () => (await database.query(waitingIn('CREATE INDEX'))).length > 0,
    'the index is being built',
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  assert.equal(summary(await migrator.status()), '1 running', 'the server is still at it');
  await assert.rejects(migrator.up({ lockWait: 0 }), { code: 'locked' });
  await reader.end();
  await eventually(async () => (await migrator.status()).lock === null, 'the server is done');
  assert.equal(summary(await migrator.status()), '1 dirty in doubt');
  assert.equal(await indexes(database), 'a_id');
  await migrator.resolve(1n, 'resume');
  assert.equal(summary(await migrator.status()), '1 applied');
  assert.equal((await database.query('SELECT FROM a WHERE id = 101')).length, 1);
});

// 19
test('a DROP INDEX that was cancelled half-way leaves the index invalid: its rollback is partial, and goes on', async (t) => {
  const database = await createDatabase(t);
  await database.query(TABLE);
  const dir = await writeMigrations({
    '1_index.sql': loose(
      'CREATE INDEX CONCURRENTLY a_id ON a (id);',
      'DROP INDEX CONCURRENTLY a_id;\nTRUNCATE a;',
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await migrator.up();
  const reader = await oldReader(database, 'SELECT count(*) FROM a');
  const failure = failureOf(migrator.down());
  await cancelWaiting(database, 'DROP INDEX CONCURRENTLY');
  await failure;
  await reader.end();
  assert.equal(await indexes(database), 'a_id (invalid)');
  const { migrations } = await migrator.status();
  assert.deepEqual([migrations[0]?.dirty?.kind, migrations[0]?.dirty?.direction], ['partial', 'down']);
  await migrator.resolve(1n, 'resume');
  assert.equal(await indexes(database), '');
  assert.equal(summary(await migrator.status()), '1 pending');
});

// 20
test('a constraint whose validation failed stays, not validated: the migration is partial until the rows are mended', async (t) => {
  const database = await createDatabase(t);
  await database.query(`${TABLE}; INSERT INTO a VALUES (-1)`);
  const dir = await writeMigrations({
    '1_check.sql': loose(
      'ALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;\nALTER TABLE a VALIDATE CONSTRAINT positive;',
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await failureOf(migrator.up());
  assert.match(error.message, /check constraint "positive" of relation "a" is violated by some row/);
  assert.equal(error.where, '1_check.sql:4:1');
  const validated = `SELECT convalidated AS validated FROM pg_constraint WHERE conname = 'positive'`;
  assert.deepEqual(await database.query(validated), [{ validated: false }]);
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  await database.query('DELETE FROM a WHERE id < 0');
  await migrator.resolve(1n, 'resume');
  assert.deepEqual(await database.query(validated), [{ validated: true }]);
});

// 20
test('a new enum value stays when a later statement fails: going on uses it, starting again says that it is there', async (t) => {
  const database = await createDatabase(t);
  await database.query(`CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE people (mood mood)`);
  const text = (place: string): string =>
    loose(`ALTER TYPE mood ADD VALUE 'ok';\nINSERT INTO ${place} VALUES ('ok');`);
  const dir = await writeMigrations({ '1_mood.sql': text('nowhere') });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await failureOf(migrator.up());
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  await writeFile(path.join(dir, '1_mood.sql'), text('people'));
  const again = await failureOf(migrator.resolve(1n, 'retry'));
  assert.match(again.message, /enum label "ok" already exists \(SQLSTATE 42710\)/);
  assert.equal(summary(await migrator.status()), '1 dirty partial', 'what was there before is still there');
  await migrator.resolve(1n, 'resume', { from: 2 });
  assert.deepEqual(await database.query('SELECT mood FROM people'), [{ mood: 'ok' }]);
});

// 20
test('a partition that was left half detached is told of by the server’s own hint, and can be called applied once it is detached', async (t) => {
  const database = await createDatabase(t);
  await database.query(
    'CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)',
  );
  const reader = await oldReader(database, 'SELECT FROM p');
  const dir = await writeMigrations({
    '1_detach.sql': loose('ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const failure = failureOf(migrator.up());
  await cancelWaiting(database, 'ALTER TABLE p DETACH');
  await failure;
  await reader.end();
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  const again = await failureOf(migrator.resolve(1n, 'retry'));
  assert.match(again.run.steps[0]?.failure?.hint ?? '', /FINALIZE/);
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  await database.query('ALTER TABLE p DETACH PARTITION p1 FINALIZE');
  await migrator.resolve(1n, 'applied');
  assert.equal(summary(await migrator.status()), '1 applied');
});
