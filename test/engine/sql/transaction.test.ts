// The rules of transaction.ts against the server itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsNoTransaction } from '../../../server/engine/sql/transaction.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

const SETUP = `
  CREATE TABLE t (a int);
  CREATE INDEX i ON t (a);
  CREATE TABLE p (a int) PARTITION BY RANGE (a);
  CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
  CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
  CREATE UNIQUE INDEX mi ON m (a);
  CREATE TYPE mood AS ENUM ('a');
  CREATE SUBSCRIPTION s CONNECTION 'dbname=nowhere' PUBLICATION x WITH (connect = false);`;

/** Each names what is there, so that nothing else is wrong with it. */
const STATEMENTS = [
  'CREATE INDEX CONCURRENTLY j ON t (a)',
  'DROP INDEX CONCURRENTLY i',
  'REINDEX INDEX CONCURRENTLY i',
  'REINDEX (CONCURRENTLY) TABLE t',
  'REINDEX (CONCURRENTLY off) INDEX i',
  'REINDEX TABLE t',
  'REINDEX SCHEMA public',
  'REINDEX DATABASE',
  'REINDEX SYSTEM',
  'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY',
  'ALTER TABLE p DETACH PARTITION p1',
  'VACUUM t',
  'VACUUM (ANALYZE) t',
  'ANALYZE t',
  'CREATE DATABASE d',
  'DROP DATABASE IF EXISTS d',
  'ALTER DATABASE postgres SET TABLESPACE pg_default',
  "CREATE TABLESPACE x LOCATION '/x'",
  'DROP TABLESPACE IF EXISTS x',
  'ALTER SYSTEM SET work_mem = 64',
  'CLUSTER',
  'CLUSTER t USING i',
  'DISCARD ALL',
  'DISCARD PLANS',
  "CREATE SUBSCRIPTION s2 CONNECTION 'dbname=nowhere' PUBLICATION x",
  "CREATE SUBSCRIPTION s2 CONNECTION 'dbname=nowhere' PUBLICATION x WITH (connect = false)",
  'ALTER SUBSCRIPTION s DISABLE',
  'DROP SUBSCRIPTION s',
  'REFRESH MATERIALIZED VIEW CONCURRENTLY m',
  "ALTER TYPE mood ADD VALUE 'b'",
];

test('what is refused inside of a transaction when reading is what the server refuses there, and nothing else', async (t) => {
  const database = await createDatabase(t);
  const [user] = await database.query<{ all: boolean }>(
    'SELECT rolsuper AS all FROM pg_roles WHERE rolname = current_user',
  );
  if (!user!.all) return t.skip('Only a superuser may try all of these.');
  await database.query(SETUP);
  try {
    for (const sql of STATEMENTS) {
      const sqlstate = await inTransaction(database, sql);
      assert.equal(needsNoTransaction(sql) !== null, sqlstate === '25001', `${sql}: ${sqlstate}`);
    }
  } finally {
    // A database with a subscription cannot be dropped.
    await database.query('ALTER SUBSCRIPTION s SET (slot_name = NONE)');
    await database.query('DROP SUBSCRIPTION s');
  }
});

/** The SQLSTATE of a statement in a transaction that is rolled back; `none` when it succeeds. */
async function inTransaction({ pool }: TestDatabase, sql: string): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    return await client.query(sql).then(
      () => 'none',
      (error: { code: string }) => error.code,
    );
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}
