import type { Act, MadeColumn, MadeConstraint } from './acts/act.ts';
import type { Facts } from './facts.ts';
import { isSame, type Name } from './name.ts';
import {
  alter,
  empty,
  keepFromNull,
  knownColumn,
  knownConstraint,
  type Relation,
  relationOf,
} from './relation.ts';

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
  /** By the last part of their names; of several the newest is the last. */
  readonly #relations = new Map<string, Relation[]>();
  /** Those that are not as they were before the file began. */
  readonly #touched = new Set<Relation>();
  readonly #types: Name[] = [];

  constructor(facts: Facts | null) {
    this.isWhole = facts !== null;
    for (const one of facts?.relations ?? []) this.#put(relationOf(one));
  }

  find(name: Name): Relation | null {
    return this.#relations.get(name.name)?.findLast((one) => isSame(one.name, name)) ?? null;
  }

  /** The table that has this index; null where nobody knows. */
  tableOfIndex({ name, schema }: Name): Relation | null {
    for (const relations of this.#relations.values())
      for (const one of relations)
        if (one.indexes.some((index) => index.name === name) && maySame(one.name.schema, schema)) return one;
    return null;
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
    for (const one of this.#touched) {
      one.fresh = false;
      one.renamed = false;
      one.emptied = false;
    }
    this.#touched.clear();
    this.#types.length = 0;
  }

  /** What an act makes of it. */
  learn(act: Act): void {
    switch (act.does) {
      case 'create table':
        return this.#create(act.table, act.columns, act.constraints);
      case 'create view':
        return this.#put({ ...empty(act.view), kind: 'view' });
      case 'create type':
        return void this.#types.push(act.type);
      case 'drop':
        return this.#drop(act.name);
      case 'drop index':
        return this.#dropIndex(act.index);
      case 'move':
        return this.#with(act.table, (one) => this.#call(one, { schema: act.to }));
      case 'rename':
        return this.#rename(act);
      default:
        if ('table' in act && act.table !== null) this.#alter(act.table, act);
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
    this.#put(one);
  }

  #put(one: Relation): void {
    this.#relations.set(one.name.name, [...(this.#relations.get(one.name.name) ?? []), one]);
    if (one.fresh) this.#touched.add(one);
  }

  #remove(one: Relation): void {
    const others = (this.#relations.get(one.name.name) ?? []).filter((other) => other !== one);
    this.#relations.set(one.name.name, others);
  }

  #drop(name: Name): void {
    const found = this.find(name);
    if (found !== null) this.#remove(found);
    for (const relations of this.#relations.values())
      for (const one of relations) one.dependents = one.dependents.filter((user) => !isSame(user, name));
  }

  /** A foreign key that is gone no longer uses what it referred to. */
  #alter(name: Name, act: Act): void {
    this.#with(name, (one) => {
      const before = one.constraints;
      alter(one, act);
      for (const { parent } of before.filter((constraint) => !one.constraints.includes(constraint))) {
        const used = parent === null ? null : this.find(parent);
        if (used !== null) used.dependents = used.dependents.filter((user) => !isSame(user, one.name));
      }
    });
  }

  #call(one: Relation, to: Partial<Name>): void {
    this.#remove(one);
    one.name = { ...one.name, ...to };
    one.renamed = true;
    this.#put(one);
  }

  #dropIndex(index: Name): void {
    const found = this.tableOfIndex(index);
    if (found !== null) found.indexes = found.indexes.filter(({ name }) => name !== index.name);
  }

  #rename({ type, of, from, to }: Extract<Act, { does: 'rename' }>): void {
    if (type === 'table' || type === 'view') this.#with(of, (one) => this.#call(one, { name: to }));
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
    if (found === null) return;
    this.#touched.add(found);
    change(found);
  }
}

function maySame(a: string | null, b: string | null): boolean {
  return a === null || b === null || a === b;
}
