import type { AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef } from 'libpg-query';
import { type Name, nameOf } from '../name.ts';
import { typeOf } from '../sql-type.ts';
import type { TableLock, What } from './act.ts';
import { columnOf } from './columns.ts';
import { columnIn, constraintOf } from './constraints.ts';
import type { StatementText } from './text.ts';

/** What one action does, and where it is. */
type Found = What & { readonly at?: number };

/** Reads ALTER TABLE, action by action; of views, sequences, indexes and types there is nothing to say. */
export function alterTable(statement: AlterTableStmt, text: StatementText, at: number): Found[] {
  const { relation, cmds, objtype } = statement;
  if (objtype !== 'OBJECT_TABLE' && objtype !== 'OBJECT_MATVIEW') return [];
  const table = nameOf(relation);
  const place = text.offset(relation?.location, at);
  return (cmds ?? []).flatMap((cmd) =>
    'AlterTableCmd' in cmd ? action(table, cmd.AlterTableCmd, text, place) : [],
  );
}

function action(table: Name, command: AlterTableCmd, text: StatementText, at: number): Found[] {
  const { subtype, name = '', def, behavior } = command;
  const cascade = behavior === 'DROP_CASCADE';
  switch (subtype) {
    case 'AT_AddColumn':
      return def !== undefined && 'ColumnDef' in def ? addColumn(table, def.ColumnDef, text, at) : [];
    case 'AT_DropColumn':
      return [{ does: 'drop column', table, column: name, cascade }];
    case 'AT_AlterColumnType':
      return def !== undefined && 'ColumnDef' in def ? setType(table, name, def.ColumnDef, text, at) : [];
    case 'AT_SetNotNull':
    case 'AT_DropNotNull':
      return [{ does: 'set not null', table, column: name, on: subtype === 'AT_SetNotNull' }];
    case 'AT_AddConstraint': {
      const constraint =
        def !== undefined && 'Constraint' in def ? constraintOf(def.Constraint, text, at) : null;
      return constraint === null ? [] : [{ does: 'add constraint', table, constraint, at: constraint.at }];
    }
    case 'AT_ValidateConstraint':
      return [{ does: 'validate', table, constraint: name }];
    case 'AT_DropConstraint':
      return [{ does: 'drop constraint', table, constraint: name, cascade }];
    case 'AT_AttachPartition':
    case 'AT_DetachPartition':
      return partition(table, command, subtype === 'AT_AttachPartition');
    default:
      return [other(table, subtype)];
  }
}

function addColumn(table: Name, definition: ColumnDef, text: StatementText, at: number): Found[] {
  const { column, constraints } = columnOf(definition, text, at);
  return [{ does: 'add column', table, column, constraints, at: column.at }];
}

function setType(
  table: Name,
  column: string,
  definition: ColumnDef,
  text: StatementText,
  at: number,
): Found[] {
  const { typeName, raw_default: using } = definition;
  if (typeName === undefined) return [];
  const type = typeOf(typeName);
  const here = text.offset(typeName.location, at);
  return [{ does: 'set type', table, column, type, using: usingOf(column, type, using), at: here }];
}

function usingOf(
  column: string,
  type: ReturnType<typeof typeOf>,
  using: ColumnDef['raw_default'],
): 'nothing' | 'cast' | 'expression' {
  if (using === undefined) return 'nothing';
  if (columnIn(using) === column) return 'cast';
  if (!('TypeCast' in using) || columnIn(using.TypeCast.arg) !== column) return 'expression';
  const cast = using.TypeCast.typeName;
  return cast !== undefined && JSON.stringify(typeOf(cast)) === JSON.stringify(type) ? 'cast' : 'expression';
}

function partition(table: Name, { def }: AlterTableCmd, attaches: boolean): Found[] {
  if (def === undefined || !('PartitionCmd' in def)) return [];
  const child = nameOf(def.PartitionCmd.name);
  if (attaches) return [{ does: 'attach', table, partition: child }];
  return [{ does: 'detach', table, partition: child, concurrently: def.PartitionCmd.concurrent === true }];
}

/** What writes all of a table anew, in words. */
const REWRITES: Readonly<Partial<Record<AlterTableType, string>>> = {
  AT_SetLogged: 'SET LOGGED',
  AT_SetUnLogged: 'SET UNLOGGED',
  AT_SetTableSpace: 'SET TABLESPACE',
  AT_SetAccessMethod: 'SET ACCESS METHOD',
  AT_SetExpression: 'SET EXPRESSION',
};

/** What takes less than the strongest lock ("AlterTableGetLockLevel" in PostgreSQL's tablecmds.c). */
const WEAKER: Readonly<Partial<Record<AlterTableType, TableLock>>> = {
  AT_SetStatistics: 'SHARE UPDATE EXCLUSIVE',
  AT_SetOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ResetOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ClusterOn: 'SHARE UPDATE EXCLUSIVE',
  AT_DropCluster: 'SHARE UPDATE EXCLUSIVE',
  AT_SetRelOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ResetRelOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_DetachPartitionFinalize: 'SHARE UPDATE EXCLUSIVE',
  AT_EnableTrig: 'SHARE ROW EXCLUSIVE',
  AT_EnableAlwaysTrig: 'SHARE ROW EXCLUSIVE',
  AT_EnableReplicaTrig: 'SHARE ROW EXCLUSIVE',
  AT_EnableTrigAll: 'SHARE ROW EXCLUSIVE',
  AT_EnableTrigUser: 'SHARE ROW EXCLUSIVE',
  AT_DisableTrig: 'SHARE ROW EXCLUSIVE',
  AT_DisableTrigAll: 'SHARE ROW EXCLUSIVE',
  AT_DisableTrigUser: 'SHARE ROW EXCLUSIVE',
};

function other(table: Name, subtype: AlterTableCmd['subtype']): Found {
  const words = subtype === undefined ? undefined : REWRITES[subtype];
  if (words !== undefined) return { does: 'rewrite', table, words };
  const lock = (subtype === undefined ? undefined : WEAKER[subtype]) ?? 'ACCESS EXCLUSIVE';
  return { does: 'alter table', table, lock };
}
