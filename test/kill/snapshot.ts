/** What is in a database, as facts: `index m3_x` → `invalid`. Gander's own tables are no part of it. */
import type { Client } from 'pg';

export type Snapshot = ReadonlyMap<string, string>;

/** Tables with their columns, indexes, constraints and types, from the catalogs alone. */
const CATALOGS = `
  WITH tables AS (
    SELECT oid, relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT IN ('schema_migrations', 'goose_db_version')
  )
  SELECT 'table ' || name AS fact, 'yes' AS value FROM tables
  UNION ALL
  SELECT format('column %s.%s', t.name, a.attname), format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
  FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT 'index ' || c.relname, CASE WHEN i.indisvalid THEN 'valid' ELSE 'invalid' END
  FROM tables t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid
  UNION ALL
  SELECT 'constraint ' || conname, 'yes' FROM pg_constraint JOIN tables t ON t.oid = conrelid WHERE contype <> 'n'
  UNION ALL
  SELECT 'validated ' || conname, 'yes' FROM pg_constraint JOIN tables t ON t.oid = conrelid WHERE contype <> 'n' AND convalidated
  UNION ALL
  SELECT 'type ' || typname, 'yes' FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
  UNION ALL
  SELECT format('label %s.%s', t.typname, e.enumlabel), 'yes' FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid`;

const ROWS = `
  SELECT 'tally ' || tag AS fact, count(*)::text AS value FROM tally GROUP BY tag
  UNION ALL SELECT 'counter ' || name, n::text FROM counters WHERE n <> 0`;

export async function takeSnapshot(client: Client): Promise<Snapshot> {
  const facts = new Map<string, string>();
  const add = async (sql: string): Promise<void> => {
    const { rows } = await client.query<{ fact: string; value: string }>(sql);
    for (const { fact, value } of rows) facts.set(fact, value);
  };
  await add(CATALOGS);
  const tables = [...facts.keys()]
    .filter((fact) => fact.startsWith('table '))
    .map((fact) => fact.slice('table '.length));
  if (tables.includes('tally') && tables.includes('counters')) await add(ROWS);
  if (tables.length > 0) await add(tables.map(contentOf).join(' UNION ALL '));
  return facts;
}

/** All rows of a table, whatever their order. */
function contentOf(table: string): string {
  return `SELECT 'content ${table}' AS fact, count(*) || ' ' || md5(coalesce(string_agg(r::text, '/' ORDER BY r::text), '')) AS value FROM ${table} r`;
}

/** Where two snapshots differ, a line each; empty when they are the same. */
export function differences(found: Snapshot, expected: Snapshot): string[] {
  return [...new Set([...found.keys(), ...expected.keys()])]
    .filter((fact) => found.get(fact) !== expected.get(fact))
    .map((fact) => `${fact}: ${found.get(fact) ?? 'none'}, and undisturbed ${expected.get(fact) ?? 'none'}`)
    .toSorted();
}
