// Locks (postgres-traps.md, 11, 12, 15 and 16); 13 is in traps-pooler.test.ts, 14 in starts.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { Client, Pool } from 'pg';
import { folder, Migrator, type RunEvent, RunStopped } from '../../server/engine/index.ts';
import { startGander } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/embedded.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction as loose, writeMigrations } from '../support/migrations.ts';

/** A session of somebody else; it ends before the database is dropped. */
async function session(database: TestDatabase): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

function openPool(t: TestContext, connectionString: string): Pool {
  const pool = new Pool({ connectionString });
  pool.on('error', () => {});
  t.after(() => pool.end());
  return pool;
}

/** Waits until a session is in, or waits in, a statement that begins like this. */
async function isAt(database: TestDatabase, text: string, wait = '%'): Promise<void> {
  const sql = `SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND coalesce(wait_event_type, '') LIKE $2 AND datname = current_database()`;
  await eventually(async () => (await database.query(sql, [`${text}%`, wait])).length > 0, text);
}

async function locksLeft(database: TestDatabase): Promise<number> {
  return (
    await database.query(
      `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
  ).length;
}

// 11
test('a second start that waits while the first builds an index concurrently does not keep it from ending', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a AS SELECT i AS id FROM generate_series(1, 1000) i');
  const reader = await session(database);
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM a'); // its snapshot is waited for
  const dir = await writeMigrations({ '1_index.sql': loose('CREATE INDEX CONCURRENTLY a_id ON a (id);') });
  const events: string[] = [];
  const first = new Migrator({ pool: database.pool, source: folder(dir) }).up();
  await isAt(database, 'CREATE INDEX CONCURRENTLY', 'Lock');
  const second = new Migrator({ pool: openPool(t, database.url), source: folder(dir) }).up({
    onEvent: ({ type }) => events.push(type),
  });
  await eventually(async () => events.includes('waiting'), 'the second start waits');
  await reader.query('COMMIT');
  await reader.end();
  const runs = await Promise.all([first, second]);
  assert.deepEqual(
    runs.map(({ current, steps }) => [current, steps.length]),
    [
      [1n, 1],
      [1n, 0],
    ],
  );
});

// 12
test('a migration that takes the migration lock once more does not keep it after the run', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_lock.sql': goose('SELECT pg_advisory_lock(4097083626);\nCREATE TABLE a ();'),
    '2_next.sql': goose('CREATE TABLE b ();'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  assert.equal((await migrator.up()).current, 2n);
  assert.equal(await locksLeft(database), 0);
  assert.equal((await migrator.status()).lock, null);
});

// 12
test('DISCARD ALL gives the lock back: its migration is applied, the next one waits for the next run', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_discard.sql': loose('CREATE TABLE a ();\nDISCARD ALL;\nCREATE TABLE b ();'),
    '2_next.sql': goose('CREATE TABLE c ();'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await migrator.up().catch((reason: unknown) => reason);
  assert.ok(error instanceof RunStopped && error.code === 'locked', String(error));
  assert.match(error.next!, /DISCARD ALL/);
  assert.equal(summary(await migrator.status()), '1 applied, 2 pending');
  assert.equal((await migrator.up()).current, 2n);
  assert.equal(await tables(database), 'a b c');
  assert.equal(await locksLeft(database), 0);
});

// 15
test('a migration that waits for a table lets others pass, and is tried again until the table is free', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id int)');
  const reader = await session(database);
  await reader.query('BEGIN; SELECT FROM a');
  const dir = await writeMigrations({
    '1_alter.sql': goose('CREATE TABLE b ();\nALTER TABLE a ADD COLUMN n int;\nCREATE TABLE c ();'),
    '2_next.sql': goose('CREATE TABLE d ();'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), lockTimeout: 300 });
  const events: RunEvent[] = [];
  const run = migrator.up({ onEvent: (event) => events.push(event) });
  await isAt(database, 'ALTER TABLE a', 'Lock');
  const started = performance.now();
  await database.query('SELECT FROM a');
  assert.ok(performance.now() - started < 3000, 'whoever comes behind waits no longer than the migration');
  await eventually(async () => events.some(({ type }) => type === 'retry'), 'it is tried again');
  await reader.query('COMMIT');
  await reader.end();
  assert.equal((await run).current, 2n);
  const retry = events.find((event) => event.type === 'retry');
  assert.deepEqual([retry?.step.version, retry?.attempt, retry?.of], [1n, 1, 8]);
  assert.match(retry!.message, /canceling statement due to lock timeout/);
  assert.equal(await tables(database), 'a b c d');
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied');
});

// 15
test('stopping a run that waits for its next try ends it at once, with all of it undone', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id int)');
  const reader = await session(database);
  await reader.query('BEGIN; SELECT FROM a');
  const dir = await writeMigrations({
    '1_alter.sql': goose('CREATE TABLE b ();\nALTER TABLE a ADD COLUMN n int;'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), lockTimeout: 100 });
  const abort = new AbortController();
  let tries = 0;
  const onEvent = ({ type }: RunEvent): void => {
    if (type === 'retry' && (tries += 1) === 2) abort.abort();
  };
  const error = await failureOf(migrator.up({ signal: abort.signal, onEvent }));
  assert.equal(tries, 2);
  assert.equal(error.run.steps[0]?.failure?.sqlstate, '55P03');
  assert.equal(error.where, '1_alter.sql:3:1');
  assert.equal(await tables(database), 'a');
  assert.equal(summary(await migrator.status()), '1 dirty rolled back');
  await reader.end();
});

// 15
test('without a transaction nothing is tried again: what is done is done', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id int); CREATE TABLE counted (n int)');
  const reader = await session(database);
  await reader.query('BEGIN; SELECT FROM a');
  const dir = await writeMigrations({
    '1_alter.sql': `-- +gander LOCK TIMEOUT 100ms\n${loose('INSERT INTO counted VALUES (1);\nALTER TABLE a ADD COLUMN n int;')}`,
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const events: string[] = [];
  const error = await failureOf(migrator.up({ onEvent: ({ type }) => events.push(type) }));
  assert.equal(error.run.steps[0]?.failure?.sqlstate, '55P03');
  assert.ok(!events.includes('retry'));
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  await reader.query('COMMIT');
  await reader.end();
  await migrator.resolve(1n, 'resume');
  assert.equal((await database.query('SELECT FROM counted')).length, 1);
});

// 15
test('without a lock timeout of its own, a file without a transaction waits for its table as long as it takes', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id int)');
  const reader = await session(database);
  await reader.query('BEGIN; SELECT FROM a');
  const dir = await writeMigrations({ '1_alter.sql': loose('ALTER TABLE a ADD COLUMN n int;') });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), lockTimeout: 50 });
  const run = migrator.up();
  await isAt(database, 'ALTER TABLE a', 'Lock');
  await reader.query('SELECT pg_sleep(0.3); COMMIT');
  await reader.end();
  assert.equal((await run).current, 1n);
});

const SLEEP = 'SELECT pg_sleep(2)';

async function killInItsSleep(database: TestDatabase, dir: string): Promise<void> {
  const { child } = startGander(['up'], { env: { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir } });
  await isAt(database, SLEEP);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

// 16
test('a start right after a crash waits for what the crashed one has left at work in the server, and says so', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_slow.sql': goose(`CREATE TABLE a ();\n${SLEEP};`),
    '2_next.sql': goose('CREATE TABLE b ();'),
  });
  await killInItsSleep(database, dir);
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  assert.equal((await migrator.status()).lock?.application, 'gander up');
  const holders: (string | null | undefined)[] = [];
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'waiting') holders.push(event.holder?.application);
  };
  assert.equal((await migrator.up({ onEvent })).current, 2n);
  assert.deepEqual(holders, ['gander up']);
  assert.equal(await tables(database), 'a b');
});

// 16
test('what a crashed run has left at work is found even where it has given the lock back', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_slow.sql': loose(
      `CREATE TABLE a ();\nSELECT pg_advisory_unlock_all();\n${SLEEP};\nCREATE TABLE b ();`,
    ),
  });
  await killInItsSleep(database, dir);
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await migrator.up({ lockWait: 100 }).catch((reason: unknown) => reason as RunStopped);
  assert.ok(error instanceof Error);
  assert.match(error.message, /still at work|dirty/);
  await eventually(
    async () => (await migrator.status()).migrations[0]?.state === 'dirty',
    'the end of it is seen',
  );
  assert.equal(summary(await migrator.status()), '1 dirty in doubt');
  await eventually(async () => {
    const left = `SELECT FROM pg_stat_activity WHERE query LIKE '${SLEEP}%' AND pid <> pg_backend_pid() AND datname = current_database()`;
    return (await database.query(left)).length === 0;
  }, 'the old session ends');
  assert.equal(await tables(database), 'a');
  await migrator.resolve(1n, 'resume', { from: 4 });
  assert.equal(await tables(database), 'a b');
});
