import { literal } from '../../postgres.ts';
import { addDependents } from './dependents.ts';
import { addGone } from './gone.ts';

/** A catalog, and whose definition is another one when a row of it is. */
interface Source {
  readonly catalog: string;
  /** An expression for the OID of the object that a row belongs to. */
  readonly of: string;
  /** Which rows; default: all of them. */
  readonly where?: string;
  /** From this version of the server on. */
  readonly from?: number;
}

const SOURCES: readonly Source[] = [
  ...[
    'pg_class',
    'pg_constraint',
    'pg_namespace',
    'pg_proc',
    'pg_type',
    'pg_trigger',
    'pg_rewrite',
    'pg_policy',
    'pg_extension',
    'pg_event_trigger',
    'pg_publication',
    'pg_statistic_ext',
    'pg_default_acl',
    'pg_cast',
    'pg_collation',
    'pg_operator',
    'pg_opclass',
    'pg_opfamily',
    'pg_ts_config',
    'pg_ts_dict',
    'pg_foreign_data_wrapper',
    'pg_foreign_server',
  ].map((catalog) => ({ catalog, of: 'oid' })),
  { catalog: 'pg_attribute', of: 'attrelid' },
  { catalog: 'pg_attrdef', of: 'adrelid' },
  { catalog: 'pg_index', of: 'indexrelid' },
  { catalog: 'pg_sequence', of: 'seqrelid' },
  { catalog: 'pg_inherits', of: 'inhrelid' },
  { catalog: 'pg_partitioned_table', of: 'partrelid' },
  { catalog: 'pg_foreign_table', of: 'ftrelid' },
  { catalog: 'pg_constraint', of: 'contypid', where: 'contypid <> 0' },
  { catalog: 'pg_constraint', of: 'conrelid', where: `contype = 'n'` },
  { catalog: 'pg_rewrite', of: 'ev_class' },
  { catalog: 'pg_aggregate', of: 'aggfnoid::oid' },
  { catalog: 'pg_enum', of: 'enumtypid' },
  { catalog: 'pg_range', of: 'rngtypid' },
  { catalog: 'pg_publication_rel', of: 'prpubid' },
  { catalog: 'pg_publication_namespace', of: 'pnpubid', from: 150_000 },
  { catalog: 'pg_amop', of: 'amopfamily' },
  { catalog: 'pg_amproc', of: 'amprocfamily' },
  { catalog: 'pg_ts_config_map', of: 'mapcfg' },
  { catalog: 'pg_description', of: 'objoid' },
];

/**
 * Whether a row is to be looked at: it was written since the last time, where that is asked for; else by this transaction, by
 * its own number or one of its subtransactions, which are younger and not over. What others have begun and committed
 * meanwhile is younger, too.
 */
const IS_NEW = `CASE WHEN newest IS NOT NULL THEN age(xmin) <= newest ELSE xmin = me OR age(xmin) <= 0
  AND pg_xact_status((pg_current_xact_id()::text::numeric - age(xmin) + age(me))::text::xid8) = 'in progress' END`;

/** Catalogs that anything is looked for in. */
export function catalogsFor(server: number): string[] {
  const known = SOURCES.filter(({ from = 0 }) => server >= from).map(({ catalog }) => catalog);
  return [...new Set([...known, 'pg_authid'])];
}

/**
 * plpgsql that sets `ids` to the OIDs of everything whose definition may be another one: what was written (see `IS_NEW`),
 * what is gone, and what has any of that in its own definition. The server counts what a transaction does to each catalog,
 * so most of them need not be looked into. A new name of a schema or a role may be in all of them.
 */
export function findCandidates(server: number): string {
  const catalogs = literal(`{${catalogsFor(server).join(',')}}`);
  return `
    SELECT array_agg(name) FILTER (WHERE written + gone > 0), array_agg(name) FILTER (WHERE gone > 0) INTO touched, lost FROM (
      SELECT c::regclass::text AS name, pg_stat_get_xact_tuples_inserted(c) + pg_stat_get_xact_tuples_updated(c) AS written,
        pg_stat_get_xact_tuples_deleted(c) AS gone
      FROM unnest(${catalogs}::regclass[]) c) counted;
    IF newest IS NOT NULL OR NOT current_setting('track_counts')::boolean THEN
      touched := ${catalogs};
      lost := touched;
    END IF;
    ids := '{}';
    ${SOURCES.filter(({ from = 0 }) => server >= from)
      .map(writtenIn)
      .join('\n    ')}
    ${addGone()}
    IF ids <> '{}' THEN
      ${addDependents(server)}
    END IF;
    IF newest IS NULL AND 'pg_authid' = ANY (touched) OR 'pg_namespace' = ANY (touched) AND EXISTS (
      SELECT FROM gander.schema_objects o JOIN pg_namespace n ON n.oid = o.oid
      WHERE o.until IS NULL AND o.kind = 'schema' AND o.name <> n.nspname)
    THEN
      ids := ids || ARRAY(SELECT o.oid FROM gander.schema_objects o WHERE o.until IS NULL);
    END IF;`;
}

function writtenIn({ catalog, of, where }: Source): string {
  return `IF '${catalog}' = ANY (touched) THEN
      ids := ids || ARRAY(SELECT ${of} FROM ${catalog} WHERE ${where === undefined ? '' : `${where} AND `}${IS_NEW});
    END IF;`;
}
