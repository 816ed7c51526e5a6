import type { SqlType } from './sql-type.ts';

/**
 * What changing a column's type costs, as measured on PostgreSQL 14 to 18: nothing at all, a change of the catalogs only, all
 * rows written anew, or the last one unless the session's TimeZone is UTC.
 */
export type Cost = 'nothing' | 'catalogs' | 'rewrite' | 'rewrite unless UTC';

export function costOf(from: SqlType, to: SqlType, using: 'nothing' | 'cast' | 'expression'): Cost {
  if (using === 'expression') return 'rewrite';
  if (isEqual(from, to)) return 'nothing';
  if (from.array || to.array) return 'rewrite';
  if (isText(from) && isText(to)) return fits(from, to) ? 'catalogs' : 'rewrite';
  if (isText(from) && to.name === 'citext')
    return fits(from, { ...to, name: 'text' }) ? 'catalogs' : 'rewrite';
  if (from.name === 'timestamp' && to.name === 'timestamptz') return 'rewrite unless UTC';
  if (from.name === 'timestamptz' && to.name === 'timestamp') return 'rewrite unless UTC';
  if (from.name === 'cidr' && to.name === 'inet') return 'catalogs';
  if (from.name !== to.name) return 'rewrite';
  if (from.name === 'numeric') return numericFits(from, to) ? 'catalogs' : 'rewrite';
  return WIDENING.has(from.name) && fits(from, to) ? 'catalogs' : 'rewrite';
}

/** Types that may get more room, or more digits, without a row being touched. */
const WIDENING = new Set(['varbit', 'interval', 'time', 'timetz', 'timestamp', 'timestamptz']);

function isText({ name }: SqlType): boolean {
  return name === 'text' || name === 'varchar';
}

/** Without a length anything fits; text has none. */
function fits(from: SqlType, to: SqlType): boolean {
  const [limit] = to.modifiers;
  const [before] = from.modifiers;
  return limit === undefined || (before !== undefined && before <= limit);
}

function numericFits(from: SqlType, to: SqlType): boolean {
  const [precision, scale = 0] = to.modifiers;
  const [before, scaleBefore = 0] = from.modifiers;
  if (precision === undefined) return true;
  return before !== undefined && before <= precision && scaleBefore === scale;
}

function isEqual(a: SqlType, b: SqlType): boolean {
  return a.name === b.name && a.array === b.array && a.modifiers.join() === b.modifiers.join();
}
