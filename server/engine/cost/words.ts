import type { Amount, Loss } from './cost.ts';

/** `table orders`, `column users.phone`, `all rows of orders`. */
export function lossText({ what, kind, schema, table, column }: Loss): string {
  const name = schema === 'public' ? table : `${schema}.${table}`;
  if (what === 'rows') return `all rows of ${name}`;
  return column === null ? `${kind} ${name}` : `column ${name}.${column}`;
}

const REGAINED = {
  table: '',
  view: '',
  'materialized view': 'what it holds can be computed again',
  'foreign table': 'what it shows stays where it is',
  sequence: 'it forgets where it stands',
} as const;

/** How much it is: `about 1,200 rows, 340 kB`, `empty`, `3 values in 5 rows, counted`; `''` for a view. */
export function amountText(loss: Loss): string {
  const { kind, generated, counted, column, estimate } = loss;
  if (generated) return 'its values can be computed again';
  if (kind !== 'table') return REGAINED[kind];
  if (counted !== null && !('failed' in counted))
    return counted.rows === 0 ? 'empty, counted' : `${exactly(counted, column)}, counted`;
  const size = loss.bytes === null ? '' : `, ${bytesText(loss.bytes)}`;
  const known =
    loss.holds === 'nothing' ? nothing(column, estimate) : `${roughly(estimate, column, loss.holds)}${size}`;
  return counted === null ? known : `${known} (not counted: ${counted.failed})`;
}

function nothing(column: string | null, { rows }: Amount): string {
  if (column === null) return 'empty';
  return rows === null || rows === 0
    ? 'no value in it'
    : `no value in it, of about ${counts(rounded(rows), 'row')}`;
}

function exactly({ rows, values }: Amount, column: string | null): string {
  return column === null
    ? counts(rows ?? 0, 'row')
    : `${counts(values ?? 0, 'value')} in ${counts(rows ?? 0, 'row')}`;
}

function roughly({ rows, values }: Amount, column: string | null, holds: Loss['holds']): string {
  if (rows === null || rows === 0) {
    const what = column === null ? 'rows' : 'values';
    return holds === 'data'
      ? `it has ${what}; how many, nobody has counted yet`
      : `it is not known whether it has ${what}`;
  }
  const all = counts(rounded(rows), 'row');
  if (column === null) return `about ${all}`;
  return values === null
    ? `values in up to about ${all}`
    : `about ${counts(rounded(values), 'value')} in about ${all}`;
}

/** What its dependents mean for it; null without any. */
export function dependentsText({ dependents, cascade }: Loss): string | null {
  if (dependents.length === 0) return null;
  return cascade
    ? 'CASCADE takes with it what depends on it:'
    : 'As things are, PostgreSQL will refuse this, because something depends on it:';
}

/** An estimate is not exact to the last row: three digits. */
function rounded(rows: number): number {
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(rows, 1))) - 2);
  return Math.round(rows / digits) * digits;
}

function counts(number: number, noun: string): string {
  const digits = String(Math.round(number)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
  return `${digits} ${noun}${number === 1 ? '' : 's'}`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** As PostgreSQL's pg_size_pretty: `340 MB`. */
function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 10_240 && unit < UNITS.length - 1; unit++) value /= 1_024;
  return `${Math.round(value)} ${UNITS[unit]}`;
}
