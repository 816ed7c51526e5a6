import { withClient } from '../../../server/engine/postgres.ts';
import { textOf, titleOf } from '../../../server/engine/schema/diff/object.ts';
import { takeSnapshot } from '../../../server/engine/schema/snapshot.ts';
import { until } from '../../support/wait.ts';
import type { TestDatabase } from '../../support/database.ts';

type Database = Pick<TestDatabase, 'pool'>;

/** Everything that something could have left in a database, once its own session is gone. */
export async function traces({ pool }: Database): Promise<unknown> {
  const rest = await quickTraces({ pool });
  return withClient(pool, async (client) => {
    const schema = await takeSnapshot(client, { histories: [] });
    return { ...rest, schema: schema.map((one) => `${one.kind} ${titleOf(one)}\n${textOf(one)}`) };
  });
}

/** The same, but for the schema, of which only what the catalogs count and name is looked at. */
export async function quickTraces({ pool }: Database): Promise<{ rows: unknown; other: unknown }> {
  await until('only idle sessions are left', async () => (await pool.query(BUSY)).rows.length === 0);
  const tables = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const rows = await pool.query(tables.rows.map(({ name }) => rowsOf(name)).join(' UNION ALL ') || 'SELECT');
  const other = await pool.query(OTHER);
  return { rows: rows.rows, other: other.rows };
}

const BUSY = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`;

function rowsOf(table: string): string {
  return `SELECT '${table}' AS name, count(*)::int AS rows, md5(string_agg(t::text, ' ' ORDER BY t::text)) AS all FROM ${table} t`;
}

const OTHER = `
  SELECT (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND database = d.oid) AS locks,
    (SELECT count(*)::int FROM pg_prepared_xacts WHERE database = d.datname) AS prepared,
    (SELECT array_agg(setconfig::text) FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings,
    (SELECT count(*)::int FROM pg_largeobject_metadata) AS objects,
    (SELECT count(*)::int FROM pg_roles WHERE rolname = 'gander_escaped') AS roles,
    (SELECT count(*)::int FROM pg_database WHERE datname IN ('gander_escaped', 'template1')) AS databases,
    (SELECT md5(string_agg(concat_ws(' ', oid, relname, relfilenode, relnatts, relnamespace), ',' ORDER BY oid)) FROM pg_class) AS relations,
    (SELECT md5(string_agg(p::text, ',' ORDER BY oid)) FROM pg_proc p WHERE oid >= 16384) AS functions,
    (SELECT md5(string_agg(concat_ws(' ', oid, typname), ',' ORDER BY oid)) FROM pg_type) AS types,
    (SELECT md5(string_agg(a::text, ',' ORDER BY attrelid, attnum)) FROM pg_attribute a WHERE attrelid >= 16384) AS columns,
    (SELECT count(*)::int FROM pg_description) AS comments,
    (SELECT count(*)::int FROM pg_stat_activity WHERE datname = d.datname AND state <> 'idle') AS sessions
  FROM pg_database d WHERE datname = current_database()`;
