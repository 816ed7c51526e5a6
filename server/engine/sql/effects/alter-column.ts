import type { Head } from '../head.ts';
import { AFTER_TYPE } from './column.ts';
import type { Effect } from './effect.ts';

/** Reads ALTER [COLUMN] name … of ALTER TABLE. What is only about statistics and storage is left out. */
export function alterColumn(head: Head, table: string): readonly Effect[] {
  head.accept('column');
  const column = head.name();
  if (column === null) return [];
  const on = { table, column } as const;
  if (head.accept('set', 'data', 'type') || head.accept('type'))
    return [{ about: 'column type', ...on, type: head.upTo(...AFTER_TYPE), repeatable: true }];
  if (head.accept('set', 'not', 'null')) return [{ about: 'not null', ...on, on: true, repeatable: true }];
  if (head.accept('drop', 'not', 'null')) return [{ about: 'not null', ...on, on: false, repeatable: true }];
  if (head.accept('set', 'default'))
    return [{ about: 'default', ...on, value: head.upTo(','), repeatable: true }];
  if (head.accept('drop', 'default')) return [{ about: 'default', ...on, value: null, repeatable: true }];
  if (head.accept('add', 'generated')) return [{ about: 'identity', ...on, on: true, repeatable: false }];
  if (head.accept('drop', 'identity'))
    return [{ about: 'identity', ...on, on: false, repeatable: head.accept('if', 'exists') }];
  return [];
}
