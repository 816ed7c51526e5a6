import type { Constraint, Node } from 'libpg-query';
import { Head } from '../../sql/head.ts';
import { nameOf, stringsOf } from '../name.ts';
import type { ConstraintKind, MadeConstraint } from './act.ts';
import type { StatementText } from './text.ts';

const KINDS: Readonly<Partial<Record<NonNullable<Constraint['contype']>, ConstraintKind>>> = {
  CONSTR_PRIMARY: 'primary key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_FOREIGN: 'foreign key',
  CONSTR_CHECK: 'check',
  CONSTR_EXCLUSION: 'exclude',
  CONSTR_NOTNULL: 'not null',
};

/**
 * Reads a constraint; null for what is none to the rules (DEFAULT, GENERATED, a column's own NOT NULL).
 *
 * @param column the one it is written with; null where it is the table's
 */
export function constraintOf(
  constraint: Constraint,
  text: StatementText,
  at: number,
  column: string | null = null,
): MadeConstraint | null {
  const { contype, conname = null, location, is_enforced: enforced } = constraint;
  const kind = contype === undefined ? undefined : KINDS[contype];
  if (kind === undefined || (kind === 'not null' && column !== null)) return null;
  const here = text.offset(location, at);
  const named = kind === 'foreign key' ? constraint.fk_attrs : constraint.keys;
  const own = column === null ? [] : [column];
  const columns = kind === 'check' ? own : named === undefined ? own : stringsOf(named);
  return {
    kind,
    name: conname,
    columns,
    notNull:
      kind === 'not null' ? (columns[0] ?? null) : kind === 'check' ? notNullIn(constraint.raw_expr) : null,
    validated: constraint.skip_validation !== true && enforced !== false,
    parent: constraint.pktable === undefined ? null : nameOf(constraint.pktable),
    usingIndex: constraint.indexname !== undefined,
    definition: column === null ? definitionAt(text.sql, here) : '',
    at: here,
  };
}

/** The column that a condition keeps from being null, alone or together with more: `email IS NOT NULL`. */
function notNullIn(condition: Node | undefined): string | null {
  if (condition === undefined) return null;
  if ('BoolExpr' in condition && condition.BoolExpr.boolop === 'AND_EXPR')
    return condition.BoolExpr.args?.map(notNullIn).find((column) => column !== null) ?? null;
  if (!('NullTest' in condition) || condition.NullTest.nulltesttype !== 'IS_NOT_NULL') return null;
  return columnIn(condition.NullTest.arg);
}

/** The column that an expression is; null where it is more, or something else. */
export function columnIn(expression: Node | undefined): string | null {
  if (expression === undefined || !('ColumnRef' in expression)) return null;
  const parts = stringsOf(expression.ColumnRef.fields);
  return parts.length === 1 ? parts[0]! : null;
}

/** `CHECK (a > 0)`: what is written of a constraint, without its name and NOT VALID. */
function definitionAt(sql: string, at: number): string {
  const head = new Head(sql.slice(at));
  if (head.accept('constraint')) head.name();
  return head
    .upTo(',')
    .replace(/\s+not\s+valid$/i, '')
    .trim();
}
