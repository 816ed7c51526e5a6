import type { DropStmt, Node, ObjectType } from 'libpg-query';
import { type Name, nameInList } from '../name.ts';
import type { DroppedType, What } from './act.ts';

const TYPES: Readonly<Partial<Record<ObjectType, DroppedType>>> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'materialized view',
  OBJECT_FOREIGN_TABLE: 'foreign table',
  OBJECT_SCHEMA: 'schema',
};

/** What belongs to a table, and is dropped from it. */
const OF_TABLES: ReadonlySet<string> = new Set(['OBJECT_TRIGGER', 'OBJECT_POLICY', 'OBJECT_RULE']);

/** Reads DROP, object by object. */
export function drop(statement: DropStmt): What[] {
  const { removeType = 'OBJECT_TABLE', behavior, concurrent, missing_ok: ifExists = false } = statement;
  const cascade = behavior === 'DROP_CASCADE';
  return (statement.objects ?? []).map((object): What => {
    const name = nameIn(object);
    if (removeType === 'OBJECT_INDEX')
      return { does: 'drop index', index: name, concurrently: concurrent === true };
    if (OF_TABLES.has(removeType))
      return { does: 'alter table', table: tableIn(object), lock: 'ACCESS EXCLUSIVE' };
    const type = TYPES[removeType] ?? 'other';
    const words = `DROP ${removeType.replace('OBJECT_', '').replace('MATVIEW', 'MATERIALIZED VIEW').replaceAll('_', ' ')}`;
    return { does: 'drop', type, words, name, cascade, ifExists };
  });
}

function nameIn(object: Node): Name {
  if ('List' in object) return nameInList(object.List.items);
  if ('TypeName' in object) return nameInList(object.TypeName.names);
  if ('ObjectWithArgs' in object) return nameInList(object.ObjectWithArgs.objname);
  return nameInList([object]);
}

/** `DROP TRIGGER t ON shop.users` is the list shop, users, t. */
function tableIn(object: Node): Name {
  return nameInList('List' in object ? object.List.items?.slice(0, -1) : []);
}
