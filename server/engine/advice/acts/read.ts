import type { Node } from 'libpg-query';
import { nameInList, nameOf } from '../name.ts';
import { type Act, LOCKS, type What } from './act.ts';
import { alterTable } from './alter-table.ts';
import { drop } from './drop.ts';
import { createFunction, grants, lockTables, setting } from './others.ts';
import { reindex, rename, vacuum } from './maintenance.ts';
import { changesIn } from './rows.ts';
import { createIndex, createTable } from './tables.ts';
import { StatementText } from './text.ts';

/** A parsed statement, and the byte at which it begins in what was sent. */
export interface Tree {
  readonly node: Node;
  readonly location: number;
}

/** What the statements of a message do, in order. Pure. */
export function readActs(sql: string, trees: readonly Tree[]): Act[] {
  const text = new StatementText(sql);
  return trees.flatMap(({ node, location }) => {
    const start = text.offset(location, 0);
    const at = start + /^\s*/.exec(sql.slice(start))![0].length;
    return actsOf(node, text, at).map((act): Act => ({ at, ...act }));
  });
}

type Found = What & { readonly at?: number };

function actsOf(node: Node, text: StatementText, at: number): readonly Found[] {
  if ('CreateStmt' in node) return createTable(node.CreateStmt, text, at);
  if ('AlterTableStmt' in node) return alterTable(node.AlterTableStmt, text, at);
  if ('IndexStmt' in node) return [createIndex(node.IndexStmt)];
  if ('DropStmt' in node) return drop(node.DropStmt);
  if ('RenameStmt' in node) return [rename(node.RenameStmt)];
  if ('TruncateStmt' in node) {
    const cascade = node.TruncateStmt.behavior === 'DROP_CASCADE';
    return (node.TruncateStmt.relations ?? []).flatMap((one) =>
      'RangeVar' in one ? [{ does: 'truncate', table: nameOf(one.RangeVar), cascade } as const] : [],
    );
  }
  if ('LockStmt' in node) return lockTables(node.LockStmt, LOCKS);
  if ('GrantStmt' in node) return grants(node.GrantStmt);
  if ('AlterDefaultPrivilegesStmt' in node)
    return grants(node.AlterDefaultPrivilegesStmt.action ?? {}, 'tables that are yet to come');
  if ('CreateFunctionStmt' in node) return [createFunction(node.CreateFunctionStmt)];
  if ('VariableSetStmt' in node) return [setting(node.VariableSetStmt)];
  return [...made(node), ...maintained(node), ...changesIn(node)];
}

function made(node: Node): readonly Found[] {
  if ('ViewStmt' in node) return [{ does: 'create view', view: nameOf(node.ViewStmt.view) }];
  if ('CreateTableAsStmt' in node) {
    const name = nameOf(node.CreateTableAsStmt.into?.rel);
    if (node.CreateTableAsStmt.objtype === 'OBJECT_MATVIEW') return [{ does: 'create view', view: name }];
    const nothing = { columns: [], constraints: [], whole: false, partitionOf: null };
    return [{ does: 'create table', table: name, ...nothing }];
  }
  if ('CreateEnumStmt' in node)
    return [{ does: 'create type', type: nameInList(node.CreateEnumStmt.typeName) }];
  if ('AlterEnumStmt' in node && node.AlterEnumStmt.oldVal === undefined) {
    const { typeName, newVal = '' } = node.AlterEnumStmt;
    return [{ does: 'add value', type: nameInList(typeName), label: newVal }];
  }
  if ('CreateTrigStmt' in node)
    return [{ does: 'create trigger', table: nameOf(node.CreateTrigStmt.relation) }];
  if ('RuleStmt' in node)
    return [{ does: 'alter table', table: nameOf(node.RuleStmt.relation), lock: 'ACCESS EXCLUSIVE' }];
  if ('CreatePolicyStmt' in node)
    return [{ does: 'alter table', table: nameOf(node.CreatePolicyStmt.table), lock: 'ACCESS EXCLUSIVE' }];
  return [];
}

function maintained(node: Node): readonly Found[] {
  if ('VacuumStmt' in node) return vacuum(node.VacuumStmt);
  if ('ClusterStmt' in node) {
    const { relation } = node.ClusterStmt;
    return [{ does: 'rewrite', table: relation === undefined ? null : nameOf(relation), words: 'CLUSTER' }];
  }
  if ('ReindexStmt' in node) return [reindex(node.ReindexStmt)];
  if ('RefreshMatViewStmt' in node) {
    const { relation, concurrent } = node.RefreshMatViewStmt;
    return [{ does: 'refresh', view: nameOf(relation), concurrently: concurrent === true }];
  }
  if ('AlterObjectSchemaStmt' in node && node.AlterObjectSchemaStmt.objectType === 'OBJECT_TABLE') {
    const { relation, newschema = '' } = node.AlterObjectSchemaStmt;
    return [{ does: 'move', table: nameOf(relation), to: newschema }];
  }
  if ('DoStmt' in node) return [{ does: 'hidden', words: 'a DO block' }];
  if ('CallStmt' in node) return [{ does: 'hidden', words: 'a procedure' }];
  if ('TransactionStmt' in node) return transaction(node.TransactionStmt.kind);
  return [];
}

function transaction(kind: string | undefined): What[] {
  if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return [{ does: 'begin' }];
  return kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK' ? [{ does: 'end' }] : [];
}
