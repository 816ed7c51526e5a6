import { type Client, together } from '../postgres.ts';
import { begin } from './begin.ts';
import type { Target } from './targets.ts';

/** What the catalogs say of a target: a row for every relation or column that it takes away. */
export interface Found {
  /** The target's place in the list. */
  readonly target: number;
  /** The relation's, as text. */
  readonly oid: string;
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f' | 'S';
  readonly schema: string;
  readonly table: string;
  readonly column: string | null;
  /** Computed from other columns: it can be had again. */
  readonly generated: boolean;
  readonly rows: number | null;
  readonly bytes: number | null;
  /** The share of rows without a value, from 0 to 1; null where nobody has analyzed it, or the role may not know. */
  readonly nulls: number | null;
  readonly readable: boolean;
}

/** Something that depends on a target. */
export interface FoundDependent {
  readonly target: number;
  readonly type: string;
  readonly identity: string;
  /** Its own name. */
  readonly name: string | null;
  /** The relation that it is, or belongs to. */
  readonly owner: string | null;
  /** The columns of its owner that a constraint is of. */
  readonly columns: readonly string[];
}

export interface Facts {
  readonly found: readonly Found[];
  readonly dependents: readonly FoundDependent[];
}

/** Of thousands of tables and their dependents. */
const STATEMENT_TIMEOUT_MS = 2_000;

/** So many dependents of a target are told. */
const DEPENDENTS = 50;

/**
 * Asks the catalogs for all of it in one query and one round trip, without waiting for anybody's lock on a table. Sizes are what VACUUM and ANALYZE
 * have last counted, and what the statistics have counted since.
 */
export async function readFacts(client: Client, targets: readonly Target[]): Promise<Facts> {
  if (targets.length === 0) return { found: [], dependents: [] };
  const asked = targets.map(({ what, schema, name, column, path, cascade }, target) => ({
    target,
    what,
    schema,
    name,
    column,
    path,
    cascade,
  }));
  const [, { rows }] = await together(client, () => [
    client.query(begin(STATEMENT_TIMEOUT_MS)),
    client.query<{ facts: string }>(QUERY, [JSON.stringify(asked), DEPENDENTS]),
    client.query('ROLLBACK'),
  ]);
  return JSON.parse(rows[0]!.facts) as Facts;
}

/**
 * Dependencies are followed as DROP … CASCADE follows them (docs: 52.18, pg_depend): what is a part of what is dropped goes in
 * silence (auto, internal, partitions), what depends on any of it is a `normal` dependency. A view depends by its rule.
 */
const QUERY = `
WITH RECURSIVE wanted AS MATERIALIZED (
  SELECT * FROM pg_catalog.jsonb_to_recordset($1::jsonb)
    AS t (target int, what text, schema text, name text, "column" text, path text[], cascade boolean)
), relations AS MATERIALIZED (
  SELECT w.target, w.what, w."column", r.oid FROM wanted w CROSS JOIN LATERAL (
    SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = w.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND (n.nspname = w.schema OR w.schema IS NULL
      AND n.nspname::text = ANY (coalesce(w.path, pg_catalog.current_schemas(false)::text[])))
    ORDER BY pg_catalog.array_position(coalesce(w.path, pg_catalog.current_schemas(false)::text[]), n.nspname::text) LIMIT 1
  ) r WHERE w.what IN ('relation', 'column', 'rows')
), starts AS MATERIALIZED (
  SELECT r.target, 'pg_catalog.pg_class'::regclass::oid AS classid, r.oid AS objid, coalesce(a.attnum, 0)::int AS objsubid
  FROM relations r LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attname = r."column" AND NOT a.attisdropped
  WHERE r.what <> 'rows' AND (r."column" IS NULL OR a.attnum IS NOT NULL)
  UNION ALL
  SELECT w.target, 'pg_catalog.pg_namespace'::regclass, n.oid, 0 FROM wanted w
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.name WHERE w.what = 'schema'
  UNION ALL
  SELECT w.target, 'pg_catalog.pg_type'::regclass, t.oid, 0 FROM wanted w JOIN pg_catalog.pg_type t ON t.typname = w.name
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE w.what = 'type' AND (n.nspname = w.schema
    OR w.schema IS NULL AND n.nspname::text = ANY (coalesce(w.path, pg_catalog.current_schemas(false)::text[])))
), parts (target, classid, objid, objsubid) AS (
  SELECT * FROM starts
  UNION
  SELECT p.target, d.classid, d.objid, d.objsubid FROM parts p JOIN pg_catalog.pg_depend d ON d.refclassid = p.classid
    AND d.refobjid = p.objid AND (p.objsubid = 0 OR d.refobjsubid = p.objsubid) AND d.deptype IN ('a', 'i', 'P', 'S')
), reached (target, classid, objid, objsubid, normal) AS (
  SELECT parts.*, false FROM parts
  UNION
  SELECT p.target, CASE WHEN r.oid IS NULL THEN d.classid ELSE 'pg_catalog.pg_class'::regclass END, coalesce(r.ev_class, d.objid),
    d.objsubid, d.deptype = 'n'
  FROM reached p JOIN pg_catalog.pg_depend d ON d.refclassid = p.classid AND d.refobjid = p.objid
    AND (p.objsubid = 0 OR d.refobjsubid = p.objsubid) AND d.deptype IN ('a', 'i', 'n', 'P', 'S')
  LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
), dependents AS MATERIALIZED (
  SELECT o.*,
    pg_catalog.row_number() OVER (PARTITION BY o.target ORDER BY o.classid, o.objid, o.objsubid) AS place
  FROM reached o WHERE o.normal AND NOT EXISTS (SELECT FROM parts p WHERE p.target = o.target AND p.classid = o.classid
    AND p.objid = o.objid AND p.objsubid IN (0, o.objsubid))
), gone AS MATERIALIZED (
  SELECT r.target, r.oid, a.attnum FROM relations r
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attname = r."column" AND NOT a.attisdropped
  WHERE r."column" IS NULL OR a.attnum > 0
  UNION
  SELECT d.target, c.oid, nullif(d.objsubid, 0) FROM wanted w JOIN reached d USING (target)
  JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
    AND c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
  WHERE w.cascade AND d.normal
), trees AS (
  SELECT DISTINCT oid AS root, oid FROM gone
  UNION
  SELECT t.root, i.inhrelid FROM trees t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
), sizes AS MATERIALIZED (
  SELECT t.root,
    pg_catalog.sum(CASE WHEN c.reltuples >= 0 OR s.live > 0 THEN greatest(c.reltuples, s.live) END)::float8 AS rows,
    (pg_catalog.sum(CASE WHEN c.relpages > 0 THEN c.relpages + (SELECT coalesce(pg_catalog.sum(b.relpages), 0)
      FROM pg_catalog.pg_class b WHERE b.oid = c.reltoastrelid
        OR b.oid IN (SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid = c.oid)) END)
      * pg_catalog.current_setting('block_size')::int)::float8 AS bytes
  FROM trees t JOIN pg_catalog.pg_class c ON c.oid = t.oid AND c.relkind IN ('r', 'm')
  CROSS JOIN LATERAL (SELECT pg_catalog.pg_stat_get_live_tuples(c.oid) AS live) s
  GROUP BY t.root
)
SELECT pg_catalog.json_build_object(
  'found', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('target', g.target, 'oid', c.oid::text,
      'kind', c.relkind, 'schema', n.nspname, 'table', c.relname, 'column', a.attname,
      'generated', coalesce(a.attgenerated <> '', false), 'rows', z.rows, 'bytes', z.bytes,
      'nulls', (SELECT s.null_frac FROM pg_catalog.pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname
        AND s.attname = a.attname ORDER BY s.inherited DESC LIMIT 1),
      'readable', pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND CASE WHEN c.relkind = 'S' THEN false WHEN g.attnum IS NULL
        THEN pg_catalog.has_table_privilege(c.oid, 'SELECT') ELSE pg_catalog.has_column_privilege(c.oid, g.attnum::int2, 'SELECT') END)
      ORDER BY g.target, n.nspname, c.relname, g.attnum), '[]')
    FROM gone g JOIN pg_catalog.pg_class c ON c.oid = g.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = g.attnum LEFT JOIN sizes z ON z.root = c.oid),
  'dependents', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('target', d.target,
      'type', CASE WHEN k.contype = 'f' THEN 'foreign key' ELSE i.type END, 'identity', i.identity,
      'name', coalesce(k.conname, c.relname, f.proname, g.tgname, o.polname),
      'owner', coalesce(c.oid, k.conrelid, g.tgrelid, o.polrelid, e.adrelid)::text,
      'columns', ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)))
      ORDER BY d.target, i.type, i.identity), '[]')
    FROM dependents d
    LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
    LEFT JOIN pg_catalog.pg_constraint k ON d.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = d.objid
    LEFT JOIN pg_catalog.pg_proc f ON d.classid = 'pg_catalog.pg_proc'::regclass AND f.oid = d.objid
    LEFT JOIN pg_catalog.pg_trigger g ON d.classid = 'pg_catalog.pg_trigger'::regclass AND g.oid = d.objid
    LEFT JOIN pg_catalog.pg_policy o ON d.classid = 'pg_catalog.pg_policy'::regclass AND o.oid = d.objid
    LEFT JOIN pg_catalog.pg_attrdef e ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND e.oid = d.objid
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
    WHERE d.place <= $2)
)::text AS facts`;
