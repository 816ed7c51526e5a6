import { GanderError } from './errors.ts';
import type { Statement } from './migration.ts';
import type { Client } from './postgres.ts';
import { tableOf } from './sql/kind.ts';

/** An index that is there but not valid: its building failed, or was stopped. */
export interface HalfBuiltIndex {
  /** `schema.index`, quoted where need be. */
  readonly index: string;
  readonly table: string;
}

/** What makes or rebuilds an index in several transactions, and so may leave half of one behind. */
const BUILDS = /^(?:create (?:unique )?index|reindex \w+) concurrently$/;

/**
 * The invalid indexes that these statements build or rebuild, by name, and what an interrupted REINDEX leaves beside the
 * old one (`…_ccnew`, docs: REINDEX, "Rebuilding Indexes Concurrently"). One that another session is building just now is
 * none of them. Without such statements nothing is asked.
 */
export async function halfBuiltOf(
  client: Client,
  statements: readonly Statement[],
): Promise<readonly HalfBuiltIndex[]> {
  const builds = statements.filter(({ kind }) => BUILDS.test(kind));
  if (builds.length === 0) return [];
  const { rows } = await client.query<HalfBuiltIndex>(FIND, [
    builds.map(({ kind, object }) => (kind.startsWith('reindex table') ? null : object)),
    builds.map(({ kind, object, text }) => (kind.startsWith('reindex table') ? object : tableOf(text))),
  ]);
  return rows;
}

/** A name as it is written (`"Users_Email"`, `public.users_email`) is read as PostgreSQL reads it. */
const FIND = `
  SELECT DISTINCT i.indexrelid::regclass::text AS index, i.indrelid::regclass::text AS table
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
  JOIN unnest($1::text[], $2::text[]) AS built (index, "table")
    ON (built."table" IS NULL OR i.indrelid = to_regclass(built."table"))
   AND CASE WHEN built.index IS NULL THEN c.relname ~ '_cc(new|old)\\d*$'
       ELSE regexp_replace(c.relname, '_cc(new|old)\\d*$', '') = (SELECT p[cardinality(p)] FROM parse_ident(built.index) p) END
  WHERE NOT i.indisvalid
    AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)`;

/** @throws GanderError when there are any: `after` a run that seemed to go well, or `before` one that would be fooled */
export function refuseHalfBuilt(found: readonly HalfBuiltIndex[], when: 'before' | 'after'): void {
  const [first] = found;
  if (first === undefined) return;
  const names = found.map(({ index }) => index).join(', ');
  const drop = found.map(({ index }) => `DROP INDEX CONCURRENTLY ${index};`).join(' ');
  throw new GanderError(
    when === 'after' ? 'migration_failed' : 'dirty',
    found.length === 1
      ? `The index ${names} on ${first.table} is there but invalid: its building was stopped or failed, and PostgreSQL does not use it.`
      : `The indexes ${names} are there but invalid: their building was stopped or failed, and PostgreSQL does not use them.`,
    {
      next: `Drop ${found.length === 1 ? 'it' : 'them'} first (${drop}), or rebuild ${found.length === 1 ? 'it' : 'them'} with REINDEX INDEX CONCURRENTLY; then go on.`,
    },
  );
}
