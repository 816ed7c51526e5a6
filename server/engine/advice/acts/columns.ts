import type { ColumnDef, Constraint, Node } from 'libpg-query';
import { isSerial, typeOf } from '../sql-type.ts';
import type { MadeColumn, MadeConstraint } from './act.ts';
import { constraintOf } from './constraints.ts';
import { eachRowIn } from './each-row.ts';
import type { StatementText } from './text.ts';

/** Reads the definition of a column, and the constraints that are written with it. */
export function columnOf(
  definition: ColumnDef,
  text: StatementText,
  at: number,
): { column: MadeColumn; constraints: MadeConstraint[] } {
  const { colname = '', typeName, location } = definition;
  const parts = constraintsIn(definition.constraints);
  const here = text.offset(location, at);
  const type = typeName === undefined ? null : typeOf(typeName);
  const constraints = parts.flatMap((part) => constraintOf(part, text, here, colname) ?? []);
  const is = (kind: Constraint['contype']): boolean => parts.some(({ contype }) => contype === kind);
  const column: MadeColumn = {
    name: colname,
    type,
    notNull:
      is('CONSTR_NOTNULL') ||
      is('CONSTR_PRIMARY') ||
      is('CONSTR_IDENTITY') ||
      (type !== null && isSerial(type)),
    hasDefault: is('CONSTR_DEFAULT') || is('CONSTR_IDENTITY') || is('CONSTR_GENERATED') || isSerialType(type),
    eachRow: eachRowOf(type, parts),
    at: here,
  };
  return { column, constraints };
}

function isSerialType(type: MadeColumn['type']): boolean {
  return type !== null && isSerial(type);
}

function eachRowOf(type: MadeColumn['type'], parts: readonly Constraint[]): string | null {
  if (type !== null && isSerial(type)) return type.name;
  for (const { contype, raw_expr: expression, generated_kind: kind } of parts) {
    if (contype === 'CONSTR_IDENTITY') return 'GENERATED … AS IDENTITY';
    if (contype === 'CONSTR_GENERATED' && kind !== 'v') return 'GENERATED ALWAYS AS … STORED';
    const call = contype === 'CONSTR_DEFAULT' ? eachRowIn(expression) : null;
    if (call !== null) return `DEFAULT ${call}`;
  }
  return null;
}

function constraintsIn(nodes: readonly Node[] | undefined): Constraint[] {
  return (nodes ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));
}
