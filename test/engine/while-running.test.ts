// What others see while a migration without a transaction is on its way: it is flagged, but it is not dirty.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { folder, Migrator, type MigratorOptions } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { summary } from '../support/engine.ts';
import { gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

const LOCK = 4_097_083_626n;

const OLD = { '1_create_users.sql': shop['1_create_users.sql']! };
const NEW = {
  ...OLD,
  '2_loose.sql': gooseWithoutTransaction('INSERT INTO users VALUES (1);', 'DELETE FROM users;'),
};

async function openSession(t: TestContext, { url }: TestDatabase): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {}); // the database is dropped before it
  await client.connect();
  t.after(() => client.end());
  return client;
}

async function open(
  database: TestDatabase,
  files: Readonly<Record<string, string>>,
  options: Partial<MigratorOptions> = {},
): Promise<Migrator> {
  return new Migrator({ pool: database.pool, source: folder(await writeMigrations(files)), ...options });
}

/** Until the statement of the second migration waits for the table. */
async function untilItWaits(database: TestDatabase): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await sleep(20)) {
    const waiting = await database.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO users%'`,
    );
    if (waiting.length > 0) return;
  }
  assert.fail('the migration never came to the table');
}

for (const journal of [true, false]) {
  test(`${journal ? 'with' : 'without'} a journal it is running: an old release starts, one of the same release waits`, async (t) => {
    const database = await createDatabase(t);
    await (await open(database, OLD, { journal })).up();
    const blocker = await openSession(t, database);
    await blocker.query('BEGIN; LOCK TABLE users IN SHARE MODE');
    const run = (await open(database, NEW, { journal })).up();
    await untilItWaits(database);

    assert.equal(summary(await (await open(database, NEW, { journal })).status()), '1 applied, 2 running');
    assert.deepEqual((await (await open(database, OLD, { journal, lockWait: 0 })).up()).steps, []);
    await assert.rejects((await open(database, NEW, { journal, lockWait: 0 })).up(), { code: 'locked' });

    await blocker.query('COMMIT');
    assert.equal((await run).current, 2n);
    assert.equal(summary(await (await open(database, NEW, { journal })).status()), '1 applied, 2 applied');
  });
}

for (const table of ['schema_migrations', 'goose_db_version']) {
  test(`its flag is there before it is noted that it has begun: it is running all the same (${table})`, async (t) => {
    const database = await createDatabase(t);
    await (await open(database, OLD, { table })).up();
    const runner = await openSession(t, database);
    await runner.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await runner.query(`
      WITH run AS (
        INSERT INTO gander.runs (history_table, direction, actor, backend_pid)
        VALUES ('public.${table}', 'up', 'the new release', pg_backend_pid()) RETURNING id
      ), steps AS (
        INSERT INTO gander.steps (run_id, position, version, name, action, transaction, state)
        SELECT id, 0, 1, 'create_users', 'run', true, 'running' FROM run
        UNION ALL SELECT id, 1, 2, 'loose', 'run', false, 'waiting' FROM run
      )
      INSERT INTO gander.dirty (history_table, version, kind, direction, run_id, step)
      SELECT 'public.${table}', 2, 'in doubt', 'up', id, 1 FROM run`);
    if (table === 'schema_migrations')
      await runner.query('INSERT INTO schema_migrations VALUES (2, true, clock_timestamp())');

    assert.equal(summary(await (await open(database, NEW, { table })).status()), '1 applied, 2 running');
    assert.deepEqual((await (await open(database, OLD, { table, lockWait: 0 })).up()).steps, []);
    await assert.rejects((await open(database, NEW, { table, lockWait: 0 })).up(), { code: 'locked' });

    await runner.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    const state = await (await open(database, NEW, { table })).status();
    assert.match(summary(state), /^1 applied, 2 dirty /, 'whoever ran it is gone');
  });
}
