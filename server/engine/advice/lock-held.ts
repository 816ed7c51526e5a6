import type { Act } from './acts/act.ts';
import type { Name } from './name.ts';
import type { Scene } from './rule.ts';

/** Whether an act may change many rows of a table that has some. */
export function changesMany(act: Act, { catalog }: Scene): boolean {
  if (act.does === 'insert') return act.query;
  if (act.does !== 'update' && act.does !== 'delete' && act.does !== 'merge') return false;
  return !['fresh', 'absent', 'tiny'].includes(catalog.standing(act.table));
}

/** The table, of those that others use, that the transaction keeps everybody from; null when there is none. */
export function heldIn({
  transaction,
  catalog,
}: Scene): { readonly table: Name; readonly line: number } | null {
  const isUsed = (table: Name): boolean => !['fresh', 'absent', 'tiny'].includes(catalog.standing(table));
  return transaction.locked.find(({ table }) => isUsed(table)) ?? null;
}
