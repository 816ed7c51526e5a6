import { GanderError } from '../errors.ts';
import { type Client, hasSqlstate, SQLSTATE } from '../postgres.ts';
import { ganderHistory } from './gander.ts';
import { gooseHistory } from './goose.ts';
import { type History, type HistoryFormat, type Table, tableKey } from './history.ts';

export {
  digestOf,
  type History,
  type HistoryFormat,
  type HistoryRecord,
  type Table,
  tableKey,
} from './history.ts';

/** Every format, by its name. */
export const formats: Readonly<Record<HistoryFormat, (table: Table) => History>> = {
  gander: ganderHistory,
  goose: gooseHistory,
};

const GOOSE_TABLE = 'goose_db_version';
const DEFAULT_TABLE = 'schema_migrations';
const OWN_SCHEMA = 'gander';

/** The table that was asked for, and the format in which to make it when it is not there. */
export interface TableChoice {
  /** `name` or `schema.name`, in PostgreSQL's own notation; absent: goose's table if it is there, else the default. */
  readonly table?: string | undefined;
  /** Default: goose's format for goose's name, else Gander's. A table that is there decides for itself. */
  readonly format?: HistoryFormat | undefined;
}

/** A candidate in the database: its true schema and its columns; `columns` is null where there is no such table. */
export interface Candidate {
  readonly table: Table;
  readonly columns: readonly string[] | null;
}

/**
 * Finds the history table, or says which one will be made.
 *
 * @returns the history, and whether its table is there
 * @throws GanderError `foreign_table` when a table of that name has another tool's columns; `invalid_request` when the
 *   name cannot be read, no schema of the search_path exists, or both of the usual tables have versions
 */
export async function findHistory(client: Client, choice: TableChoice): Promise<FoundHistory> {
  return chooseHistory(client, await inspectTables(client, choice), choice);
}

export interface FoundHistory {
  readonly history: History;
  readonly exists: boolean;
}

/** The first half of `findHistory`: one query, sent before this returns. @throws what `findHistory` throws */
export function inspectTables(client: Client, { table }: TableChoice): Promise<readonly Candidate[]> {
  return inspect(client, table === undefined ? [GOOSE_TABLE, DEFAULT_TABLE] : [table]);
}

/** The second half: asks nothing more, unless both of the usual tables are there. */
export async function chooseHistory(
  client: Client,
  candidates: readonly Candidate[],
  choice: TableChoice,
): Promise<FoundHistory> {
  const found = await choose(
    client,
    candidates.filter(({ columns }) => columns !== null),
  );
  const chosen = found ?? candidates.at(-1)!;
  const format =
    formatOf(chosen) ?? choice.format ?? (chosen.table.name === GOOSE_TABLE ? 'goose' : 'gander');
  return { history: formats[format](chosen.table), exists: found !== undefined };
}

/**
 * Of two tables the one with versions counts: a mere `goose status` makes goose's, empty, beside a history in use. Where
 * both have versions, guessing would run migrations anew.
 */
async function choose(client: Client, there: readonly Candidate[]): Promise<Candidate | undefined> {
  if (there.length < 2) return there[0];
  const used: Candidate[] = [];
  for (const one of there) {
    const history = formats[formatOf(one)!](one.table);
    if ((await history.read(client)).length > 0) used.push(one);
  }
  if (used.length < 2) return used[0] ?? there[0];
  throw new GanderError(
    'invalid_request',
    `Both ${there.map(({ table }) => tableKey(table)).join(' and ')} hold versions.`,
    {
      next: 'Say which is the history: GANDER_TABLE, or --table.',
    },
  );
}

/** `parse_ident` reads a name as SQL does: unquoted parts in lower case, `"Quoted Parts"` as they are. */
const INSPECT = `
  SELECT coalesce(n.nspname, CASE WHEN cardinality(i.parts) > 1 THEN i.parts[1] ELSE current_schema() END) AS schema,
         i.parts[cardinality(i.parts)] AS name, cardinality(i.parts) AS parts, c.relkind::text AS kind,
         (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute
          WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
  FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place)
  CROSS JOIN LATERAL (SELECT parse_ident(wanted.name) AS parts) i
  LEFT JOIN pg_class c ON c.oid = to_regclass(wanted.name)
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
  ORDER BY wanted.place`;

/** Ordinary and partitioned tables (docs: 53.11, pg_class). */
const TABLE_KINDS = new Set(['r', 'p']);

async function inspect(client: Client, names: readonly string[]): Promise<Candidate[]> {
  const { rows } = await client.query(INSPECT, [names]).catch((error: unknown) => {
    throw tableNameError(names, error);
  });
  return rows.map((row) => {
    if (row.parts > 2) throw tableNameError(names, null);
    if (row.schema === null) throw noSchema();
    if (row.schema === OWN_SCHEMA && row.parts === 1) throw ownSchema();
    const table = { schema: row.schema, name: row.name };
    if (row.kind !== null && !TABLE_KINDS.has(row.kind)) throw foreign(table, 'is no table');
    return { table, columns: row.columns?.split(',') ?? null };
  });
}

function tableNameError(names: readonly string[], error: unknown): unknown {
  const unreadable = error === null || hasSqlstate(error, SQLSTATE.invalidParameter, SQLSTATE.notSupported);
  if (!unreadable) return error;
  return new GanderError('invalid_request', `“${names.join(', ')}” is not the name of a table.`, {
    next: 'Write it as name or schema.name, as in SQL.',
    cause: error ?? undefined,
  });
}

function noSchema(): GanderError {
  return new GanderError('invalid_request', 'None of the schemas in the search_path exists.', {
    next: 'Create the schema, or name the history table with its schema (schema.name).',
  });
}

/** `"$user", public` is the default search_path: for a role named gander it begins with Gander's own schema. */
function ownSchema(): GanderError {
  return new GanderError(
    'invalid_request',
    'The search_path of this role begins with gander, the schema that Gander keeps its own tables in.',
    {
      next: 'Use a role of another name, or ALTER ROLE gander SET search_path = public.',
    },
  );
}

/** Which format a table has by its columns; null where there is no table. */
function formatOf({ table, columns }: Candidate): HistoryFormat | null {
  if (columns === null) return null;
  const has = (...names: string[]): boolean => names.every((name) => columns.includes(name));
  if (has('version_id', 'is_dirty', 'tstamp')) return 'gander';
  if (has('id', 'version_id', 'is_applied', 'tstamp')) return 'goose';
  throw foreign(table, owner(columns));
}

function foreign(table: Table, why: string): GanderError {
  return new GanderError(
    'foreign_table',
    `${tableKey(table)} is not a history that Gander can read: it ${why}.`,
    {
      next: 'Name another table for the history (GANDER_TABLE, or --table).',
    },
  );
}

function owner(columns: readonly string[]): string {
  const has = (...names: string[]): boolean => names.every((name) => columns.includes(name));
  if (has('version', 'dirty')) return 'looks like golang-migrate’s';
  if (columns.length === 1 && has('version')) return 'looks like that of Rails or dbmate';
  if (has('installed_rank')) return 'looks like Flyway’s';
  return `has the columns ${columns.join(', ')}`;
}
