import type { ColumnDefinition, EffectOn } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { compareExpressions } from './expressions.ts';
import { type Answer, answer, doneIf, doneIfNew, type Probe, probe } from './probe.ts';
import { hasModifierOf } from './types-written.ts';

/** What a column is like. */
export interface ColumnRow {
  /** As PostgreSQL writes it; null where there is no such column. */
  readonly type: string | null;
  /** Whether it is the type that was asked for, without its length; null where that is no type. */
  readonly same: boolean | null;
  readonly notNull: boolean;
  readonly identity: boolean;
  readonly generated: boolean;
  /** The default as PostgreSQL writes it. */
  readonly value: string | null;
}

interface Found extends ColumnRow {
  readonly table: boolean;
}

/**
 * From pg_attribute `a` and pg_attrdef `d`. A column may have NOT NULL that older rows were never held against, from
 * PostgreSQL 18 on.
 *
 * With a table named, `pg_get_expr` waits for its lock from PostgreSQL 18 on; a default needs none, since it names no column.
 */
const COLUMNS = (
  type: string,
): string => `format_type(a.atttypid, a.atttypmod) AS type, a.atttypid = to_regtype(${type}) AS same,
         a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n'
           AND k.conkey[1] = a.attnum AND NOT k.convalidated) AS "notNull",
         a.attidentity <> '' AS identity, a.attgenerated <> '' AS generated,
         CASE a.attgenerated WHEN '' THEN pg_catalog.pg_get_expr(d.adbin, 0) END AS value`;
const DEFAULTS = 'LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum';

/** One row, whether the column is there or not. */
const FIND = `
  SELECT t.oid IS NOT NULL AS "table", ${COLUMNS('$3')}
  FROM (SELECT to_regclass($1) AS oid) t
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped
  ${DEFAULTS}`;

interface Place {
  readonly table: string;
  readonly column: string;
}

function ask({ table, column }: Place, type: string | null, judge: (row: Found) => Answer): Probe {
  return probe<Found>(FIND, [table, lastPart(column), type], (row) => {
    if (row!.type !== null) return judge(row!);
    return answer(
      'not done',
      row!.table ? `There is no column ${column} in ${table}.` : `There is no table ${table}.`,
    );
  });
}

/** Columns: there as they were defined, or gone. */
export function columns({ there, definition, ...place }: EffectOn<'column'>): Probe {
  const { table, column } = place;
  const found = ask(place, definition?.type ?? null, (row) => {
    if (!there) return answer('not done', `The column ${column} of ${table} is still there.`);
    const but = definition === null ? null : otherThan(definition, row);
    return but === null
      ? answer('done', `The column ${column} of ${table} is there, as ${row.type}.`)
      : answer('not done', `The column ${column} of ${table} is there, but ${but}.`);
  });
  if (there) return found;
  return { ...found, judge: (rows) => gone(found.judge(rows), rows[0] as Found) };
}

/** Of a table that is not there either, nobody can say whether this column was dropped. */
function gone(told: Answer, { type, table }: Found): Answer {
  if (type !== null) return told;
  return table ? { ...told, verdict: 'done', mayBeOld: true } : { ...told, verdict: 'cannot tell' };
}

/** What a column has otherwise than it was defined, in words; null where nothing is. */
function otherThan(
  { type, notNull, value, generated, identity }: ColumnDefinition,
  row: ColumnRow,
): string | null {
  if (type !== null && !isOfType(row, type)) return `is of the type ${row.type}`;
  if (notNull && !row.notNull) return 'takes NULL';
  if (generated && !row.generated) return 'is not generated';
  if (identity && !row.identity) return 'is no identity';
  if (value === null || value.toLowerCase() === 'null') return null;
  if (row.value === null) return 'has no default';
  return compareExpressions(row.value, value) === 'other' ? `has the default ${row.value}` : null;
}

/** SQL for the columns of the relation `$1`, of which `$2` has the names and `$3` the types. */
export const OF_RELATION = `
  SELECT w.at, ${COLUMNS('w.type')}
  FROM ROWS FROM (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) WITH ORDINALITY w (name, type, at)
  LEFT JOIN pg_attribute a ON a.attrelid = $1 AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped
  ${DEFAULTS}`;

/** What is otherwise with a relation's columns, as OF_RELATION reads them: `without b`, `n takes NULL`; empty where nothing is. */
export function differences(wanted: readonly ColumnDefinition[], rows: readonly ColumnRow[]): string[] {
  const missing = wanted.filter((_column, at) => rows[at]?.type == null);
  const others = wanted.flatMap((column, at) => {
    const row = rows[at];
    const but = row?.type == null ? null : otherThan(column, row);
    return but === null ? [] : [`${column.name} ${but}`];
  });
  return [
    ...(missing.length === 0 ? [] : [`without ${missing.map(({ name }) => name).join(', ')}`]),
    ...others,
  ];
}

export function columnTypes({ type, ...place }: EffectOn<'column type'>): Probe {
  return ask(place, type, (row) =>
    doneIf(isOfType(row, type), `The column ${place.column} of ${place.table} is of the type ${row.type}.`),
  );
}

export function notNulls({ on, ...place }: EffectOn<'not null'>): Probe {
  return ask(place, null, ({ notNull }) =>
    doneIf(
      notNull === on,
      `The column ${place.column} of ${place.table} ${notNull ? 'does not take' : 'takes'} NULL.`,
    ),
  );
}

export function identities({ on, ...place }: EffectOn<'identity'>): Probe {
  return ask(place, null, ({ identity }) =>
    (on ? doneIf : doneIfNew)(
      identity === on,
      `The column ${place.column} of ${place.table} is ${identity ? 'an' : 'no'} identity.`,
    ),
  );
}

/** Defaults are expressions: the same one may be written in many ways, so only what is plainly another one is told. */
export function defaults({ value, ...place }: EffectOn<'default'>): Probe {
  return ask(place, null, (row) => {
    const found = `The column ${place.column} of ${place.table} has ${row.value === null ? 'no default' : `the default ${row.value}`}.`;
    if (value === null || row.value === null) return doneIf(value === row.value, found);
    return answer(TOLD[compareExpressions(row.value, value)], found);
  });
}

const TOLD = { same: 'done', other: 'not done', 'cannot tell': 'cannot tell' } as const;

function isOfType({ type, same }: ColumnRow, wanted: string): boolean {
  return same === true && hasModifierOf(type ?? '', wanted);
}
