import type { CreateStmt, IndexStmt } from 'libpg-query';
import { nameOf } from '../name.ts';
import type { MadeColumn, MadeConstraint, What } from './act.ts';
import { columnOf } from './columns.ts';
import { constraintOf } from './constraints.ts';
import type { StatementText } from './text.ts';

/** Reads CREATE TABLE; a temporary one is nobody else's, and of no interest. */
export function createTable(statement: CreateStmt, text: StatementText, at: number): What[] {
  const { relation, tableElts, inhRelations, partbound, ofTypename } = statement;
  if (relation?.relpersistence === 't') return [];
  const columns: MadeColumn[] = [];
  const constraints: MadeConstraint[] = [];
  let whole = (inhRelations ?? []).length === 0 && ofTypename === undefined;
  for (const element of tableElts ?? []) {
    if ('ColumnDef' in element) {
      const made = columnOf(element.ColumnDef, text, at);
      columns.push(made.column);
      constraints.push(...made.constraints);
    } else if ('Constraint' in element) {
      constraints.push(...[constraintOf(element.Constraint, text, at) ?? []].flat());
    } else whole = false;
  }
  const parent = inhRelations?.[0];
  const partitionOf =
    partbound !== undefined && parent !== undefined && 'RangeVar' in parent ? nameOf(parent.RangeVar) : null;
  return [{ does: 'create table', table: nameOf(relation), columns, constraints, whole, partitionOf }];
}

export function createIndex(statement: IndexStmt): What {
  const { relation, idxname, unique, concurrent, if_not_exists: ifNotExists } = statement;
  const table = nameOf(relation);
  return {
    does: 'create index',
    table,
    index: idxname === undefined ? null : { schema: table.schema, name: idxname },
    unique: unique === true,
    concurrently: concurrent === true,
    ifNotExists: ifNotExists === true,
  };
}
