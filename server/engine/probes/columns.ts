import type { EffectOn } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { type Answer, answer, doneIf, type Probe, probe } from './probe.ts';

interface Row {
  readonly table: boolean;
  /** As PostgreSQL writes it; null where there is no such column. */
  readonly type: string | null;
  /** Whether it is the type that was asked for, without its length; null where that is no type. */
  readonly same: boolean | null;
  readonly notNull: boolean;
  readonly identity: boolean;
}

/** One row, whether the column is there or not. */
const FIND = `
  SELECT t.oid IS NOT NULL AS "table", format_type(a.atttypid, a.atttypmod) AS type, a.atttypid = to_regtype($3) AS same,
         a.attnotnull AS "notNull", a.attidentity <> '' AS identity
  FROM (SELECT to_regclass($1) AS oid) t
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped`;

interface Place {
  readonly table: string;
  readonly column: string;
}

function ask({ table, column }: Place, type: string | null, judge: (row: Row) => Answer): Probe {
  return probe<Row>(FIND, [table, lastPart(column), type], (row) => {
    if (row!.type !== null) return judge(row!);
    return answer(
      'not done',
      row!.table ? `There is no column ${column} in ${table}.` : `There is no table ${table}.`,
    );
  });
}

/** Columns: there with their type, or gone. */
export function columns({ there, type, notNull, ...place }: EffectOn<'column'>): Probe {
  const { table, column } = place;
  const found = ask(place, type, (row) => {
    if (!there) return answer('not done', `The column ${column} of ${table} is still there.`);
    if (type !== null && !isOfType(row, type))
      return doneIf(false, `The column ${column} of ${table} is there, but as ${row.type}.`);
    if (notNull && !row.notNull)
      return doneIf(false, `The column ${column} of ${table} is there, but it takes NULL.`);
    return answer('done', `The column ${column} of ${table} is there, as ${row.type}.`);
  });
  return there
    ? found
    : {
        ...found,
        judge: (rows) => gone(found.judge(rows), (rows[0] as Row).type === null, (rows[0] as Row).table),
      };
}

/** Of a table that is not there either, nobody can say whether this column was dropped. */
function gone(told: Answer, isGone: boolean, hasTable: boolean): Answer {
  if (!isGone) return told;
  return { ...told, verdict: hasTable ? 'done' : 'cannot tell' };
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
    doneIf(
      identity === on,
      `The column ${place.column} of ${place.table} is ${identity ? 'an' : 'no'} identity.`,
    ),
  );
}

/**
 * Defaults are expressions: the same one may be written in many ways, so only what is plainly another one is told.
 *
 * With a table named, `pg_get_expr` waits for its lock from PostgreSQL 18 on; a default needs none, since it names no column.
 */
export function defaults({ table, column, value }: EffectOn<'default'>): Probe {
  return probe<{ there: boolean; value: string | null }>(
    `SELECT a.attnum IS NOT NULL AS there, CASE a.attgenerated WHEN '' THEN pg_get_expr(d.adbin, 0) END AS value
     FROM (SELECT to_regclass($1) AS oid) t
     LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum`,
    [table, lastPart(column)],
    (row) => {
      if (row?.there !== true) return answer('not done', `There is no column ${column} in ${table}.`);
      const found = `The column ${column} of ${table} has ${row.value === null ? 'no default' : `the default ${row.value}`}.`;
      if (value === null || row.value === null) return doneIf(value === row.value, found);
      const [is, should] = [bare(row.value), bare(value)];
      if (is === should) return answer('done', found);
      return answer(isConstant(is) && isConstant(should) ? 'not done' : 'cannot tell', found);
    },
  );
}

/** `'a'::text` is `'a'`, and `(1)` is `1`. */
function bare(expression: string): string {
  return expression
    .replaceAll(/::[a-z_][\w ]*(?:\([\d, ]*\))?(?:\[\])?/gi, '')
    .replaceAll(/^\((.*)\)$/g, '$1')
    .trim()
    .toLowerCase();
}

function isConstant(expression: string): boolean {
  return /^(?:-?[\d.]+|'[^']*'|true|false|null)$/.test(expression);
}

/** `varchar(20)` is `character varying(20)`: the server compares the type, and the length is compared here. */
function isOfType({ type, same }: Row, wanted: string): boolean {
  return same === true && modifier(type ?? '') === (modifier(wanted) || ofOne(type ?? ''));
}

function modifier(type: string): string {
  return /\(([^)]*)\)/.exec(type)?.[1]?.replaceAll(/\s/g, '') ?? '';
}

/** `char` is `character(1)`. */
function ofOne(type: string): string {
  return /^(?:character|bit)\(1\)$/.test(type) ? '1' : '';
}
