import type { Act, MadeColumn, MadeConstraint } from './acts/act.ts';
import { identifier, type Name, written } from './name.ts';
import type { SqlType } from './sql-type.ts';

/** The columns that an act makes, or gives another type. */
export interface MadeColumns {
  readonly table: Name;
  readonly columns: readonly MadeColumn[];
  readonly constraints: readonly MadeConstraint[];
}

/** null: it makes none. */
export function columnsMade(act: Act): MadeColumns | null {
  if (act.does === 'create table') return act;
  if (act.does === 'add column') return { ...act, columns: [act.column] };
  if (act.does !== 'set type') return null;
  const { table, column: name, type, at } = act;
  const column = { name, type, notNull: false, hasDefault: false, eachRow: null, at };
  return { table, columns: [column], constraints: [] };
}

/** Those of a type that is not recommended: where the first is, and what they are called. */
export function columnsOf(
  act: Act,
  isBad: (type: SqlType) => boolean,
): { readonly at: number; readonly names: string; readonly one: boolean } | null {
  const made = columnsMade(act);
  const found = made?.columns.filter(({ type }) => type !== null && isBad(type)) ?? [];
  if (made === null || found.length === 0) return null;
  const names = found.map(({ name }) => identifier(name)).join(', ');
  return { at: found[0]!.at, names: `${names} of ${written(made.table)}`, one: found.length === 1 };
}
