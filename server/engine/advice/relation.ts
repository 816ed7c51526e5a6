import type { Act, ConstraintKind, MadeColumn, MadeConstraint } from './acts/act.ts';
import type { ConstraintFacts, Dependent, RelationFacts } from './facts.ts';
import type { Name } from './name.ts';
import { isSerial, type SqlType, typeFrom } from './sql-type.ts';

interface Column {
  type: SqlType | null;
  notNull: boolean;
}

interface Constraint {
  readonly name: string | null;
  readonly kind: ConstraintKind;
  readonly columns: readonly string[];
  /** The column that it keeps from being null. */
  readonly notNull: string | null;
  readonly parent: Name | null;
  validated: boolean;
}

/** What is known of a table, or of a view. */
export interface Relation {
  name: Name;
  readonly kind: RelationFacts['kind'];
  /** Whether it is made by what is being looked at: nobody uses it yet, and it holds little. */
  fresh: boolean;
  /** Whether it has just got another name: by this one nobody knows it. */
  renamed: boolean;
  /** Whether all its rows have just been taken out. */
  emptied: boolean;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly columns: Map<string, Column>;
  constraints: Constraint[];
  indexes: { readonly name: string; readonly valid: boolean }[];
  dependents: readonly Dependent[];
}

/** What an act makes of a table that is there. */
export function alter(one: Relation, act: Act): void {
  switch (act.does) {
    case 'add column':
      one.columns.set(act.column.name, knownColumn(act.column));
      one.constraints.push(...act.constraints.map(knownConstraint));
      break;
    case 'drop column':
      one.columns.delete(act.column);
      one.constraints = one.constraints.filter(({ columns }) => !columns.includes(act.column));
      break;
    case 'set type':
      one.columns.set(act.column, { type: act.type, notNull: one.columns.get(act.column)?.notNull ?? false });
      break;
    case 'set not null':
      one.columns.set(act.column, { type: one.columns.get(act.column)?.type ?? null, notNull: act.on });
      break;
    case 'add constraint':
      one.constraints.push(knownConstraint(act.constraint));
      if (act.constraint.kind === 'primary key' || act.constraint.kind === 'not null')
        for (const column of act.constraint.columns) keepFromNull(one, column);
      break;
    case 'validate':
      for (const constraint of one.constraints)
        if (constraint.name === act.constraint) constraint.validated = true;
      break;
    case 'drop constraint':
      one.constraints = one.constraints.filter(({ name }) => name !== act.constraint);
      break;
    case 'truncate':
      one.emptied = true;
      break;
    case 'delete':
      one.emptied ||= !act.some;
      break;
    case 'create index':
      if (act.index !== null && !one.indexes.some(({ name }) => name === act.index?.name))
        one.indexes.push({ name: act.index.name, valid: true });
      break;
    default:
  }
}

export function keepFromNull(one: Relation, column: string | null): void {
  const known = column === null ? undefined : one.columns.get(column);
  if (known !== undefined) known.notNull = true;
}

export function knownColumn({ type, notNull }: MadeColumn): Column {
  const integer = type === null ? null : (SERIALS[type.name] ?? null);
  return {
    type: type !== null && isSerial(type) && integer !== null ? { ...type, name: integer } : type,
    notNull,
  };
}

const SERIALS: Readonly<Record<string, string>> = {
  smallserial: 'int2',
  serial2: 'int2',
  serial: 'int4',
  serial4: 'int4',
  bigserial: 'int8',
  serial8: 'int8',
};

export function knownConstraint({
  name,
  kind,
  columns,
  notNull,
  parent,
  validated,
}: MadeConstraint): Constraint {
  return { name, kind, columns, notNull, parent, validated };
}

/** A table that has just been made, and of which nothing is known yet. */
export function empty(name: Name): Relation {
  return {
    name,
    kind: 'table',
    fresh: true,
    renamed: false,
    emptied: false,
    rows: null,
    bytes: null,
    columns: new Map(),
    constraints: [],
    indexes: [],
    dependents: [],
  };
}

/** A table as the database has it. */
export function relationOf(facts: RelationFacts): Relation {
  const { schema, name, kind, rows, bytes, indexes, dependents } = facts;
  const columns = facts.columns.map((one): [string, Column] => [
    one.name,
    { type: typeFrom(one.type), notNull: one.notNull },
  ]);
  const constraints = facts.constraints.map(constraintOf);
  const known = { columns: new Map(columns), constraints, indexes: [...indexes] };
  return {
    name: { schema, name },
    kind,
    fresh: false,
    renamed: false,
    emptied: false,
    rows,
    bytes,
    dependents,
    ...known,
  };
}

function constraintOf({ parent, ...known }: ConstraintFacts): Constraint {
  return { ...known, parent: parent === null ? null : { schema: null, name: parent } };
}
