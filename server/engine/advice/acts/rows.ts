import type { DeleteStmt, InsertStmt, Node, UpdateStmt, WithClause } from 'libpg-query';
import { nameOf } from '../name.ts';
import type { What } from './act.ts';

/** What changes rows; the queries of a WITH among it. */
export function changesIn(statement: Node): What[] {
  if ('InsertStmt' in statement)
    return [...inWith(statement.InsertStmt.withClause), insert(statement.InsertStmt)];
  if ('UpdateStmt' in statement) {
    const { withClause, relation } = statement.UpdateStmt;
    const some = chooses(statement.UpdateStmt) || (statement.UpdateStmt.fromClause ?? []).length > 0;
    return [...inWith(withClause), { does: 'update', table: nameOf(relation), some }];
  }
  if ('DeleteStmt' in statement) {
    const { withClause, relation } = statement.DeleteStmt;
    const some = chooses(statement.DeleteStmt) || (statement.DeleteStmt.usingClause ?? []).length > 0;
    return [...inWith(withClause), { does: 'delete', table: nameOf(relation), some }];
  }
  if ('MergeStmt' in statement)
    return [
      ...inWith(statement.MergeStmt.withClause),
      { does: 'merge', table: nameOf(statement.MergeStmt.relation) },
    ];
  return 'SelectStmt' in statement ? inWith(statement.SelectStmt.withClause) : [];
}

/** Rows that are written out are few; a query's may be many. */
function insert({ relation, selectStmt }: InsertStmt): What {
  const select = selectStmt !== undefined && 'SelectStmt' in selectStmt ? selectStmt.SelectStmt : null;
  const query = select !== null && select.valuesLists === undefined && (select.fromClause ?? []).length > 0;
  return { does: 'insert', table: nameOf(relation), query };
}

/** `WHERE true` chooses nothing. */
function chooses({ whereClause }: UpdateStmt | DeleteStmt): boolean {
  if (whereClause === undefined) return false;
  return !('A_Const' in whereClause && whereClause.A_Const.boolval?.boolval === true);
}

function inWith(clause: WithClause | undefined): What[] {
  return (clause?.ctes ?? []).flatMap((cte) =>
    'CommonTableExpr' in cte && cte.CommonTableExpr.ctequery !== undefined
      ? changesIn(cte.CommonTableExpr.ctequery)
      : [],
  );
}
