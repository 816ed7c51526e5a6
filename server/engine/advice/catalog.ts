import type { Act, ConstraintKind, MadeColumn, MadeConstraint } from './acts/act.ts';
import type { ConstraintFacts, Dependent, Facts, RelationFacts } from './facts.ts';
import { isSame, type Name } from './name.ts';
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
  readonly dependents: readonly Dependent[];
}

/**
 * How a table stands: made just now, not there at all, with hardly a row, with some, with very many, or nobody knows how
 * many.
 */
export type Standing = 'fresh' | 'absent' | 'tiny' | 'medium' | 'large' | 'unknown';

const TINY = { rows: 1_000, bytes: 2 ** 20 };
const LARGE = { rows: 1_000_000, bytes: 2 ** 30 };

/** The tables as they are before a statement: what the database says of them, or the files before it. */
export class Catalog {
  /** Whether the database was asked: then what is not known is not there. */
  readonly isWhole: boolean;
  readonly #relations: Relation[];
  readonly #types: Name[] = [];

  constructor(facts: Facts | null) {
    this.isWhole = facts !== null;
    this.#relations = (facts?.relations ?? []).map(relationOf);
  }

  find(name: Name): Relation | null {
    return this.#relations.findLast((one) => isSame(one.name, name)) ?? null;
  }

  /** The table that has this index; null where nobody knows. */
  tableOfIndex({ name, schema }: Name): Relation | null {
    const has = (one: Relation): boolean =>
      one.indexes.some((index) => index.name === name) &&
      (schema === null || one.name.schema === null || schema === one.name.schema);
    return this.#relations.findLast(has) ?? null;
  }

  standing(name: Name): Standing {
    const found = this.find(name);
    if (found === null) return this.isWhole ? 'absent' : 'unknown';
    const { fresh, emptied, rows, bytes } = found;
    if (fresh) return 'fresh';
    if (emptied) return 'tiny';
    if (rows === null) return 'unknown';
    if (rows >= LARGE.rows || (bytes ?? 0) >= LARGE.bytes) return 'large';
    return rows < TINY.rows && (bytes ?? 0) < TINY.bytes ? 'tiny' : 'medium';
  }

  isFreshType(type: Name): boolean {
    return this.#types.some((one) => isSame(one, type));
  }

  /** From now on nothing is new any more: another file begins, which may run a year later. */
  settle(): void {
    for (const one of this.#relations) {
      one.fresh = false;
      one.renamed = false;
      one.emptied = false;
    }
    this.#types.length = 0;
  }

  /** What an act makes of it. */
  learn(act: Act): void {
    switch (act.does) {
      case 'create table':
        return this.#create(act.table, act.columns, act.constraints);
      case 'create view':
        return void this.#relations.push({ ...empty(act.view), kind: 'view' });
      case 'create type':
        return void this.#types.push(act.type);
      case 'drop':
        return this.#drop(act.name);
      case 'drop index':
        return this.#dropIndex(act.index);
      case 'move':
        return this.#with(act.table, (one) => (one.name = { ...one.name, schema: act.to }));
      case 'rename':
        return this.#rename(act);
      default:
        return 'table' in act && act.table !== null
          ? this.#with(act.table, (one) => alter(one, act))
          : undefined;
    }
  }

  /** CREATE TABLE IF NOT EXISTS leaves alone what is there. */
  #create(name: Name, columns: readonly MadeColumn[], constraints: readonly MadeConstraint[]): void {
    if (this.find(name) !== null) return;
    const one = empty(name);
    for (const column of columns) one.columns.set(column.name, knownColumn(column));
    // A new table has no rows to look at: NOT VALID means nothing there.
    one.constraints = constraints.map((made) => ({ ...knownConstraint(made), validated: true }));
    for (const { notNull } of one.constraints) keepFromNull(one, notNull);
    this.#relations.push(one);
  }

  #drop(name: Name): void {
    const found = this.find(name);
    if (found !== null) this.#relations.splice(this.#relations.indexOf(found), 1);
  }

  #dropIndex(index: Name): void {
    const found = this.tableOfIndex(index);
    if (found !== null) found.indexes = found.indexes.filter(({ name }) => name !== index.name);
  }

  #rename({ type, of, from, to }: Extract<Act, { does: 'rename' }>): void {
    if (type === 'table' || type === 'view')
      this.#with(of, (one) => Object.assign(one, { name: { ...one.name, name: to }, renamed: true }));
    if (type !== 'column') return;
    this.#with(of, ({ columns }) => {
      const column = columns.get(from);
      if (column === undefined) return;
      columns.delete(from);
      columns.set(to, column);
    });
  }

  #with(name: Name, change: (one: Relation) => unknown): void {
    const found = this.find(name);
    if (found !== null) change(found);
  }
}

function alter(one: Relation, act: Act): void {
  switch (act.does) {
    case 'add column':
      one.columns.set(act.column.name, knownColumn(act.column));
      one.constraints.push(...act.constraints.map(knownConstraint));
      break;
    case 'drop column':
      one.columns.delete(act.column);
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

function keepFromNull(one: Relation, column: string | null): void {
  const known = column === null ? undefined : one.columns.get(column);
  if (known !== undefined) known.notNull = true;
}

function knownColumn({ type, notNull }: MadeColumn): Column {
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

function knownConstraint({ name, kind, columns, notNull, parent, validated }: MadeConstraint): Constraint {
  return { name, kind, columns, notNull, parent, validated };
}

function empty(name: Name): Relation {
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

function relationOf(facts: RelationFacts): Relation {
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
