import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { gander, startGander } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

test('a failed migration is shown with its lines, a caret, and all that became of the run', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_users.sql': shop['1_create_users.sql']!,
    '2_bad.sql': goose('SELECT 1;\nSELECT *,\n\tnöwhere\n  FROM users;'),
    '3_next.sql': goose('SELECT 1;'),
  });
  const { code, out, err } = await gander(['up', '--dir', dir, '--database', database.url]);
  assert.equal(code, 1);
  assert.match(out, /^OK {3}1_users\.sql .*\nFAIL 2_bad\.sql \(.*\)\n$/);
  assert.equal(
    err,
    `gander: 2_bad.sql:4:2: 2_bad failed: column "nöwhere" does not exist (SQLSTATE 42703)

    2 | SELECT 1;
    3 | SELECT *,
  > 4 | \tnöwhere
      | \t^
    5 |   FROM users;

  applied  1_users.sql
  failed   2_bad.sql, statement 2 of 2
  not run  3_next.sql
  → PostgreSQL undid all of it. Mend what it ran into, and run again.
`,
  );
});

test('detail, hint and the place inside a function are told as PostgreSQL tells them', async (t) => {
  const database = await createDatabase(t);
  const body = `BEGIN RAISE EXCEPTION 'no' USING DETAIL = E'first\\nsecond', HINT = 'wait'; END`;
  const dir = await writeMigrations({ '1_bad.sql': goose(`SELECT 1;\nDO $$ ${body} $$;\nSELECT 2;`) });
  const { err } = await gander(['up', '--dir', dir, '--database', database.url]);
  assert.match(err, /^gander: 1_bad\.sql:3:1: 1_bad failed: no \(SQLSTATE P0001\)$/m);
  assert.match(
    err,
    /^ {4}2 \| SELECT 1;\n {2}> 3 \| DO [^\n]*\n {4}4 \| SELECT 2;\n$/m,
    'no caret: the server names no place',
  );
  assert.match(
    err,
    /^ {2}detail {3}first\n {11}second\n {2}hint {5}wait\n {2}where {4}PL\/pgSQL function inline_code_block line 1 at RAISE$/m,
  );
});

test('a file that cannot be read as a migration is shown with the place', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '4_bad.sql': '-- +goose Up\nSELECT 1;\nCOMMIT;\n' });
  const { code, err } = await gander(['up', '--dir', dir, '--database', database.url]);
  assert.equal(code, 2);
  assert.match(err, /^gander: 4_bad\.sql:3:1: .*\n\n {4}1 \| [^]*\n {2}> 3 \| COMMIT;\n {6}\| \^\n\n {2}→ /);
  assert.deepEqual(await publicTables(database), []);
});

test('of a run that failed late only the first names are listed', async (t) => {
  const database = await createDatabase(t);
  const files = Array.from({ length: 9 }, (_, index) => [`${index + 1}_a.sql`, goose('SELECT 1;')]);
  const dir = await writeMigrations({ ...Object.fromEntries(files), '10_bad.sql': goose('SELECT 1 / 0;') });
  const { err } = await gander(['up', '--dir', dir, '--database', database.url]);
  assert.match(err, /^ {2}applied {2}9: 1_a\.sql, 2_a\.sql, 3_a\.sql, 4_a\.sql …$/m);
  assert.doesNotMatch(err, /not run/);
});

test('after a failure outside a transaction one can resume, retry, or say what is there', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_loose.sql': gooseWithoutTransaction(
      'CREATE TABLE a (id int);\nSELECT 1 FROM missing;\nCREATE TABLE c ();',
    ),
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const failed = await gander(['up'], { env });
  assert.equal(failed.code, 1);
  assert.match(failed.err, /→ It has no transaction: .* gander resolve 1 .*--resume/);
  const blocked = await gander(['up'], { env });
  assert.equal(blocked.code, 1);
  assert.match(blocked.err, /1_loose is dirty/);
  await database.query('CREATE TABLE missing ()');
  const resumed = await gander(['resolve', '1', '--resume', '-v'], { env });
  assert.equal(resumed.code, 0, resumed.err);
  assert.doesNotMatch(resumed.err, /CREATE TABLE a/, 'what is done is left out');
  assert.match(resumed.out, /^OK {3}1_loose\.sql .*\ngander: 1 has been run\. current version: 1\n$/);
  assert.equal((await database.query(`SELECT FROM pg_tables WHERE tablename IN ('a', 'c')`)).length, 2);
});

test('resolve records what a person has found, and refuses where there is nothing to resolve', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_loose.sql': gooseWithoutTransaction('CREATE TABLE a (id int);\nSELECT 1 / 0;'),
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  await gander(['up'], { env });
  const refused = await gander(['resolve', '1', '--not-applied'], { env });
  assert.equal(refused.code, 1);
  assert.match(refused.err, /The database does not agree\. Statement 1: The table a is there\./);
  assert.match(refused.err, /--overrule 1\./);
  await database.query('DROP TABLE a');
  assert.match(
    (await gander(['resolve', '1', '--not-applied'], { env })).out,
    /gander: 1 is recorded as not applied\. current version: 0\n$/,
  );
  await gander(['up'], { env });
  const retried = await gander(['resolve', '1', '--retry'], { env });
  assert.equal(retried.code, 1);
  assert.match(retried.err, /relation "a" already exists/);
  assert.match(
    (await gander(['resolve', '1', '--applied'], { env })).out,
    /gander: 1 is recorded as applied\. current version: 1\n$/,
  );
  const nothing = await gander(['resolve', '1', '--applied'], { env });
  assert.equal(nothing.code, 2);
  assert.match(nothing.err, /1_loose is applied, not dirty: there is nothing to resolve/);
});

test('resolve without a flag says what is in the database and which ways out there are, and each can be taken', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a AS SELECT 1 AS n FROM generate_series(1, 2)');
  const dir = await writeMigrations({
    '1_loose.sql': gooseWithoutTransaction(
      'CREATE TABLE b ();\nCREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);\nCREATE TABLE c ();',
    ),
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  await gander(['up'], { env });
  const looked = await gander(['resolve', '1'], { env });
  assert.equal(looked.code, 0);
  assert.match(looked.out, /^1_loose: dirty, partial, run 1\n {2}could not create unique index "a_n"\n/);
  assert.match(
    looked.out,
    /^ {6}2 {2}failed {4}half done {4}creates unique index a_n on a concurrently\n {32}The index a_n on a is there but invalid/m,
  );
  assert.match(looked.out, /^Statement 1 is in the database; statement 2 is half done:/m);
  assert.match(
    looked.out,
    /^ {2}Go on with statement 2 \(not yet\)\n.*\n {6}first: Statement 2 is half done: .*\n {8}DROP INDEX CONCURRENTLY public\.a_n;\n/m,
  );
  assert.match(looked.out, /^ {6}gander resolve 1 --not-applied --overrule 1,2$/m);
  await database.query('DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)');
  assert.match(looked.out, /^ {6}gander resolve 1 --repair rebuild$/m);
  const done = await gander(['resolve', '1', '--repair', 'rebuild', '--reason', 'seen'], { env });
  assert.equal(done.code, 0, done.err);
  assert.match(
    done.out,
    /what was half done is set right .*\nOK {3}1_loose\.sql .*\ngander: 1 is set right\. current version: 1\n$/,
  );
  const [row] = await database.query<{ reason: string }>('SELECT reason FROM gander.resolutions');
  assert.equal(row?.reason, 'seen');
});

test('baseline records what is there already, and runs nothing', async (t) => {
  const database = await createDatabase(t);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
  const { code, out } = await gander(['baseline', '2'], { env });
  assert.equal(code, 0);
  assert.match(
    out,
    /^OK {3}1_create_users\.sql: recorded as applied, nothing was run .*\nOK {3}2_.*\ngander: recorded 2 migrations as applied\. current version: 2\n$/,
  );
  assert.deepEqual(await publicTables(database), ['schema_migrations']);
  assert.equal(
    (await gander(['baseline', '2'], { env })).out,
    'gander: nothing to record. current version: 2\n',
  );
  assert.equal((await gander(['baseline', '7'], { env })).code, 2);
});

test('wrong use ends with 2 and a sentence', async (t) => {
  const database = await createDatabase(t);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
  const wrong: readonly [string[], Record<string, string>, RegExp][] = [
    [['fly'], env, /There is no command fly/],
    [['up', '5'], env, /up takes nothing after it/],
    [['up', '--check'], env, /--check does nothing for up/],
    [['status', '--lock-wait', '5s'], env, /--lock-wait does nothing for status/],
    [['down-to', 'x'], env, /What comes after down-to must be a version/],
    [['down-to'], env, /down-to needs its <version>/],
    [['down-to', '77'], env, /There is no migration 77/],
    [['up'], {}, /DATABASE_URL is not set/],
    [['up'], { ...env, DATABASE_URL: 'shop' }, /DATABASE_URL must be the address of a PostgreSQL database/],
    [['up', '--dir', '/nowhere/at/all'], env, /The migrations folder \/nowhere\/at\/all does not exist/],
    [['resolve', '1', '--retry', '--applied'], env, /resolve takes one way out of dirty/],
    [['resolve', '1', '--reason', 'x'], env, /--reason and --overrule go with a way out/],
    [['resolve', '1', '--repair', 'all'], env, /--repair must be one of drop, rebuild, validate, finish/],
    [['resolve', '1', '--retry', '--overrule', '1,x'], env, /--overrule must be a number from 1 on/],
    [['resolve', '1', '--retry', '--from', '2'], env, /--from goes with --resume/],
    [['create', 'x', 'go'], env, /Gander does not run Go/],
    [['up', '--env', '/nowhere.env'], env, /\/nowhere\.env cannot be read \(ENOENT\)/],
    [
      ['up'],
      { ...env, GANDER_LOCK_TIMEOUT: '5', GANDER_CHANGED: 'no' },
      /GANDER_LOCK_TIMEOUT must be a time [^]*\n.*GANDER_CHANGED must be warn/,
    ],
    [['up'], { ...env, GOOSE_DRIVER: 'mysql' }, /GOOSE_DRIVER must be postgres/],
  ];
  for (const [args, settings, expected] of wrong) {
    const { code, err, out } = await gander(args, { env: settings, cwd: '/' });
    assert.equal(code, 2, `${args.join(' ')}: ${err}`);
    assert.match(err, expected, args.join(' '));
    assert.equal(out, '');
    assert.doesNotMatch(err, /^\s+at /m, 'no stack for users');
  }
});

test('a folder that is ambiguous ends with 2 and runs nothing', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '03_twin.sql': goose('SELECT 1;'), 'bad.sql': '' });
  const { code, err } = await gander(['up'], { env: { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir } });
  assert.equal(code, 2);
  assert.match(err, /bad\.sql has no “_”[^]*3_add_phone\.sql have the same version, 3/);
  assert.deepEqual(await publicTables(database), []);
});

test('who holds the lock is said while waiting for it, and when the wait is over', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const holder = new Client({ connectionString: database.url, application_name: 'deploy 42' });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(4097083626)');
  const args = ['--database', database.url, '--dir', dir];
  assert.equal(JSON.parse((await gander(['status', '--json', ...args])).out).lock.application, 'deploy 42');
  const { code, err } = await gander(['up', '--lock-wait', '300ms', ...args]);
  assert.equal(code, 3);
  assert.match(err, /^gander: waiting: migrations are being run by deploy 42 \(process \d+/);
  assert.match(
    err,
    /^gander: Migrations are being run by deploy 42 .*\n {2}→ .*pg_terminate_backend\(\d+\)/m,
  );
  const env = { GANDER_LOCK_WAIT: '0' };
  assert.doesNotMatch((await gander(['up', ...args], { env })).err, /waiting/);
  await holder.end();
});

test('a table that is locked is waited for as long as --lock-timeout says, and the migration tried again', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const args = ['--database', database.url, '--dir', dir];
  await gander(['up-to', '2', ...args]);
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('BEGIN; SELECT FROM users');
  const { ended, said } = startGander(['up', '--lock-timeout', '50ms', ...args]);
  await said(/tried again/);
  await holder.end();
  const { code, err, out } = await ended;
  assert.equal(code, 0, err);
  assert.match(
    err,
    /^gander: 3_add_phone\.sql: .*lock timeout; undone, and tried again in [\d.]+ m?s \(1 of 8\)$/m,
  );
  assert.match(out, /OK {3}3_add_phone\.sql/);
});

test('a statement that takes longer than --statement-timeout fails', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_slow.sql': goose('SELECT pg_sleep(60);') });
  const args = ['up', '--database', database.url, '--dir', dir];
  for (const given of [
    gander([...args, '--statement-timeout', '200ms']),
    gander(args, { env: { GANDER_STATEMENT_TIMEOUT: '200ms' } }),
  ]) {
    const { code, err } = await given;
    assert.equal(code, 1);
    assert.match(err, /canceling statement due to statement timeout \(SQLSTATE 57014\)/);
  }
});

async function publicTables(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}
