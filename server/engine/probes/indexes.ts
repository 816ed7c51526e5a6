import type { EffectOn } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { type Answer, answer, doneIfNew, type Probe, probe, type Repair } from './probe.ts';

interface Row {
  /** With its schema, quoted where need be. */
  readonly index: string;
  readonly name: string;
  readonly valid: boolean;
  readonly unique: boolean;
  /** Its key; null where an expression stands for a column. */
  readonly columns: readonly (string | null)[];
  readonly partial: boolean;
  /** On a partitioned table: invalid until each partition has one. */
  readonly partitioned: boolean;
  readonly building: boolean;
}

/** The indexes of a table, by name, and what a REINDEX CONCURRENTLY that was cut off has left beside them. */
const FIND = `
  SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS index, c.relname::text AS name, i.indisvalid AND i.indisready AS valid,
         i.indisunique AS "unique", i.indpred IS NOT NULL AS partial,
         ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k (num, place)
           LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num AND k.num > 0 ORDER BY k.place) AS columns,
         c.relkind = 'I' AS partitioned,
         EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) AS building
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace`;

const BASE = String.raw`regexp_replace(c.relname, '_cc(new|old)\d*$', '')`;

/** Indexes: there, valid, and unique where they are to be. */
export function indexes(effect: EffectOn<'index'>): Probe {
  const { name, table, there } = effect;
  if (!there || table === null) return dropped(name ?? '');
  return probe<Row>(
    name === null
      ? `${FIND} WHERE i.indrelid = to_regclass($1) AND NOT i.indisvalid AND c.relkind = 'i'`
      : `${FIND} WHERE i.indrelid = to_regclass($1) AND ${BASE} = $2 ORDER BY c.relname = $2 DESC, c.relname`,
    name === null ? [table] : [table, lastPart(name)],
    (_row, rows) => (name === null ? judgeNameless(table, rows) : judge(effect, name, rows)),
  );
}

function judge(effect: EffectOn<'index'>, name: string, rows: readonly Row[]): Answer {
  const { table } = effect;
  const own = rows.find((row) => row.name === lastPart(name));
  const rest = rows.filter((row) => row !== own && !row.valid && !row.building);
  const beside = rest.length === 0 ? '' : ` Beside it is ${list(rest)}, which is invalid.`;
  if (own === undefined) return answer('not done', `There is no index ${name} on ${table}.${beside}`);
  if (own.building) return answer('cannot tell', `The index ${name} is being built just now.`);
  const but = otherThan(effect, own);
  if (but !== null) return answer('not done', `There is an index ${name} on ${table}, but it is ${but}.`);
  if (own.valid || own.partitioned)
    return answer('done', `The index ${name} on ${table} is there${own.valid ? ' and valid' : ''}.${beside}`);
  const found = `The index ${name} on ${table} is there but invalid: its building was stopped or failed.${beside}`;
  return { verdict: 'half done', found, repairs: [drop([own, ...rest]), rebuild(own, rest)] };
}

/** What the index of that name has otherwise; null where nothing tells it from the one that was to be made. */
function otherThan({ unique, columns, partial }: EffectOn<'index'>, own: Row): string | null {
  if (own.unique !== unique) return own.unique ? 'unique' : 'not unique';
  // An expression that comes to nothing but a column is that column.
  const isSame =
    columns.length === own.columns.length &&
    columns.every((column, at) => column === null || lastPart(column) === own.columns[at]);
  if (!isSame) return `on (${own.columns.map((column) => column ?? 'an expression').join(', ')})`;
  if (own.partial === partial) return null;
  return own.partial ? 'for some of the rows only' : 'for all rows';
}

function judgeNameless(table: string, rows: readonly Row[]): Answer {
  const invalid = rows.filter(({ building }) => !building);
  if (invalid.length === 0)
    return answer(
      'cannot tell',
      `The index has no name of its own, so it cannot be told from the others of ${table}.`,
    );
  const found = `On ${table} there is ${list(invalid)}, which is invalid: its building was stopped or failed.`;
  return { verdict: 'half done', found, repairs: [drop(invalid)] };
}

function dropped(name: string): Probe {
  return probe<{ valid: boolean }>(
    `SELECT i.indisvalid AS valid FROM pg_index i WHERE i.indexrelid = to_regclass($1)`,
    [name],
    (row) => {
      if (row === undefined) return doneIfNew(true, `There is no index ${name}.`);
      const still = row.valid ? '' : ', though PostgreSQL does not use it any more';
      return answer('not done', `The index ${name} is still there${still}.`);
    },
  );
}

/** What a REINDEX leaves behind; when it went well, nothing tells that it did. */
export function reindexes({ type, name }: EffectOn<'reindex'>): Probe {
  return probe<Row>(
    type === 'table'
      ? `${FIND} WHERE i.indrelid = to_regclass($1) AND NOT i.indisvalid`
      : `${FIND} WHERE i.indrelid = (SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass($1))
           AND ${BASE} = $2 AND NOT i.indisvalid`,
    type === 'table' ? [name] : [name, lastPart(name)],
    (_row, rows) => {
      const invalid = rows.filter(({ building }) => !building);
      if (invalid.length === 0)
        return answer('cannot tell', 'Nothing is left half-built; whether it ran, nothing tells.');
      const leftovers = invalid.filter((row) => /_cc(new|old)\d*$/.test(row.name));
      const found = `There is ${list(invalid)}, which is invalid: the rebuilding was stopped or failed.`;
      return { verdict: 'half done', found, repairs: leftovers.length === 0 ? [] : [drop(leftovers)] };
    },
  );
}

function drop(rows: readonly Row[]): Repair {
  const sql = rows.map(({ index }) => `DROP INDEX CONCURRENTLY ${index}`);
  return { how: 'drop', label: `Drop the invalid ${noun(rows)} ${list(rows)}`, sql, afterwards: 'run it' };
}

/** What an earlier rebuilding left behind is dropped first. */
function rebuild(own: Row, rest: readonly Row[]): Repair {
  const sql = [
    ...rest.map(({ index }) => `DROP INDEX CONCURRENTLY ${index}`),
    `REINDEX INDEX CONCURRENTLY ${own.index}`,
  ];
  return { how: 'rebuild', label: `Rebuild the invalid index ${own.index}`, sql, afterwards: 'it is done' };
}

function noun({ length }: readonly Row[]): string {
  return length === 1 ? 'index' : 'indexes';
}

function list(rows: readonly Row[]): string {
  return rows.map(({ index }) => index).join(' and ');
}
