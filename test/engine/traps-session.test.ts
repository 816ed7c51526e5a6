// What a session leaks into the next migration, and into Gander's own rows (postgres-traps.md, 17 and 18).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { folder, Migrator } from '../../server/engine/index.ts';
import { createDatabase, query, serverUrl, type TestDatabase } from '../support/database.ts';
import { failureOf, summary } from '../support/engine.ts';
import { goose, gooseWithoutTransaction as loose, writeMigrations } from '../support/migrations.ts';

const TABLES = ['schema_migrations', 'goose_db_version'] as const;
const ROLE = `gander_trap_role_${process.pid}`;
await query(serverUrl(), `CREATE ROLE ${ROLE}`);
after(() => query(serverUrl(), `DROP ROLE ${ROLE}`));

/** What the session of a migration is like, as a migration can see it. */
const LOOK = `INSERT INTO public.seen SELECT name, setting FROM pg_catalog.pg_settings
  WHERE name IN ('search_path', 'role', 'standard_conforming_strings', 'default_transaction_read_only', 'session_replication_role',
    'lock_timeout', 'statement_timeout', 'client_min_messages', 'TimeZone', 'row_security', 'check_function_bodies', 'client_encoding', 'jit')
  UNION ALL SELECT 'user', concat(session_user, '/', current_user)
  UNION ALL SELECT 'temporary tables', count(*)::text FROM pg_catalog.pg_class WHERE relpersistence = 't' AND relkind = 'r' AND pg_catalog.pg_table_is_visible(oid)
  UNION ALL SELECT 'prepared', count(*)::text FROM pg_catalog.pg_prepared_statements
  UNION ALL SELECT 'cursors', count(*)::text FROM pg_catalog.pg_cursors
  UNION ALL SELECT 'listening', count(*)::text FROM pg_catalog.pg_listening_channels()
  UNION ALL SELECT 'custom', coalesce(current_setting('trap.custom', true), '');`;

/** Whatever a migration can do to its session; one of them, as in a dump by pg_dump, makes every name be spelt out. */
const MESS = `SELECT pg_catalog.set_config('search_path', '', false);
SET standard_conforming_strings = off;
SET session_replication_role = replica;
SET statement_timeout = '1h';
SET lock_timeout = '1h';
SET client_min_messages = error;
SET timezone = 'Asia/Tokyo';
SET row_security = off;
SET check_function_bodies = off;
SET client_encoding = 'LATIN1';
SET jit = off;
SET trap.custom = 'left';
CREATE TEMP TABLE seen_here (id int);
PREPARE one AS SELECT 1;
LISTEN trap;`;

async function seen(database: TestDatabase): Promise<unknown[]> {
  return database.query('SELECT * FROM seen ORDER BY 1, 2');
}

/** In turn with Gander's table and goose's: the session is the same, the rows that are written into it are not. */
const CASES: readonly (readonly [what: string, mess: string])[] = [
  ['settings, a temporary table, a prepared statement, LISTEN', goose(MESS)],
  ['the same, set without a transaction', loose(`${MESS}\nDECLARE c CURSOR WITH HOLD FOR SELECT 1;`)],
  ['a role', goose(`SET ROLE ${ROLE};`)],
  ['a role, set without a transaction', loose(`SET ROLE ${ROLE};`)],
  ['another session user', goose(`SET SESSION AUTHORIZATION ${ROLE};`)],
  ['a session in which everything is read only', loose('SET default_transaction_read_only = on;')],
  ['a transaction that is read only by default', goose('SET default_transaction_read_only = on;')],
  ['serializable by default', goose(`SET default_transaction_isolation = 'serializable';`)],
];

for (const [index, [what, mess]] of CASES.entries()) {
  const table = TABLES[index % 2];
  test(`what a migration leaves in its session does not reach the next one, nor keep itself from being recorded: ${what} (${table})`, async (t) => {
    const database = await createDatabase(t);
    const files = {
      '1_look.sql': goose(`CREATE TABLE seen (name text, value text);\n${LOOK}`),
      '2_mess.sql': mess,
      '3_look.sql': goose(LOOK),
      '4_look.sql': loose(LOOK),
    };
    const migrator = new Migrator({
      pool: database.pool,
      source: folder(await writeMigrations(files)),
      table,
    });
    await migrator.up({ to: 2n });
    const clean = await seen(database);
    await database.query('TRUNCATE seen');
    await migrator.down({ irreversible: true });
    await migrator.up({ to: 3n });
    assert.deepEqual(await seen(database), clean);
    await database.query('TRUNCATE seen');
    assert.equal((await migrator.up()).current, 4n);
    // Without a transaction nothing is set for the run's lock timeout.
    const others = (rows: unknown[]): unknown[] =>
      rows.filter((row) => (row as { name: string }).name !== 'lock_timeout');
    assert.deepEqual(others(await seen(database)), others(clean));
    assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied, 4 applied');
    assert.equal((await migrator.runs({ limit: 1 }))[0]?.state, 'done');
  });
}

for (const table of TABLES) {
  test(`a Down may mess up its session as well: the migration is rolled back, and the one below it too (${table})`, async (t) => {
    const database = await createDatabase(t);
    const files = {
      '1_a.sql': goose('CREATE TABLE a ();', 'DROP TABLE a;'),
      '2_b.sql': goose('CREATE TABLE b ();', `DROP TABLE b;\n${MESS}`),
      '3_c.sql': loose('CREATE TABLE c ();', `DROP TABLE c;\n${MESS}\nSET ROLE ${ROLE};`),
    };
    const migrator = new Migrator({
      pool: database.pool,
      source: folder(await writeMigrations(files)),
      table,
    });
    await migrator.up();
    assert.equal((await migrator.down({ to: 0n })).current, null);
    assert.equal(summary(await migrator.status()), '1 pending, 2 pending, 3 pending');
  });
}

// 17
test('a role that may not write the history migrates as itself, and its migration is recorded by the one who runs', async (t) => {
  const database = await createDatabase(t);
  await database.query(`CREATE SCHEMA theirs AUTHORIZATION ${ROLE}`);
  t.after(() => database.drop());
  const dir = await writeMigrations({
    '1_theirs.sql': goose(`SET ROLE ${ROLE};\nCREATE TABLE theirs.a ();`),
    '2_theirs.sql': loose(`SET ROLE ${ROLE};\nCREATE TABLE theirs.b ();\nCREATE TABLE theirs.c ();`),
    '3_mine.sql': goose('CREATE TABLE mine ();'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  assert.equal((await migrator.up()).current, 3n);
  const owners = await database.query<{ owner: string }>(
    `SELECT DISTINCT tableowner AS owner FROM pg_tables WHERE schemaname = 'theirs'`,
  );
  assert.deepEqual(owners, [{ owner: ROLE }]);
  assert.deepEqual(
    await database.query(`SELECT FROM pg_tables WHERE tablename = 'mine' AND tableowner = $1`, [ROLE]),
    [],
  );
  await database.query('DROP SCHEMA theirs CASCADE');
});

// 18
test('a migration that makes its own transaction read only cannot be recorded: it fails, says so, and nothing of it stays', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_read.sql': goose('CREATE TABLE a ();\nSET TRANSACTION READ ONLY;'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await failureOf(migrator.up());
  assert.match(error.message, /read-only transaction \(SQLSTATE 25006\)/);
  assert.equal(summary(await migrator.status()), '1 dirty rolled back');
  assert.deepEqual(await database.query(`SELECT FROM pg_tables WHERE tablename = 'a'`), []);
});

// 18
test('a migration may choose its isolation with its first statement', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_strict.sql': goose(
      `SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE a AS SELECT current_setting('transaction_isolation') AS level;`,
    ),
  });
  await new Migrator({ pool: database.pool, source: folder(dir) }).up();
  assert.deepEqual(await database.query('SELECT level FROM a'), [{ level: 'serializable' }]);
});

// 18
test('a file with backslashes means the same, whatever a file before it has set', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_old.sql': loose('SET standard_conforming_strings = off;'),
    '2_text.sql': goose(String.raw`CREATE TABLE texts AS SELECT 'C:\new' AS path;`),
    '3_text.sql': loose(String.raw`INSERT INTO texts VALUES ('D:\new');`),
  });
  await new Migrator({ pool: database.pool, source: folder(dir) }).up();
  assert.deepEqual(await database.query('SELECT path FROM texts ORDER BY 1'), [
    { path: String.raw`C:\new` },
    { path: String.raw`D:\new` },
  ]);
});
