import { partsOf } from '../sql/names.ts';

/** A name as PostgreSQL reads it; null where no schema is written. */
export interface Name {
  readonly schema: string | null;
  readonly name: string;
}

export function nameOf(written: string): Name {
  const parts = partsOf(written);
  return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' };
}

function same(one: Name, other: Name): boolean {
  if (one.name !== other.name) return false;
  return one.schema === null || other.schema === null || one.schema === other.schema;
}

type Event =
  | { readonly did: 'rename'; readonly from: Name; readonly to: Name }
  | { readonly did: 'make' | 'drop'; readonly name: Name }
  | { readonly did: 'rename column'; readonly table: Name; readonly from: string; readonly to: string }
  | { readonly did: 'make column' | 'drop column'; readonly table: Name; readonly column: string };

/**
 * What has happened to names so far in a rollback: a later statement means by `users` what is called `members` today, or
 * what an earlier one has made, which does not hold anything of today's.
 */
export class Course {
  readonly #events: Event[] = [];

  note(event: Event): void {
    this.#events.push(event);
  }

  /** How it is called before the rollback; null where it is not there before, or has been dropped meanwhile. */
  relationToday(written: Name): Name | null {
    let name = written;
    for (const event of this.#events.toReversed()) {
      if (event.did === 'rename' && same(event.to, name))
        name = { schema: event.from.schema ?? name.schema, name: event.from.name };
      else if ((event.did === 'make' || event.did === 'drop') && same(event.name, name)) return null;
    }
    return name;
  }

  /** How a column is called before the rollback; null as of `relationToday`. @param table as it is called today */
  columnToday(table: Name, written: string): string | null {
    let column = written;
    for (const event of this.#events.toReversed()) {
      if (!('table' in event) || !same(event.table, table)) continue;
      if (event.did === 'rename column') column = event.to === column ? event.from : column;
      else if (event.column === column) return null;
    }
    return column;
  }
}
