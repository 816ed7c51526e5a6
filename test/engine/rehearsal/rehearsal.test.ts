// What is seen of a plan that is run and rolled back.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  folder,
  GanderError,
  Migrator,
  type Rehearsal,
  type RehearsalRequest,
  toWords,
} from '../../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../../support/migrations.ts';
import { traces } from './traces.ts';

const BASE = `
  CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, age integer);
  CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
  INSERT INTO users (email, age) SELECT 'user' || n, n % 90 FROM generate_series(1, 1000) n;
  INSERT INTO orders SELECT n, n FROM generate_series(1, 100) n`;

interface Scene {
  readonly database: TestDatabase;
  readonly migrator: Migrator;
  readonly rehearse: (request?: Partial<RehearsalRequest>) => Promise<Rehearsal>;
}

async function scene(t: TestContext, files: Readonly<Record<string, string>>, base = BASE): Promise<Scene> {
  const database = await createDatabase(t);
  await database.query(base);
  const migrator = new Migrator({ pool: database.pool, source: folder(await writeMigrations(files)) });
  return { database, migrator, rehearse: (request) => migrator.rehearse({ direction: 'up', ...request }) };
}

/** A scene of one migration, rehearsed. */
async function rehearsed(t: TestContext, up: string, down?: string): Promise<Rehearsal> {
  const { rehearse } = await scene(t, { '1_it.sql': goose(up, down) });
  return rehearse();
}

test('a statement that writes a table anew is told with the lock it takes, and what that keeps others from', async (t) => {
  const { outcome, steps } = await rehearsed(t, 'ALTER TABLE users ALTER COLUMN age TYPE bigint;');
  assert.equal(outcome, 'passed');
  const [statement] = steps[0]!.statements;
  const { locks, rewritten, scanned, indexes, kind, line, rows } = statement!;
  assert.deepEqual({ kind, line, rows }, { kind: 'alter table', line: 2, rows: null });
  assert.deepEqual(
    locks.map(({ relation, mode, blocks }) => ({ relation, mode, blocks })),
    [{ relation: 'public.users', mode: 'AccessExclusiveLock', blocks: 'reads and writes' }],
  );
  assert.deepEqual(rewritten, ['public.users']);
  assert.equal(scanned[0]?.table, 'public.users');
  assert.deepEqual(indexes, [{ index: 'users_pkey', table: 'public.users' }]);
  assert.deepEqual(toWords(steps[0]!.diff!), ['changes column age of users from integer to bigint']);
});

test('an index on a table that is there blocks its writes for as long as it takes, to the end of the migration', async (t) => {
  const { steps } = await rehearsed(
    t,
    'CREATE INDEX users_email ON users (email);\nSELECT pg_sleep(0.2);',
    'DROP INDEX users_email;',
  );
  const [built, slept] = steps[0]!.statements;
  assert.deepEqual(built!.indexes, [{ index: 'users_email', table: 'public.users' }]);
  assert.deepEqual(built!.rewritten, []);
  assert.deepEqual(built!.scanned, [{ table: 'public.users', rows: 1000 }]);
  assert.deepEqual(
    built!.locks.map(({ relation, mode, blocks }) => ({ relation, mode, blocks })),
    [{ relation: 'public.users', mode: 'ShareLock', blocks: 'writes' }],
  );
  assert.ok(built!.locks[0]!.heldMs >= 200 && slept!.tookMs >= 200);
  assert.equal(steps[0]!.down!.outcome, 'proven');
});

test('rows are told by table, whatever set off their change, and the statement’s own number', async (t) => {
  const { steps, remains } = await rehearsed(
    t,
    `UPDATE users SET age = 1 WHERE id <= 10;
DELETE FROM orders WHERE id > 90;
INSERT INTO users (email) VALUES ('a'), ('b');
CREATE TABLE kept (id bigint);
INSERT INTO kept SELECT id FROM users;
TRUNCATE orders;`,
  );
  const seen = steps[0]!.statements.map(({ kind, rows, changed, rewritten, locks }) => ({
    kind,
    rows,
    changed: changed.map(
      ({ table, inserted, updated, deleted }) => `${table} +${inserted} ~${updated} -${deleted}`,
    ),
    rewritten,
    blocks: locks
      .filter(({ blocks }) => blocks !== 'nothing')
      .map(({ relation, blocks }) => `${relation} ${blocks}`),
  }));
  const none = { changed: [], rewritten: [], blocks: [] };
  assert.deepEqual(seen, [
    { ...none, kind: 'update', rows: 10, changed: ['public.users +0 ~10 -0'] },
    { ...none, kind: 'delete', rows: 10, changed: ['public.orders +0 ~0 -10'] },
    { ...none, kind: 'insert', rows: 2, changed: ['public.users +2 ~0 -0'] },
    { ...none, kind: 'create table', rows: null },
    { ...none, kind: 'insert', rows: 1002, changed: ['public.kept +1002 ~0 -0'] },
    {
      ...none,
      kind: 'truncate',
      rows: null,
      rewritten: ['public.orders'],
      blocks: ['public.orders reads and writes'],
    },
  ]);
  assert.deepEqual(remains, [
    'Numbers that it took of sequences are used up: public.users_id_seq.',
    'Dead rows stay until VACUUM comes by: public.kept, public.users.',
  ]);
});

test('what a function does is seen like what the file says', async (t) => {
  const { steps } = await rehearsed(
    t,
    `-- +goose StatementBegin
DO $$ BEGIN RAISE NOTICE 'cleaning up'; EXECUTE 'ALTER TABLE orders ADD COLUMN note text'; DELETE FROM orders; END $$;
-- +goose StatementEnd`,
  );
  const [statement] = steps[0]!.statements;
  assert.deepEqual(statement!.notices, ['cleaning up']);
  assert.deepEqual(
    statement!.locks.map(({ relation, blocks }) => [relation, blocks]),
    [['public.orders', 'reads and writes']],
  );
  assert.deepEqual(statement!.changed, [{ table: 'public.orders', inserted: 0, updated: 0, deleted: 100 }]);
});

test('a Down that does not bring the schema back is found, with what is different', async (t) => {
  const { rehearse } = await scene(t, {
    '1_good.sql': goose('ALTER TABLE users ADD COLUMN phone text;', 'ALTER TABLE users DROP COLUMN phone;'),
    '2_forgets.sql': goose(
      'ALTER TABLE users ALTER COLUMN email DROP NOT NULL; CREATE VIEW mails AS SELECT email FROM users;',
      'DROP VIEW mails;',
    ),
    '3_broken.sql': goose('CREATE TABLE a (id bigint);', 'DROP TABLE b;'),
    '4_none.sql': goose('CREATE TABLE c (id bigint);'),
  });
  const { outcome, steps } = await rehearse();
  assert.equal(outcome, 'passed');
  assert.deepEqual(
    steps.map(({ down }) => down!.outcome),
    ['proven', 'different', 'failed', 'irreversible'],
  );
  assert.deepEqual(toWords(steps[1]!.down!.diff), [
    'changes column email of users from text NOT NULL to text',
  ]);
  assert.equal(steps[2]!.down!.failure!.message, 'table "b" does not exist');
  assert.deepEqual(steps[2]!.down!.failure!.place, { line: 5, column: 1 });
});

test('a migration that would fail is told with the place in its file, and nothing after it is run', async (t) => {
  const { rehearse } = await scene(t, {
    '1_fine.sql': goose('CREATE TABLE fine (id bigint);', 'DROP TABLE fine;'),
    '2_bad.sql': goose('CREATE TABLE also (id bigint);\nSELECT id,\n  nope FROM users;'),
    '3_after.sql': goose('SELECT 1;'),
  });
  const { outcome, steps } = await rehearse();
  assert.equal(outcome, 'failed');
  assert.deepEqual(
    steps.map((step) => [step.outcome, step.reason]),
    [
      ['done', null],
      ['failed', null],
      ['not run', 'One before it failed.'],
    ],
  );
  const { message, sqlstate, place, exact, statement, context } = steps[1]!.failure!;
  assert.deepEqual(
    { message, sqlstate, place, exact, statement, context },
    {
      message: 'column "nope" does not exist',
      sqlstate: '42703',
      place: { line: 4, column: 3 },
      exact: true,
      statement: 1,
      context: null,
    },
  );
});

test('an error within a function is told as a run tells it, without the rehearsal’s own part', async (t) => {
  const { steps } = await rehearsed(
    t,
    `-- +goose StatementBegin
DO $$ BEGIN PERFORM 1 / 0; END $$;
-- +goose StatementEnd`,
  );
  assert.equal(
    steps[0]!.failure!.context,
    'SQL statement "SELECT 1 / 0"\nPL/pgSQL function inline_code_block line 1 at PERFORM',
  );
});

test('what cannot be rehearsed is told, and the rest is rehearsed', async (t) => {
  const { rehearse } = await scene(t, {
    '1_loose.sql': gooseWithoutTransaction('CREATE INDEX CONCURRENTLY users_age ON users (age);'),
    '2_savepoint.sql': goose('SAVEPOINT a;\nCREATE TABLE a (id bigint);\nRELEASE a;'),
    '3_isolated.sql': goose('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;'),
    '4_into.sql': goose('SELECT * INTO copied FROM users;'),
    '5_rest.sql': goose('CREATE TABLE rest (id bigint);', 'DROP TABLE rest;'),
    '6_needs.sql': goose('DROP INDEX users_age;'),
  });
  const { outcome, steps } = await rehearse();
  assert.equal(outcome, 'failed');
  assert.deepEqual(
    steps.map((step) => [step.outcome, step.reason]),
    [
      ['skipped', 'It runs without a transaction, so nothing of it could be rolled back.'],
      ['skipped', 'Line 2 is about its own transaction, which a rehearsal does not let it have.'],
      ['skipped', 'Line 2 is about its own transaction, which a rehearsal does not let it have.'],
      [
        'skipped',
        'Line 2 makes a table by SELECT … INTO, which a rehearsal cannot run: CREATE TABLE … AS does the same.',
      ],
      ['done', null],
      ['failed', 'That may be because 1_loose, 2_savepoint, 3_isolated, 4_into was not rehearsed.'],
    ],
  );
});

test('each migration begins as in a run of its own: role, settings, temporary tables and deferred checks end with the one before', async (t) => {
  const { rehearse, database } = await scene(t, {
    '1_leaves.sql': goose(
      `SET search_path = pg_catalog; SET lock_timeout = 0; CREATE TEMP TABLE mine (id bigint);
ALTER TABLE public.orders ADD CONSTRAINT late FOREIGN KEY (id) REFERENCES public.users DEFERRABLE INITIALLY DEFERRED;
UPDATE public.orders SET id = 500 WHERE id = 1;`,
    ),
    '2_begins.sql': goose(`CREATE TABLE mine (id bigint); ALTER TABLE orders ADD COLUMN note text;`),
    '3_late.sql': goose(
      `UPDATE orders SET id = 5000 WHERE id = 2; UPDATE orders SET id = 2 WHERE id = 5000;`,
    ),
    '4_fails.sql': goose(`UPDATE orders SET id = 5000 WHERE id = 2;`),
  });
  const { steps } = await rehearse();
  assert.deepEqual(
    steps.map((step) => [step.outcome, step.failure?.message ?? null, step.failure?.statement ?? null]),
    [
      ['done', null, null],
      ['done', null, null],
      ['done', null, null],
      ['failed', 'insert or update on table "orders" violates foreign key constraint "late"', null],
    ],
  );
  assert.deepEqual(await database.query(`SELECT to_regclass('public.mine') AS mine`), [{ mine: null }]);
});

test('prepared statements of one migration are not there for the next, and a file may forget them all', async (t) => {
  const { rehearse } = await scene(t, {
    '1_prepares.sql': goose('DEALLOCATE ALL;\nPREPARE mine AS SELECT 1;\nEXECUTE mine;'),
    '2_uses.sql': goose('EXECUTE mine;'),
  });
  const { steps } = await rehearse();
  assert.deepEqual(
    steps.map((step) => [step.outcome, step.failure?.message ?? null]),
    [
      ['done', null],
      ['failed', 'prepared statement "mine" does not exist'],
    ],
  );
});

test('a value of an enum that is added in the same plan is no failure, only nothing to be rehearsed', async (t) => {
  const { rehearse } = await scene(
    t,
    {
      '1_value.sql': goose(`ALTER TYPE mood ADD VALUE 'fine';`),
      '2_uses.sql': goose(`INSERT INTO moods VALUES ('fine');`),
      '3_rest.sql': goose(`INSERT INTO moods VALUES ('ok');`),
    },
    `CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE moods (mood mood)`,
  );
  const { outcome, steps } = await rehearse();
  assert.equal(outcome, 'passed');
  assert.deepEqual(
    steps.map((step) => step.outcome),
    ['done', 'skipped', 'done'],
  );
  assert.match(steps[1]!.reason!, /a value of an enum that an earlier migration of the plan adds/);
});

test('what an earlier migration has locked is told, because the same lock is not seen twice', async (t) => {
  const { rehearse } = await scene(t, {
    '1_first.sql': goose('ALTER TABLE users ADD COLUMN a text;'),
    '2_second.sql': goose('ALTER TABLE users ADD COLUMN b text;'),
  });
  const { steps } = await rehearse();
  assert.deepEqual(
    steps.map(({ lockedBefore, statements }) => [lockedBefore, statements[0]!.locks.length]),
    [
      [[], 1],
      [['public.users'], 0],
    ],
  );
});

test('a rollback is rehearsed as well', async (t) => {
  const { rehearse, migrator, database } = await scene(t, {
    '1_phone.sql': goose('ALTER TABLE users ADD COLUMN phone text;', 'ALTER TABLE users DROP COLUMN phone;'),
  });
  await migrator.up();
  const before = await traces(database);
  const { outcome, steps, direction } = await rehearse({ direction: 'down' });
  assert.deepEqual(
    { outcome, direction, down: steps[0]!.down },
    { outcome: 'passed', direction: 'down', down: null },
  );
  assert.deepEqual(toWords(steps[0]!.diff!), ['drops column phone of users']);
  assert.deepEqual(await traces(database), before);
});

test('it does not wait for somebody who migrates, nor for long for a table', async (t) => {
  const { rehearse, database } = await scene(t, {
    '1_it.sql': goose('ALTER TABLE users ADD COLUMN phone text;', 'ALTER TABLE users DROP COLUMN phone;'),
  });
  const other = await database.pool.connect();
  await other.query('SELECT pg_advisory_lock(4097083626)');
  await assert.rejects(
    rehearse(),
    (error: GanderError) => error.code === 'locked' && /process \d+/.test(error.message),
  );
  await other.query('SELECT pg_advisory_unlock_all(); BEGIN; LOCK TABLE users');
  const { outcome, steps } = await rehearse({ lockTimeout: 100 });
  assert.deepEqual([outcome, steps[0]!.failure?.sqlstate], ['failed', '55P03']);
  await other.query('ROLLBACK');
  other.release();
  assert.equal((await rehearse()).outcome, 'passed');
});

test('nobody migrates while it goes on, even where a file gives every lock back', async (t) => {
  const { rehearse, database, migrator } = await scene(t, {
    '1_it.sql': goose('SELECT pg_advisory_unlock_all();\nSELECT pg_sleep(1);'),
  });
  const rehearsing = rehearse();
  for (;;) {
    const rows = await database.query(
      `SELECT FROM pg_stat_activity WHERE query LIKE '%inline%' OR wait_event = 'PgSleep'`,
    );
    if (rows.length > 0) break;
  }
  await assert.rejects(migrator.up({ lockWait: 0 }), { code: 'locked' });
  assert.equal((await rehearsing).outcome, 'passed');
});

test('it ends when its time is up, also where a file will not hear of it', async (t) => {
  const { rehearse, database } = await scene(t, {
    '1_quick.sql': goose('ALTER TABLE users ADD COLUMN phone text;'),
    '2_slow.sql': goose('SELECT pg_sleep(60);'),
    '3_rest.sql': goose('SELECT 1;'),
  });
  const before = await traces(database);
  const { outcome, steps, tookMs } = await rehearse({ limit: 1000 });
  assert.equal(outcome, 'out of time');
  assert.deepEqual(
    steps.map((step) => [step.outcome, step.reason]),
    [
      ['done', null],
      ['not run', 'The time for the rehearsal was up.'],
      ['not run', 'The time for the rehearsal was up.'],
    ],
  );
  assert.ok(tookMs < 10_000);
  const stubborn = await scene(t, {
    '1_stubborn.sql': goose(`-- +goose StatementBegin
DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;
-- +goose StatementEnd`),
  });
  assert.equal((await stubborn.rehearse({ limit: 500 })).outcome, 'out of time');
  assert.deepEqual(await traces(database), before);
});

test('it can be cancelled', async (t) => {
  const { rehearse } = await scene(t, { '1_slow.sql': goose('SELECT pg_sleep(60);') });
  await assert.rejects(rehearse({ signal: AbortSignal.timeout(300) }), { code: 'cancelled' });
});

test('only the plan that was seen is rehearsed, and without one there is nothing to tell', async (t) => {
  const { rehearse, migrator } = await scene(t, { '1_it.sql': goose('SELECT 1;') });
  await assert.rejects(rehearse({ fingerprint: 'another' }), { code: 'plan_changed' });
  const { fingerprint } = await migrator.plan({ direction: 'up' });
  assert.equal((await rehearse({ fingerprint })).outcome, 'passed');
  await migrator.up();
  const { outcome, steps } = await rehearse();
  assert.deepEqual([outcome, steps], ['nothing', []]);
});

test('what ENVSUB put in is not told', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_it.sql': goose("-- +goose ENVSUB ON\nSELECT '${PASSWORD}'::integer;"),
  });
  const source = folder(dir, { env: { PASSWORD: 'hunter2-hunter2' } });
  const rehearsal = await new Migrator({ pool: database.pool, source }).rehearse({ direction: 'up' });
  assert.equal(rehearsal.outcome, 'failed');
  const text = JSON.stringify(rehearsal, (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  assert.match(text, /\$\{PASSWORD\}/);
  assert.doesNotMatch(text, /hunter2/);
});
