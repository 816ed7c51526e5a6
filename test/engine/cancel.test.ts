// Stopping a run that goes on somewhere else, and ending a session that it waits for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, Pool } from 'pg';
import { folder, Migrator, type RunPages, RunStopped } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../support/migrations.ts';
import { until } from '../support/wait.ts';

interface Site {
  readonly database: TestDatabase;
  /** Runs migrations, over a pool that the other one knows nothing of. */
  readonly runner: Migrator;
  /** Another process’s, as it were. */
  readonly other: Migrator;
  /** Waits until a statement that sleeps is recorded as running. */
  readonly sleeps: () => Promise<RunPages>;
}

async function open(files: Record<string, string>): Promise<Site> {
  const database = await createDatabase();
  const source = folder(await writeMigrations(files));
  const pool = new Pool({ connectionString: database.url });
  pool.on('error', () => {});
  const other = new Migrator({ pool: database.pool, source });
  const sleeps = async (): Promise<RunPages> =>
    until('it sleeps', async () => {
      const run = await other.runPages('1', [0]);
      const [session] = await database.query<{ sleeps: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()) AS sleeps`,
      );
      return run?.current?.state === 'running' && session?.sleeps === true && run;
    });
  return { database, runner: new Migrator({ pool, source }), other, sleeps };
}

test('a migration in its transaction is stopped within a second, all of it is undone, and the rest is not run', async () => {
  const { database, runner, other, sleeps } = await open({
    '1_slow.sql': goose('CREATE TABLE a (id int);\nSELECT pg_sleep(30);'),
    '2_next.sql': goose('CREATE TABLE b (id int);'),
  });
  const failure = failureOf(runner.up());
  await sleeps();
  const started = performance.now();
  assert.equal(await other.cancelRun('1', 'in time', 'ada'), true);
  const { run } = await failure;
  assert.ok(performance.now() - started < 1_000, `${performance.now() - started} ms`);
  assert.deepEqual(
    run.steps.map(({ outcome, failure: why }) => [outcome, why?.sqlstate]),
    [
      ['failed', '57014'],
      ['not run', undefined],
    ],
  );
  assert.equal(await tables(database), '');
  const shown = await other.runPages('1', [0]);
  assert.deepEqual(
    shown?.actions.map(({ kind, actor, session }) => [kind, actor, session]),
    [['cancel', 'ada', null]],
  );
  assert.equal(await other.cancelRun('1', 'in time', 'ada'), false, 'it is over');
});

test('a migration that may come to its end is applied, and the run stops before the next one', async () => {
  const { runner, other, sleeps } = await open({
    '1_loose.sql': gooseWithoutTransaction('SELECT pg_sleep(1);'),
    '2_next.sql': goose('CREATE TABLE b (id int);'),
  });
  const run = runner.up().catch((reason: unknown) => reason);
  await sleeps();
  await other.cancelRun('1', 'in time', 'ada');
  const error = await run;
  assert.ok(error instanceof RunStopped && error.code === 'cancelled', String(error));
  assert.equal(summary(await other.status()), '1 applied, 2 pending');
});

test('without a transaction the statement may come to its end; then the run stops, and can be resumed', async () => {
  const { runner, other, sleeps } = await open({
    '1_loose.sql': gooseWithoutTransaction('SELECT pg_sleep(1);\nCREATE TABLE a (id int);'),
  });
  const failure = failureOf(runner.up());
  await sleeps();
  await other.cancelRun('1', 'in time', 'ada');
  assert.match((await failure).message, /cancelled after statement 1/);
  assert.equal(summary(await other.status()), '1 dirty partial');
  await runner.resolve(1n, 'resume');
  assert.equal(summary(await other.status()), '1 applied');
});

test('without a transaction the statement can be stopped at once, too', async () => {
  const { runner, other, sleeps } = await open({
    '1_loose.sql': gooseWithoutTransaction('CREATE TABLE a (id int);\nSELECT pg_sleep(30);'),
  });
  const failure = failureOf(runner.up());
  await sleeps();
  const started = performance.now();
  await other.cancelRun('1', 'at once', 'ada');
  assert.match((await failure).message, /canceling statement due to user request/);
  assert.ok(performance.now() - started < 1_000);
});

test('a session that has the number of a dead run’s is not cancelled', async () => {
  const { database, runner, other } = await open({ '1_a.sql': goose('SELECT 1;') });
  await runner.up();
  const bystander = await database.pool.connect();
  const { rows } = await bystander.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await database.query(
    `UPDATE gander.runs SET state = 'running', backend_pid = $1, started_at = now() - interval '1 hour'`,
    [rows[0]!.pid],
  );
  const sleeping = bystander.query(`SELECT 'undisturbed' AS slept FROM pg_sleep(0.5)`);
  assert.equal(await other.cancelRun('1', 'at once', 'ada'), true);
  assert.equal((await sleeping).rows[0].slept, 'undisturbed');
  bystander.release();
});

test('the session that a run waits for is ended, by who is written down, and the run goes on', async () => {
  const { database, runner, other } = await open({
    '1_users.sql': goose('CREATE TABLE users (id int);'),
    '2_alter.sql': goose('ALTER TABLE users ADD COLUMN a int;'),
  });
  await runner.up({ to: 1n });
  const [holder, bystander] = await Promise.all(
    ['report', 'bystander'].map(async (name) => {
      const client = new Client({ connectionString: database.url, application_name: name });
      client.on('error', () => {});
      await client.connect();
      await client.query(`BEGIN; SELECT FROM ${name === 'report' ? 'users' : 'pg_class'}`);
      return client;
    }),
  );
  const run = runner.up({ lockTimeout: 60_000 });
  const seen = await until(
    'it waits',
    async () => (await other.runPages('2', [0]))?.activity?.wait?.holders[0],
  );
  const idOf = async (client: Client): Promise<{ pid: number; startedAt: string }> =>
    (
      await client.query(
        `SELECT pid, extract(epoch FROM backend_start)::text AS "startedAt" FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
      )
    ).rows[0];
  assert.equal(
    await other.endBlocker('2', await idOf(bystander!), 'ada'),
    false,
    'nobody waits for the other one',
  );
  assert.equal(
    await other.endBlocker('2', { pid: seen.pid, startedAt: '1.5' }, 'ada'),
    false,
    'another session of that number',
  );
  assert.equal(await other.endBlocker('2', { pid: seen.pid, startedAt: seen.startedAt! }, 'ada'), true);
  await run;
  assert.equal(summary(await other.status()), '1 applied, 2 applied');
  await assert.rejects(holder!.query('SELECT 1'));
  await bystander!.query('SELECT 1');
  const { actions } = (await other.runPages('2', [0]))!;
  assert.deepEqual(
    actions.map(({ kind, actor, session }) => [kind, actor, session?.application, session?.pid]),
    [['end session', 'ada', 'report', seen.pid]],
  );
  await Promise.all([holder!.end(), bystander!.end()].map((end) => end.catch(() => {})));
});
