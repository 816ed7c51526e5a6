import type { CreateFunctionStmt, GrantStmt, LockStmt, Node, VariableSetStmt } from 'libpg-query';
import { nameInList, nameOf, written } from '../name.ts';
import type { TableLock, What } from './act.ts';

/** Reads LOCK TABLE, table by table. */
export function lockTables({ relations, mode = 8 }: LockStmt, modes: readonly TableLock[]): What[] {
  const lock = modes[mode - 1] ?? 'ACCESS EXCLUSIVE';
  return (relations ?? []).flatMap((one): What[] =>
    'RangeVar' in one ? [{ does: 'lock', table: nameOf(one.RangeVar), lock }] : [],
  );
}

/** SECURITY DEFINER, and whether it sets a search_path for itself. */
export function createFunction({ funcname, options }: CreateFunctionStmt): What {
  const found = (options ?? []).flatMap((option) => ('DefElem' in option ? [option.DefElem] : []));
  const definer = found.some(
    ({ defname, arg }) =>
      defname === 'security' && arg !== undefined && 'Boolean' in arg && arg.Boolean.boolval === true,
  );
  const pathSet = found.some(
    ({ defname, arg }) =>
      defname === 'set' &&
      arg !== undefined &&
      'VariableSetStmt' in arg &&
      arg.VariableSetStmt.name === 'search_path',
  );
  return { does: 'create function', name: nameInList(funcname), definer, pathSet };
}

/** What everybody is given: of other grants there is nothing to say. */
export function grants(statement: GrantStmt, what: string | null = null): What[] {
  const { is_grant: given, grantees, privileges } = statement;
  const toAll = (grantees ?? []).some(
    (one) => 'RoleSpec' in one && one.RoleSpec.roletype === 'ROLESPEC_PUBLIC',
  );
  if (given !== true || !toAll) return [];
  const named = (privileges ?? []).flatMap((one) =>
    'AccessPriv' in one ? [one.AccessPriv.priv_name ?? ''] : [],
  );
  return [
    {
      does: 'grant to public',
      on: what ?? objectsOf(statement),
      privileges: named.length === 0 ? null : named,
    },
  ];
}

/** `schema app`, `users, orders`, `all tables of a schema`. */
function objectsOf({ objtype, objects, targtype }: GrantStmt): string {
  const type = (objtype ?? 'OBJECT_TABLE').replace('OBJECT_', '').replaceAll('_', ' ').toLowerCase();
  const names = (objects ?? []).map(objectName).join(', ');
  if (targtype === 'ACL_TARGET_ALL_IN_SCHEMA') return `every ${type} of schema ${names}`;
  return type === 'table' ? names : `${type} ${names}`;
}

function objectName(node: Node): string {
  if ('RangeVar' in node) return written(nameOf(node.RangeVar));
  if ('ObjectWithArgs' in node) return written(nameInList(node.ObjectWithArgs.objname));
  return written('List' in node ? nameInList(node.List.items) : nameInList([node]));
}

/** `SET lock_timeout = 0` */
export function setting({ name = '', args, kind }: VariableSetStmt): What {
  const value = kind === 'VAR_SET_VALUE' && args?.length === 1 ? constant(args[0]!) : '';
  return { does: 'set', name, value };
}

function constant(node: Node): string {
  if (!('A_Const' in node)) return '';
  const { ival, sval, fval } = node.A_Const;
  return sval?.sval ?? fval?.fval ?? String(ival?.ival ?? 0);
}
