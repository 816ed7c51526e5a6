import { withClient } from '../../../server/engine/postgres.ts';
import { textOf, titleOf } from '../../../server/engine/schema/diff/object.ts';
import { takeSnapshot } from '../../../server/engine/schema/snapshot.ts';
import { until } from '../../support/wait.ts';
import type { TestDatabase } from '../../support/database.ts';

type Database = Pick<TestDatabase, 'pool'>;

/** Everything that something could have left in a database, once its own session is gone. */
export async function traces({ pool }: Database): Promise<unknown> {
  await until('only idle sessions are left', async () => (await pool.query(BUSY)).rows.length === 0);
  return withClient(pool, async (client) => {
    const schema = await takeSnapshot(client, { histories: [] });
    const tables = schema
      .filter(({ kind }) => kind === 'table')
      .map((table) => `"${table.schema}"."${table.name}"`);
    const rows = await client.query(tables.map(rowsOf).join(' UNION ALL ') || 'SELECT');
    const other = await client.query(OTHER);
    return {
      schema: schema.map((one) => `${one.kind} ${titleOf(one)}\n${textOf(one)}`),
      rows: rows.rows,
      other: other.rows,
    };
  });
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
    (SELECT count(*)::int FROM pg_stat_activity WHERE datname = d.datname AND state <> 'idle') AS sessions
  FROM pg_database d WHERE datname = current_database()`;
