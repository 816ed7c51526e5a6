import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { folder, MigrationFailed, Migrator } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { goose, gooseWithoutTransaction as loose, writeMigrations } from '../support/migrations.ts';
import { packageRoot } from '../../server/package-root.ts';

const TABLES = ['schema_migrations', 'goose_db_version'] as const;
const COMMAND = path.join(packageRoot, 'dist/server/cli/main.js');

async function fails(run: Promise<unknown>): Promise<MigrationFailed> {
  const error = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof MigrationFailed, String(error));
  return error;
}

async function stateOf(migrator: Migrator, version: bigint): Promise<string> {
  const { migrations } = await migrator.status();
  const one = migrations.find((migration) => migration.version === version)!;
  return [one.state, one.dirty?.kind].filter(Boolean).join(' ');
}

async function waitFor(check: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 15_000; !(await check()); await sleep(50))
    assert.ok(Date.now() < deadline, 'it did not happen');
}

function isRunning(database: TestDatabase, text: string): () => Promise<boolean> {
  return async () =>
    (
      await database.query(
        `SELECT FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND datname = current_database() AND query LIKE $1`,
        [`${text}%`],
      )
    ).length > 0;
}

for (const table of TABLES) {
  test(`CREATE INDEX CONCURRENTLY runs, and its migration is applied (${table})`, async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({
      '1_a.sql': goose('CREATE TABLE a (id int);', 'DROP TABLE a;'),
      '2_index.sql': loose('CREATE INDEX CONCURRENTLY a_id ON a (id);', 'DROP INDEX CONCURRENTLY a_id;'),
    });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
    assert.equal((await migrator.up()).current, 2n);
    assert.equal(await stateOf(migrator, 2n), 'applied');
    assert.equal((await migrator.down()).current, 1n);
  });

  test(`a failure after some statements leaves the migration partial, and nothing runs until a person has said what is there (${table})`, async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({
      '1_loose.sql': loose(
        'CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nCREATE TABLE a (id int);\nCREATE TABLE c (id int);',
        'DROP TABLE a;',
      ),
      '2_next.sql': goose('SELECT 1;', 'SELECT 1;'),
    });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
    const error = await fails(migrator.up());
    assert.equal(error.where, '1_loose.sql:5:1');
    assert.match(error.next!, /gander resolve 1 --applied, --not-applied, --resume or --retry/);
    assert.equal(await stateOf(migrator, 1n), 'dirty partial');
    const run = await migrator.run(error.run.id!);
    assert.deepEqual(
      run?.list[0]?.statements.map(({ state }) => state),
      ['done', 'done', 'failed'],
    );
    await assert.rejects(migrator.up(), {
      code: 'dirty',
      message: /1_loose is dirty: it was applied in part/,
    });
    await assert.rejects(migrator.down(), { code: 'dirty' });

    await assert.rejects(migrator.resolve(2n, 'applied'), {
      code: 'invalid_request',
      message: '2_next is pending, not dirty: there is nothing to resolve.',
    });
    await assert.rejects(migrator.resolve(9n, 'applied'), { code: 'unknown_version' });
    await assert.rejects(migrator.resolve(1n, 'applied'), { code: 'dirty', message: /There is no table c/ });
    await migrator.resolve(1n, 'applied', { overrule: [4] });
    assert.equal(await stateOf(migrator, 1n), 'applied');
    assert.equal((await migrator.up()).current, 2n);
  });

  test(`“not applied” makes a partial migration pending again (${table})`, async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({ '1_loose.sql': loose('CREATE TABLE a (id int);\nSELECT 1/0;') });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
    await fails(migrator.up());
    await database.query('DROP TABLE a');
    await migrator.resolve(1n, 'not applied');
    assert.equal(await stateOf(migrator, 1n), 'pending');
    await writeFile(path.join(dir, '1_loose.sql'), loose('CREATE TABLE a (id int);'));
    assert.equal((await migrator.up()).current, 1n);
  });

  test(`a first statement that PostgreSQL undid as a whole leaves nothing behind: up may try again (${table})`, async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({
      '1_loose.sql': loose('CREATE TABLE a (id nothing);\nCREATE TABLE b (id int);'),
    });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
    await fails(migrator.up());
    assert.equal(await stateOf(migrator, 1n), 'dirty rolled back');
    await writeFile(path.join(dir, '1_loose.sql'), loose('CREATE TABLE a (id int);'));
    assert.equal((await migrator.up()).current, 1n);
  });

  test(`a unique index that cannot be built concurrently stays behind, invalid: that is partial (${table})`, async (t) => {
    const database = await createDatabase(t);
    await database.query('CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1)');
    const dir = await writeMigrations({
      '1_index.sql': loose('CREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id);'),
    });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
    const error = await fails(migrator.up());
    assert.match(error.message, /could not create unique index/);
    assert.equal(await stateOf(migrator, 1n), 'dirty partial');
  });

  test(`a command killed in the middle of it leaves “in doubt”, with a record of how far it came (${table})`, async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({
      '1_loose.sql': loose('CREATE TABLE a (id int);\nSELECT pg_sleep(3);\nCREATE TABLE b (id int);'),
    });
    const child = spawn(
      process.execPath,
      [COMMAND, 'up', '--dir', dir, '--database', database.url, '--table', table],
      { stdio: 'ignore' },
    );
    await waitFor(isRunning(database, 'SELECT pg_sleep(3)'));
    const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
    assert.equal(await stateOf(migrator, 1n), 'running');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await waitFor(async () => (await migrator.status()).lock === null);
    assert.equal(await stateOf(migrator, 1n), 'dirty in doubt');
    await assert.rejects(migrator.up(), { code: 'dirty', message: /may have been applied in part/ });
    const [run] = await migrator.runs({ limit: 1 });
    assert.deepEqual(
      (await migrator.run(run!.id))?.list[0]?.statements.map(({ state }) => state),
      ['done', 'running'],
    );
  });

  test(`a command killed within a transaction leaves all of it or nothing, and the next up makes it all (${table})`, async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({
      '1_whole.sql': goose('CREATE TABLE a (id int);\nSELECT pg_sleep(2);'),
      '2_next.sql': goose('CREATE TABLE b (id int);'),
    });
    const child = spawn(
      process.execPath,
      [COMMAND, 'up', '--dir', dir, '--database', database.url, '--table', table],
      { stdio: 'ignore' },
    );
    await waitFor(isRunning(database, 'SELECT pg_sleep(2)'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
    await waitFor(async () => (await migrator.status()).lock === null);
    const isThere = (await database.query(`SELECT FROM pg_tables WHERE tablename = 'a'`)).length === 1;
    assert.equal(await stateOf(migrator, 1n), isThere ? 'applied' : 'pending');
    assert.equal(await stateOf(migrator, 2n), 'pending');
    assert.equal((await migrator.up()).current, 2n);
    const runs = await migrator.runs({ limit: 2 });
    assert.deepEqual(
      runs.map(({ state }) => state),
      ['done', 'interrupted'],
    );
  });

  test(`a session ended by an administrator: within a transaction PostgreSQL undoes it, without one it is in doubt (${table})`, async (t) => {
    for (const [file, expected] of [
      [goose('CREATE TABLE a (id int);\nSELECT pg_sleep(30);'), 'dirty rolled back'],
      [loose('CREATE TABLE b (id int);\nSELECT pg_sleep(30);'), 'dirty in doubt'],
    ] as const) {
      const database = await createDatabase(t);
      const migrator = new Migrator({
        pool: database.pool,
        source: folder(await writeMigrations({ '1_sleeps.sql': file })),
        table,
      });
      const run = fails(migrator.up());
      await waitFor(isRunning(database, 'SELECT pg_sleep(30)'));
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%' AND datname = current_database()`,
      );
      assert.match((await run).message, /terminating connection due to administrator command/);
      assert.equal(await stateOf(migrator, 1n), expected);
    }
  });
}

test('a failing journal does not make anyone believe that a statement was undone', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_drop.sql': loose('DROP SCHEMA gander CASCADE;') });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await fails(migrator.up());
  assert.match(error.next!, /what ran before the failure is in the database/);
});

test('a DETACH PARTITION CONCURRENTLY that was cancelled half-way is partial, not undone', async (t) => {
  const database = await createDatabase(t);
  await database.query(
    `CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)`,
  );
  const dir = await writeMigrations({
    '1_detach.sql': loose('ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const reader = await database.pool.connect();
  await reader.query('BEGIN; SELECT FROM p');
  const run = fails(migrator.up());
  const waiting = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE p DETACH%' AND wait_event_type = 'Lock' AND datname = current_database()`;
  await waitFor(async () => (await database.query(waiting)).length > 0);
  await database.query(`SELECT pg_cancel_backend(pid) FROM (${waiting}) w`);
  await run;
  reader.release(true);
  assert.equal(await stateOf(migrator, 1n), 'dirty partial');
});

test('where nothing can record how far it comes, a migration without a transaction is not begun', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_loose.sql': loose('CREATE TABLE a (id int);') });
  const options = { pool: database.pool, source: folder(dir), journal: false };
  await assert.rejects(new Migrator({ ...options, table: 'goose_db_version' }).up(), {
    code: 'not_permitted',
    message: /1_loose has no transaction, and there is no place to record/,
  });
  assert.equal((await new Migrator(options).up()).current, 1n);
});

test('without a journal, what PostgreSQL undid as a whole can be run again at once', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_loose.sql': loose('CREATE TABLE a (id nothing);') });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), journal: false });
  await fails(migrator.up());
  assert.equal(await stateOf(migrator, 1n), 'pending');
});
