import { compareObjects, type SchemaObject } from './object.ts';

/** A definition that an object had for a time. */
export interface ObjectVersion {
  readonly object: SchemaObject;
  /** The id of the record that it came with. */
  readonly since: string;
  /** Whether the object has it still. */
  readonly stands: boolean;
}

/** An object, and which records made it what it is. */
export interface Blamed {
  readonly object: SchemaObject;
  /** The id of the record that changed it last. */
  readonly since: string;
  /** Of each column, by its number, the id of the record that made it or changed it last. */
  readonly columns: ReadonlyMap<number, string>;
}

/** Who made of every object, and of every column, what it is. @param versions oldest first */
export function blame(versions: readonly ObjectVersion[]): Blamed[] {
  const columns = new Map<string, Map<number, Since>>();
  for (const { object, since } of versions) {
    const key = `${object.kind} ${object.oid}`;
    columns.set(key, follow(object, since, columns.get(key)));
  }
  return versions
    .filter(({ stands }) => stands)
    .map(({ object, since }) => ({
      object,
      since,
      columns: sinceOf(columns.get(`${object.kind} ${object.oid}`)),
    }))
    .toSorted((a, b) => compareObjects(a.object, b.object));
}

interface Since {
  readonly is: string;
  readonly since: string;
}

/** A column that is written as before has been there since before. */
function follow(
  { columns }: SchemaObject,
  since: string,
  before: ReadonlyMap<number, Since> | undefined,
): Map<number, Since> {
  return new Map(
    columns.map(({ number, name, is }) => {
      const text = `${name} ${is}`;
      const old = before?.get(number);
      return [number, old?.is === text ? old : { is: text, since }];
    }),
  );
}

function sinceOf(columns: ReadonlyMap<number, Since> | undefined): Map<number, string> {
  return new Map([...(columns ?? [])].map(([number, { since }]) => [number, since]));
}
