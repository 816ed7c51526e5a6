import type { TestDatabase } from './database.ts';

/** Everything in the schema `public` that a migration may make, with what tables hold; one line each. */
const OBJECTS = `
WITH own AS (
  SELECT c.oid, c.relname AS name, c.relkind AS kind, c.relpersistence AS persistence FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace
)
SELECT concat('relation ', kind, persistence) AS what, name, coalesce(obj_description(oid, 'pg_class'), '') AS is FROM own WHERE kind <> 'i'
UNION ALL
SELECT 'column', own.name || '.' || a.attname, concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
    pg_get_expr(d.adbin, d.adrelid), col_description(own.oid, a.attnum))
  FROM own JOIN pg_attribute a ON a.attrelid = own.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = own.oid AND d.adnum = a.attnum WHERE own.kind IN ('r', 'v', 'm', 'p')
UNION ALL
SELECT 'index', own.name, pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
  FROM own JOIN pg_index i ON i.indexrelid = own.oid
UNION ALL
SELECT 'constraint', own.name || '.' || c.conname, pg_get_constraintdef(c.oid) FROM own JOIN pg_constraint c ON c.conrelid = own.oid
UNION ALL
SELECT 'view', own.name, pg_get_viewdef(own.oid) FROM own WHERE own.kind IN ('v', 'm')
UNION ALL
SELECT 'rule', own.name || '.' || r.rulename, pg_get_ruledef(r.oid)
  FROM own JOIN pg_rewrite r ON r.ev_class = own.oid AND r.rulename <> '_RETURN'
UNION ALL
SELECT 'trigger', own.name || '.' || t.tgname, pg_get_triggerdef(t.oid) FROM own JOIN pg_trigger t ON t.tgrelid = own.oid AND NOT t.tgisinternal
UNION ALL
SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid) || coalesce(obj_description(p.oid, 'pg_proc'), '')
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
UNION ALL
SELECT 'type', t.typname, (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
  FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype = 'e'
UNION ALL
SELECT 'rows', own.name, query_to_xml(format('SELECT t::text AS r FROM public.%I t ORDER BY 1', own.name), false, true, '')::text
  FROM own WHERE own.kind IN ('r', 'm') AND own.name <> 'goose_db_version'
ORDER BY 1, 2`;

/** What is in a database's schema `public`, for holding one database against another; rows of goose's history left out. */
export async function snapshot({ pool }: TestDatabase): Promise<string[]> {
  const { rows } = await pool.query<{ what: string; name: string; is: string | null }>(OBJECTS);
  return rows.map(({ what, name, is }) => `${what} ${name}: ${is}`);
}

/** The same without what tables hold, where that is of chance or of the hour. */
export async function schema(database: TestDatabase): Promise<string[]> {
  return (await snapshot(database)).filter((line) => !line.startsWith('rows '));
}

/** Empties a database of what was made in `public`, and of what Gander knows about it: quicker than another database. */
export async function empty({ pool }: TestDatabase): Promise<void> {
  await pool.query(`
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public;
    DO $$ BEGIN
      IF to_regnamespace('gander') IS NOT NULL THEN
        EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('gander.%I', tablename), ', ')
                 FROM pg_tables WHERE schemaname = 'gander' AND tablename <> 'schema_migrations');
      END IF;
    END $$;`);
}
