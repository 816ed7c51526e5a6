import type { Facts, RelationFacts } from './advice/facts.ts';
import type { Name } from './advice/name.ts';
import type { Client } from './postgres.ts';

/**
 * Asks the catalogs for tables and views, by their names or those of their indexes; in one query, and without waiting for
 * anybody's lock. A name without a schema is looked for on the search_path, and then anywhere.
 */
export async function readFacts(client: Client, names: readonly Name[]): Promise<Facts> {
  if (names.length === 0) return { relations: [] };
  const schemas = names.map(({ schema }) => schema);
  const { rows } = await client.query<RelationFacts>(QUERY, [schemas, names.map(({ name }) => name)]);
  return { relations: rows };
}

/**
 * Sizes are what VACUUM and ANALYZE have last counted, and what the statistics have counted since: the functions that measure
 * would wait for a table that is locked. In pg_class, -1 rows means that nobody has counted. `pg_get_expr` would wait, too, from
 * PostgreSQL 18 on: `email IS NOT NULL` is told by its tree, which is the same from 14 to 18.
 */
const QUERY = `
WITH wanted AS (
  SELECT DISTINCT ON (w.schema, w.name) CASE WHEN c.relkind IN ('i', 'I') THEN i.indrelid ELSE c.oid END AS oid
  FROM unnest($1::text[], $2::text[]) AS w (schema, name)
  JOIN pg_catalog.pg_class c ON c.relname = w.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
  WHERE CASE WHEN w.schema IS NULL THEN n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ELSE n.nspname = w.schema END
  ORDER BY w.schema, w.name, pg_catalog.array_position(pg_catalog.current_schemas(true), n.nspname) NULLS LAST
), relations AS (SELECT DISTINCT oid FROM wanted
), tree AS (
  WITH RECURSIVE parts (root, oid) AS (
    SELECT oid, oid FROM relations
    UNION ALL
    SELECT p.root, i.inhrelid FROM parts p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.oid
  )
  SELECT root, oid FROM parts
), sizes AS (
  SELECT t.root,
    pg_catalog.sum(CASE WHEN c.reltuples >= 0 OR s.live > 0 THEN greatest(c.reltuples, s.live) END) AS rows,
    pg_catalog.sum(CASE WHEN c.relpages > 0 THEN c.relpages + pages.beside END)
      * pg_catalog.current_setting('block_size')::int AS bytes
  FROM tree t
  JOIN pg_catalog.pg_class c ON c.oid = t.oid AND c.relkind IN ('r', 'm')
  CROSS JOIN LATERAL (SELECT pg_catalog.pg_stat_get_live_tuples(c.oid) AS live) s
  CROSS JOIN LATERAL (
    SELECT coalesce(pg_catalog.sum(b.relpages), 0) AS beside FROM pg_catalog.pg_class b
    WHERE b.oid = c.reltoastrelid OR b.oid IN (SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid = c.oid)
  ) pages
  GROUP BY t.root
)
SELECT n.nspname AS schema, c.relname AS name,
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized view' ELSE 'other' END AS kind,
  sizes.rows::float8 AS rows, sizes.bytes::float8 AS bytes,
  ARRAY(
    SELECT pg_catalog.json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
      'notNull', a.attnotnull)
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
  ) AS columns,
  ARRAY(
    SELECT pg_catalog.json_build_object('name', k.conname, 'validated', k.convalidated,
      'kind', CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
        WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclude' ELSE 'not null' END,
      'columns', ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)),
      'notNull', (SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = CASE
        WHEN k.contype = 'n' THEN k.conkey[1]
        WHEN k.contype = 'c' THEN substring(k.conbin::text FROM '^[{]NULLTEST :arg [{]VAR :varno 1 :varattno (\\d+) [^{}]*[}] :nulltesttype 1 ')::int END),
      'parent', (SELECT p.relname FROM pg_catalog.pg_class p WHERE p.oid = k.confrelid))
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype <> 't'
  ) AS constraints,
  ARRAY(
    SELECT pg_catalog.json_build_object('name', b.relname, 'valid', i.indisvalid)
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class b ON b.oid = i.indexrelid WHERE i.indrelid = c.oid
  ) AS indexes,
  ARRAY(
    SELECT pg_catalog.json_build_object('type', 'view', 'schema', vn.nspname, 'name', v.relname,
      'columns', coalesce(pg_catalog.json_agg(DISTINCT a.attname) FILTER (WHERE a.attname IS NOT NULL), '[]'))
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
    JOIN pg_catalog.pg_class v ON v.oid = r.ev_class AND v.oid <> c.oid
    JOIN pg_catalog.pg_namespace vn ON vn.oid = v.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
    WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    GROUP BY vn.nspname, v.relname
    UNION ALL
    SELECT pg_catalog.json_build_object('type', 'foreign key', 'schema', fn.nspname, 'name', f.relname,
      'columns', ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.confkey)))
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class f ON f.oid = k.conrelid AND f.oid <> c.oid
    JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
    WHERE k.confrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0
  ) AS dependents
FROM relations
JOIN pg_catalog.pg_class c ON c.oid = relations.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN sizes ON sizes.root = c.oid`;
