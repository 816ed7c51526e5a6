import type { Head } from '../head.ts';
import { columnDefinition } from './column.ts';
import { isConstraint } from './constraint.ts';
import type { Effect, RelationType } from './effect.ts';

/** Reads CREATE TABLE and CREATE FOREIGN TABLE from the name on. */
export function createTable(head: Head, type: RelationType, repeatable: boolean): Effect[] {
  const name = head.name();
  if (name === null) return [];
  const parent = head.accept('partition', 'of') ? head.name() : null;
  const columns = parent === null && head.accept('(') ? columnsAt(head) : [];
  const table: Effect = { about: 'relation', type, name, there: true, columns, replaces: false, repeatable };
  if (parent === null) return [table];
  return [table, { about: 'partition', parent, child: name, attached: true, repeatable }];
}

/** The names of the columns up to the closing parenthesis, as written. */
function columnsAt(head: Head): string[] {
  const columns: string[] = [];
  do {
    const column = isConstraint(head) ? null : columnDefinition(head);
    if (column !== null) columns.push(column.name);
    head.upTo(',', ')');
  } while (head.accept(','));
  return columns;
}
