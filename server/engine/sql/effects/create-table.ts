import type { Head } from '../head.ts';
import { columnDefinition } from './column.ts';
import { isConstraint } from './constraint.ts';
import type { ColumnDefinition, Effect, RelationType } from './effect.ts';

/** Reads CREATE TABLE and CREATE FOREIGN TABLE from the name on. */
export function createTable(head: Head, type: RelationType, repeatable: boolean): Effect[] {
  const name = head.name();
  if (name === null) return [];
  const parent = head.accept('partition', 'of') ? head.name() : null;
  const columns = parent === null && head.accept('(') ? columnsAt(head) : [];
  head.accept(')');
  const partitioned = head.find('partition') !== '' && head.word === 'by';
  const made = { there: true, columns, parent, partitioned, replaces: false } as const;
  const table: Effect = { about: 'relation', type, name, ...made, repeatable };
  if (parent === null) return [table];
  return [table, { about: 'partition', parent, child: name, attached: true, repeatable }];
}

/** The columns up to the closing parenthesis. */
function columnsAt(head: Head): ColumnDefinition[] {
  const columns: ColumnDefinition[] = [];
  do {
    const column = isConstraint(head) ? null : columnDefinition(head);
    if (column !== null) columns.push(column);
    head.upTo(',', ')');
  } while (head.accept(','));
  return columns;
}
