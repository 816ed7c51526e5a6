import { type Act, LOCKS, type TableLock } from './acts/act.ts';
import type { Catalog } from './catalog.ts';
import type { Name } from './name.ts';

/** A lock on a table. */
export interface Lock {
  readonly table: Name;
  readonly mode: TableLock;
}

/** What others have to wait with while a lock is held. */
export type Blocked = 'reads and writes' | 'writes' | 'nothing';

/** "Table-Level Locks" in the manual: the strongest keeps even reads out, those that conflict with ROW EXCLUSIVE all writes. */
export function blockedBy(mode: TableLock): Blocked {
  if (mode === 'ACCESS EXCLUSIVE') return 'reads and writes';
  return LOCKS.indexOf(mode) >= LOCKS.indexOf('SHARE') ? 'writes' : 'nothing';
}

/**
 * The locks on tables that an act takes, as measured on PostgreSQL 14 to 18; not those on what hangs on them without being
 * named (partitions, dependents of CASCADE).
 */
export function locksOf(act: Act, catalog: Catalog): Lock[] {
  switch (act.does) {
    case 'create table':
      return [
        ...on('SHARE ROW EXCLUSIVE', ...parentsOf(act.constraints)),
        ...on('ACCESS EXCLUSIVE', act.partitionOf),
      ];
    case 'add column':
      return [
        ...on('ACCESS EXCLUSIVE', act.table),
        ...on('SHARE ROW EXCLUSIVE', ...parentsOf(act.constraints)),
      ];
    case 'add constraint':
      if (act.constraint.kind !== 'foreign key') return on('ACCESS EXCLUSIVE', act.table);
      return on('SHARE ROW EXCLUSIVE', act.table, act.constraint.parent);
    case 'validate':
      return on('SHARE UPDATE EXCLUSIVE', act.table);
    case 'drop constraint':
      return on('ACCESS EXCLUSIVE', act.table, parentOf(act.table, act.constraint, catalog));
    case 'attach':
      return [...on('SHARE UPDATE EXCLUSIVE', act.table), ...on('ACCESS EXCLUSIVE', act.partition)];
    case 'detach':
      return on(act.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE', act.table, act.partition);
    case 'create index':
      return on(act.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE', act.table);
    case 'drop index': {
      const table = catalog.tableOfIndex(act.index)?.name ?? null;
      return on(act.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE', table);
    }
    case 'reindex':
      return on(act.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE', reindexed(act, catalog));
    case 'drop':
      if (act.type === 'schema' || act.type === 'other') return [];
      return on('ACCESS EXCLUSIVE', act.name, ...parentsOf(catalog.find(act.name)?.constraints ?? []));
    case 'refresh':
      return on(act.concurrently ? 'EXCLUSIVE' : 'ACCESS EXCLUSIVE', act.view);
    case 'rename':
      return ['table', 'view', 'column', 'constraint'].includes(act.type)
        ? on('ACCESS EXCLUSIVE', act.of)
        : [];
    case 'insert':
    case 'update':
    case 'delete':
    case 'merge':
      return on('ROW EXCLUSIVE', act.table);
    case 'create trigger':
      return on('SHARE ROW EXCLUSIVE', act.table);
    case 'lock':
    case 'alter table':
      return on(act.lock, act.table);
    default:
      return 'table' in act ? on('ACCESS EXCLUSIVE', act.table) : [];
  }
}

/** The strongest lock that an act takes on a table; null: none. */
export function lockOn(table: Name, locks: readonly Lock[]): Lock | null {
  const found = locks.filter((lock) => lock.table.name === table.name);
  return found.toSorted((a, b) => LOCKS.indexOf(b.mode) - LOCKS.indexOf(a.mode))[0] ?? null;
}

function on(mode: TableLock, ...tables: readonly (Name | null)[]): Lock[] {
  return tables.flatMap((table) => (table === null ? [] : [{ table, mode }]));
}

function parentsOf(constraints: readonly { readonly parent: Name | null }[]): (Name | null)[] {
  return constraints.map(({ parent }) => parent);
}

/** What a foreign key refers to is locked, too, when it goes. */
function parentOf(table: Name, constraint: string, catalog: Catalog): Name | null {
  return catalog.find(table)?.constraints.find(({ name }) => name === constraint)?.parent ?? null;
}

function reindexed({ type, name }: Extract<Act, { does: 'reindex' }>, catalog: Catalog): Name | null {
  if (name === null || type === 'other') return null;
  return type === 'table' ? name : (catalog.tableOfIndex(name)?.name ?? null);
}
