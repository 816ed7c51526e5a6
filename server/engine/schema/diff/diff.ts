import { compareLines, type Line } from './lines.ts';
import { compareObjects, type SchemaObject, textOf, titleOf } from './object.ts';
import { renamesIn, withNewNames } from './renames.ts';

/** What became of one object. */
export interface Change {
  readonly change: 'added' | 'removed' | 'changed' | 'renamed';
  /** null where it was added. */
  readonly before: SchemaObject | null;
  /** null where it was removed. */
  readonly after: SchemaObject | null;
  /** Its definition line by line. */
  readonly lines: readonly Line[];
  /** Whether nothing but the new name of something else is different in it. */
  readonly follows: boolean;
}

/** What is different between two states of a schema, in the order in which objects are listed. */
export type SchemaDiff = readonly Change[];

/** Whether both states are of the same database, where an object keeps its OID when it is renamed. */
export type Oids = 'same database' | 'other database';

/** What is different between two states of a schema, in the order in which objects are listed. */
export function diffSchemas(
  before: readonly SchemaObject[],
  after: readonly SchemaObject[],
  oids: Oids,
): SchemaDiff {
  const changed = pairs(before, after, oids).filter(([old, now]) => !isSame(old, now, oids));
  const renames = renamesIn(changed);
  return changed
    .map(([old, now]) => changeOf(old, now, renames))
    .toSorted((a, b) => compareObjects((a.after ?? a.before)!, (b.after ?? b.before)!));
}

type Pair = readonly [SchemaObject | null, SchemaObject | null];

/** By OID, and what is left by name: something that was dropped and made anew. */
function pairs(before: readonly SchemaObject[], after: readonly SchemaObject[], oids: Oids): Pair[] {
  const rest = new Set(after);
  const found = new Map<SchemaObject, SchemaObject>();
  const pairBy = (keyOf: (object: SchemaObject) => string): void => {
    const byKey = new Map([...rest].map((object) => [keyOf(object), object]));
    for (const old of before) {
      const now = found.has(old) ? undefined : byKey.get(keyOf(old));
      if (now === undefined) continue;
      found.set(old, now);
      rest.delete(now);
    }
  };
  if (oids === 'same database') pairBy(({ kind, oid }) => `${kind} ${oid}`);
  pairBy(identityOf);
  return [
    ...before.map((old): Pair => [old, found.get(old) ?? null]),
    ...[...rest].map((now): Pair => [null, now]),
  ];
}

function identityOf(object: SchemaObject): string {
  return JSON.stringify([object.kind, object.schema, object.table, object.name]);
}

/** A column that was dropped and made anew is written the same, but is empty: in the same table it has another number. */
function isSame(a: SchemaObject | null, b: SchemaObject | null, oids: Oids): boolean {
  if (a === null || b === null || identityOf(a) !== identityOf(b) || textOf(a) !== textOf(b)) return false;
  const isSameTable = oids === 'same database' && a.oid === b.oid;
  return !isSameTable || a.columns.every(({ number }, index) => number === b.columns[index]!.number);
}

function changeOf(
  before: SchemaObject | null,
  after: SchemaObject | null,
  renames: ReadonlyMap<string, string>,
): Change {
  const lines = compareLines(before === null ? '' : textOf(before), after === null ? '' : textOf(after));
  if (before === null) return { change: 'added', before, after, lines, follows: false };
  if (after === null) return { change: 'removed', before, after, lines, follows: false };
  const change = isRenamed(before, after) ? 'renamed' : 'changed';
  return { change, before, after, lines, follows: isFollowing(before, after, renames) };
}

/** What is part of a table moves to another schema with it. */
function isRenamed(before: SchemaObject, after: SchemaObject): boolean {
  return before.name !== after.name || (before.schema !== after.schema && after.table === null);
}

/** Whether nothing of its own is different, but what something else is called in it. */
function isFollowing(
  before: SchemaObject,
  after: SchemaObject,
  renames: ReadonlyMap<string, string>,
): boolean {
  if (renames.size === 0 || isRenamed(before, after) || columnNames(before) !== columnNames(after))
    return false;
  return withNewNames(textOf(before), renames) === withNewNames(textOf(after), renames);
}

function columnNames({ columns }: SchemaObject): string {
  return JSON.stringify(columns.map(({ name, number }) => [number, name]));
}

/** `table public.users`, for a heading. */
export function subjectOf({ before, after }: Change): string {
  const object = (after ?? before)!;
  return `${object.kind} ${titleOf(object)}`;
}
