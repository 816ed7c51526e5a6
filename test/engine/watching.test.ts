// What whoever watches a run can know: that something has changed, where it is, what it waits for, how far it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { folder, Migrator, type RunPages } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';
import { until } from '../support/wait.ts';

async function open(
  files: Record<string, string>,
): Promise<{ database: TestDatabase; migrator: Migrator; watched: () => Promise<RunPages | null> }> {
  const database = await createDatabase();
  const migrator = new Migrator({ pool: database.pool, source: folder(await writeMigrations(files)) });
  const watched = (): Promise<RunPages | null> => migrator.runPages('1', [0]).catch(() => null);
  return { database, migrator, watched };
}

test('whoever follows hears of the beginning of a run, of its steps and of its end', async () => {
  const { migrator } = await open(shop);
  await migrator.up({ steps: 1 });
  const heard: (string | null)[] = [];
  const states: string[] = [];
  const unfollow = migrator.followRuns((id) => {
    heard.push(id);
    if (id === '2') void migrator.watchedRun('2', [0]).then((run) => states.push(run!.state));
  });
  await until('it listens', () => heard.length > 0);
  await migrator.up();
  await until('it has heard of the end', () => states.includes('done'));
  assert.equal(heard[0], null, 'what came before may have been missed');
  assert.ok(heard.length >= 4, 'beginning, notes, end');
  await unfollow();
});

test('who has lost the connection is told that he may have missed something, and hears again', async () => {
  const { database, migrator } = await open(shop);
  const heard: (string | null)[] = [];
  const unfollow = migrator.followRuns((id) => heard.push(id));
  await until('listening', () => heard.length === 1);
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN gander_runs%' AND datname = current_database()`,
  );
  await until('listening again', () => heard.length === 2);
  assert.deepEqual([...heard], [null, null]);
  await migrator.up();
  await until('heard of the run', () => heard.includes('1'));
  await unfollow();
  const listeners = `SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN gander_runs%' AND datname = current_database()`;
  await until('the connection is given back', async () => (await database.query(listeners)).length === 0);
});

test('a run of many migrations is read by pages of 50; the current one has what failed', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 130 }, (_, index) => [
      `${1001 + index}_m.sql`,
      goose(index === 119 ? 'SELEC;' : 'SELECT 1;'),
    ]),
  );
  const { migrator } = await open(files);
  await failureOf(migrator.up());
  const current = await migrator.runPages('1', [0]);
  assert.equal(current?.pages, 3);
  assert.equal(current.currentPage, 3);
  assert.deepEqual(
    current.shown.map(({ position }) => position),
    Array.from({ length: 30 }, (_, index) => 100 + index),
  );
  assert.deepEqual(current.counts, { done: 119, failed: 1, 'not run': 10 });
  assert.match(current.current!.sql!, /SELEC;/);
  const both = await migrator.runPages('1', [1, 99]);
  assert.deepEqual(
    [both?.shown.length, both?.shown[0]?.version, both?.shown.at(-1)?.version],
    [80, 1001n, 1130n],
    'a page beyond the last is the last',
  );
  assert.equal(both?.shown.at(0)?.statements.length, 1);
  assert.equal(both?.shown.at(0)?.of, 1);
});

test('what a failure has left behind stays known, and whether its migration is dirty still; and why the next one did not begin', async () => {
  const { database, migrator } = await open({
    '1_whole.sql': goose('SELEC;'),
    '2_loose.sql': gooseWithoutTransaction('CREATE TABLE a (id int);\nSELEC;'),
    '3_next.sql': goose('SELECT 1;'),
    '4_last.sql': goose('SELECT 1;'),
  });
  const of = async (id: string): Promise<unknown[]> => {
    const run = await migrator.runPages(id, [0]);
    return [run?.current?.left, run?.current?.dirty, run?.stopped];
  };
  await failureOf(migrator.up());
  assert.deepEqual(await of('1'), ['rolled back', 'rolled back', null]);
  await migrator.resolve(1n, 'applied', { overrule: [1] });
  assert.deepEqual(await of('1'), ['rolled back', null, null]);
  await failureOf(migrator.up());
  assert.deepEqual(await of('3'), ['partial', 'partial', null]);
  await migrator.resolve(2n, 'applied', { overrule: [2] });
  const stop = new AbortController();
  const run = migrator.up({ signal: stop.signal, onEvent: ({ type }) => type === 'started' && stop.abort() });
  await assert.rejects(run, { code: 'cancelled' });
  assert.deepEqual(await of('5'), [undefined, undefined, 'The run was cancelled before 3_next.']);
  const steps = await database.query(
    'SELECT state, failure IS NULL AS quiet FROM gander.steps WHERE run_id = 5 ORDER BY position',
  );
  assert.deepEqual(steps, [
    { state: 'not run', quiet: false },
    { state: 'not run', quiet: true },
  ]);
});

test('of many statements and notices the last are shown with a step, and all of them by pages of 100', async () => {
  const raise = `DO $$ BEGIN FOR i IN 1..30 LOOP RAISE NOTICE '% %', i, repeat('x', 600); END LOOP; END $$;`;
  const { migrator } = await open({
    '1_many.sql': goose(
      `${Array.from({ length: 230 }, (_, index) => `CREATE TABLE t${index} (id int);`).join('\n')}\n${raise}\nSELEC;`,
    ),
  });
  await failureOf(migrator.up());
  const { current } = (await migrator.runPages('1', [0]))!;
  assert.equal(current?.of, 232);
  assert.equal(current.lines, 232);
  assert.deepEqual(
    current.statements.map(({ position }) => position),
    Array.from({ length: 20 }, (_, index) => 212 + index),
  );
  const loud = current.statements.at(-2)!;
  assert.equal(loud.noticeCount, 30);
  assert.deepEqual(
    loud.notices.map((notice) => [notice.split(' ')[0], notice.length]),
    [26, 27, 28, 29, 30].map((number) => [String(number), 500]),
  );
  const last = await migrator.statements('1', 0, 99);
  assert.deepEqual([last?.page, last?.pages, last?.currentPage, last?.statements.length], [3, 3, 3, 32]);
  assert.equal((await migrator.statements('1', 0, 1))?.statements.length, 100);
  assert.equal(await migrator.statements('1', 7, 1), null);
});

test('a statement that waits says for which lock, on what, who has it since when, and who waits behind it', async () => {
  const { database, migrator, watched } = await open({
    '1_users.sql': goose('CREATE TABLE users (id int);'),
    '2_alter.sql': goose('SELECT 1;\nALTER TABLE users ADD COLUMN a int;'),
  });
  await migrator.up({ to: 1n });
  const holder = new Client({ connectionString: database.url, application_name: 'report' });
  await holder.connect();
  await holder.query(`BEGIN; SELECT 'left open' FROM users`);
  const run = migrator.up({ lockTimeout: 60_000 });
  const isWaiting = async (): Promise<RunPages['activity']> => {
    const now = await migrator.runPages('2', [0]);
    return now?.activity?.wait ? now.activity : null;
  };
  const { wait, behind, statementMs } = await until('it waits', isWaiting);
  assert.equal(behind, 0);
  assert.ok(wait!.ms! >= 0 && wait!.ms! < statementMs! + 1_000);
  assert.deepEqual(
    [wait?.type, wait?.mode, wait?.relation],
    ['relation', 'AccessExclusiveLock', 'public.users'],
  );
  const [seen] = wait!.holders;
  assert.deepEqual([seen?.application, seen?.state], ['report', 'idle in transaction']);
  assert.match(seen!.query!, /left open/);
  assert.ok(seen!.transactionMs! > 0);
  const reader = database.query('SELECT FROM users');
  await until('somebody waits behind it', async () => (await isWaiting())?.behind === 1);
  // What happens is written down a moment later.
  const shown = await until('it is written down', async () => {
    const found = (await migrator.runPages('2', [0]))?.current?.statements;
    return found?.length === 2 && found;
  });
  assert.deepEqual(
    shown.map(({ kind, state }) => [kind, state]),
    [
      ['select', 'done'],
      ['alter table', 'running'],
    ],
  );
  await holder.query('COMMIT');
  await holder.end();
  await Promise.all([run, reader]);
  assert.equal((await watched())?.activity, null, 'a run that is over has no session');
});

test('the building of an index says how far it is', async () => {
  const { database, migrator, watched } = await open({
    '1_index.sql': gooseWithoutTransaction('CREATE INDEX CONCURRENTLY ON numbers (slow(n));'),
  });
  await database.query(`
    CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.003); RETURN n; END';
    CREATE TABLE numbers AS SELECT n FROM generate_series(1, 700) n`);
  const run = migrator.up();
  const progress = await until('it has scanned a block', async () => {
    const found = (await watched())?.activity?.progress;
    return found?.phase === 'building index: scanning table' && found.done! > 0 && found;
  });
  assert.deepEqual(
    [progress.command, progress.unit, progress.total! >= progress.done!],
    ['CREATE INDEX CONCURRENTLY', 'blocks', true],
  );
  await run;
});

test('what is known of a run does not depend on who runs it: the session must be the one that was opened before it', async () => {
  const { database, migrator, watched } = await open(shop);
  await migrator.up();
  const [own] = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const other = await database.pool.connect();
  const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const sleeping = other.query('SELECT pg_sleep(2)');
  await database.query(
    `UPDATE gander.runs SET state = 'running', backend_pid = $1, started_at = now() - interval '1 hour'`,
    [rows[0]!.pid],
  );
  assert.equal((await watched())?.activity, null);
  assert.deepEqual([(await watched())?.state, (await watched())?.isOver], ['interrupted', false]);
  assert.notEqual(own?.pid, rows[0]?.pid);
  await sleeping;
  other.release();
});
