// How long things may take: locks, statements, and what a file may say about it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { folder, type GanderError, Migrator, type RunEvent } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf, summary } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../support/migrations.ts';

/** Somebody who holds a lock on a table until told otherwise. */
async function occupy(database: TestDatabase, table: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${table}`);
  return () => client.end();
}

async function migratorFor(
  database: TestDatabase,
  files: Record<string, string>,
): Promise<{ migrator: Migrator; events: RunEvent[]; onEvent: (event: RunEvent) => void }> {
  const migrator = new Migrator({ pool: database.pool, source: folder(await writeMigrations(files)) });
  const events: RunEvent[] = [];
  return { migrator, events, onEvent: (event) => void events.push(event) };
}

test('a migration that finds a table locked gives way, and is applied as soon as the table is free', async () => {
  const database = await createDatabase();
  await database.query('CREATE TABLE a (n int)');
  const { migrator, events, onEvent } = await migratorFor(database, {
    '1_a.sql': goose('CREATE TABLE b (n int);\nALTER TABLE a ADD COLUMN m int;'),
  });
  const free = await occupy(database, 'a');
  const run = migrator.up({
    lockTimeout: 50,
    onEvent: (event) => {
      onEvent(event);
      if (event.type === 'retry' && event.attempt === 2) void free();
    },
  });
  assert.equal((await run).current, 1n);
  const retries = events.filter((event) => event.type === 'retry');
  assert.deepEqual(
    retries.map(({ attempt, of }) => `${attempt} of ${of}`),
    ['1 of 8', '2 of 8'],
  );
  assert.match(retries[0]!.message, /lock timeout/);
  assert.equal(summary(await migrator.status()), '1 applied');
});

test('between two tries nobody has to wait behind the migration', async () => {
  const database = await createDatabase();
  await database.query('CREATE TABLE a (n int)');
  const { migrator } = await migratorFor(database, { '1_a.sql': goose('ALTER TABLE a ADD COLUMN m int;') });
  const free = await occupy(database, 'a');
  const abort = new AbortController();
  let asked: Promise<unknown> = Promise.resolve();
  const run = migrator
    .up({
      lockTimeout: 50,
      signal: abort.signal,
      onEvent: ({ type }) => {
        if (type === 'retry') asked = free().then(() => database.query('SELECT FROM a'));
        if (type === 'retry') abort.abort();
      },
    })
    .catch((error: unknown) => error);
  const error = (await run) as GanderError;
  await asked;
  assert.equal(error.code, 'migration_failed');
  assert.equal(summary(await migrator.status()), '1 dirty rolled back');
});

test('a file says for itself how long it waits for a lock, and how long a statement may run', async () => {
  const database = await createDatabase();
  const { migrator } = await migratorFor(database, {
    '1_a.sql': `-- +gander LOCK TIMEOUT 7s\n-- +gander STATEMENT TIMEOUT 2min\n${goose(
      `CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement;`,
    )}`,
    '2_b.sql': goose(
      `INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout');`,
    ),
    '3_c.sql': gooseWithoutTransaction(
      `INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout');`,
    ),
    '4_d.sql': `-- +gander LOCK TIMEOUT 3s\n${gooseWithoutTransaction(
      `INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout');`,
    )}`,
    '5_e.sql': gooseWithoutTransaction(
      `INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout');`,
    ),
  });
  await migrator.up();
  assert.deepEqual(await database.query('SELECT lock, statement FROM seen'), [
    { lock: '7s', statement: '2min' },
    { lock: '5s', statement: '0' },
    { lock: '0', statement: '0' },
    { lock: '3s', statement: '0' },
    { lock: '0', statement: '0' },
  ]);
});

test('a statement that runs longer than it may is stopped, and its migration undone', async () => {
  const database = await createDatabase();
  const { migrator } = await migratorFor(database, {
    '1_a.sql': goose('CREATE TABLE a (n int);\nSELECT pg_sleep(60);'),
  });
  const error = await failureOf(migrator.up({ statementTimeout: 100 }));
  assert.match(error.message, /statement timeout/);
  assert.equal(summary(await migrator.status()), '1 dirty rolled back');
});

test('a late migration that says OUT OF ORDER itself is applied without being allowed', async () => {
  const database = await createDatabase();
  const dir = await writeMigrations({ '2_b.sql': goose('CREATE TABLE b (n int);') });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await migrator.up();
  const late = await writeMigrations({
    '1_a.sql': `-- +gander OUT OF ORDER\n${goose('CREATE TABLE a (n int);')}`,
    '2_b.sql': goose('CREATE TABLE b (n int);'),
  });
  await new Migrator({ pool: database.pool, source: folder(late) }).up();
  assert.equal(
    summary(await new Migrator({ pool: database.pool, source: folder(late) }).status()),
    '1 applied, 2 applied',
  );
});

test('a statement outside a transaction may come to its end when the run is cancelled; the next one is not begun', async () => {
  const database = await createDatabase();
  const { migrator } = await migratorFor(database, {
    '1_a.sql': gooseWithoutTransaction(
      'CREATE TABLE a (n int);\nINSERT INTO a SELECT 1 FROM pg_sleep(0.5);\nINSERT INTO a VALUES (2);',
    ),
  });
  const abort = new AbortController();
  const error = await failureOf(
    migrator.up({
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === 'statement' && event.record.position === 1) abort.abort();
      },
    }),
  );
  assert.match(error.message, /cancelled after statement 2 of 1_a/);
  assert.deepEqual(await database.query('SELECT n FROM a'), [{ n: 1 }]);
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  await migrator.resolve(1n, 'resume');
  assert.deepEqual(await database.query('SELECT n FROM a ORDER BY n'), [{ n: 1 }, { n: 2 }]);
});

test('when the time of grace is over, the statement outside a transaction is cancelled too', async () => {
  const database = await createDatabase();
  const { migrator } = await migratorFor(database, {
    '1_a.sql': gooseWithoutTransaction('CREATE TABLE a (n int);\nSELECT pg_sleep(60);'),
  });
  const abort = new AbortController();
  const error = await failureOf(
    migrator.up({
      signal: abort.signal,
      cancelGrace: 100,
      onEvent: (event) => {
        if (event.type === 'statement' && event.record.position === 1) abort.abort();
      },
    }),
  );
  assert.match(error.message, /canceling statement due to user request/);
  assert.equal(summary(await migrator.status()), '1 dirty partial');
});

test('while a program’s session is still at work without its program, no new run begins', async () => {
  const database = await createDatabase();
  const { migrator } = await migratorFor(database, { '1_a.sql': goose('CREATE TABLE a (n int);') });
  await migrator.up();
  const ghost = new Client({ connectionString: database.url, application_name: 'gander up' });
  ghost.on('error', () => {});
  await ghost.connect();
  const { rows } = await ghost.query('SELECT pg_backend_pid() AS pid');
  await database.query(
    `INSERT INTO gander.runs (history_table, direction, actor, backend_pid) VALUES ('public.schema_migrations', 'up', 'x', $1)`,
    [rows[0].pid],
  );
  const work = ghost.query('SELECT pg_sleep(60)').catch(() => {});
  const waiting = migrator.down({ lockWait: 300, irreversible: true });
  await assert.rejects(waiting, (error: GanderError) => {
    assert.equal(error.code, 'locked');
    assert.match(error.message, new RegExp(`\\(process ${rows[0].pid}\\) is still at work`));
    return true;
  });
  const later = migrator.down({ irreversible: true });
  await sleep(100);
  await database.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
  await work;
  assert.equal((await later).steps.length, 1);
});
