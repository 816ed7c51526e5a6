import type { Locked, Look, Relation, Relations } from './look.ts';
import type { Blocks, BuiltIndex, RehearsedStatement, RowChanges, Scan, TakenLock } from './rehearsal.ts';

/** From the weakest to the strongest (docs: 13.3.1). */
const MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

/** What is seen of a statement by what is different after it. */
export type Seen = Pick<RehearsedStatement, 'rewritten' | 'scanned' | 'indexes' | 'changed' | 'sequences'> & {
  readonly locks: readonly Omit<TakenLock, 'heldMs'>[];
};

/**
 * What a statement did, told by what this transaction had locked before and after it. Nobody else sees what was made in the
 * rehearsal: of that only the rows are told.
 *
 * @param existing what was there when the rehearsal began
 */
export function seenBetween(before: Look, after: Look, existing: Relations): Seen {
  const was = (oid: number): Relation | undefined => before.get(oid)?.is ?? existing.get(oid);
  const found = [...after].map(([oid, now]): Found => {
    return { oid, now, was: was(oid), old: existing.get(oid) ?? null, held: before.get(oid) ?? null };
  });
  const tables = found.filter(({ now, was: then }) => 'rpm'.includes((now.is ?? then)?.kind ?? 'none'));
  return {
    locks: locksOf(found),
    rewritten: tables
      .filter((one) => one.old !== null && one.now.is !== null && one.now.is.file !== one.was?.file)
      .map(nameOf),
    scanned: tables.filter(({ old }) => old !== null).flatMap(scanOf),
    indexes: found.flatMap((one) => indexOf(one, existing)),
    changed: tables.flatMap(rowsOf),
    sequences: found.filter(isUsedUp).map(nameOf),
  };
}

interface Found {
  readonly oid: number;
  readonly now: Locked;
  /** As it was before the statement; undefined where it was not there. */
  readonly was: Relation | undefined;
  /** As it was before the rehearsal; null where it was not there. */
  readonly old: Relation | null;
  /** As it was locked before the statement. */
  readonly held: Locked | null;
}

/** Its name from before: those who use it know it by that. */
function nameOf({ now, was, old }: Pick<Found, 'now' | 'was' | 'old'>): string {
  const { schema, name } = (old ?? was ?? now.is)!;
  return `${schema}.${name}`;
}

/** What the strongest of some locks keeps others from. */
export function blocksOf(mode: string): Blocks {
  if (mode === 'AccessExclusiveLock') return 'reads and writes';
  return rankOf(mode) >= rankOf('ShareLock') ? 'writes' : 'nothing';
}

/** Of none: less than of any. */
function rankOf(mode: string | undefined): number {
  return mode === undefined ? -1 : MODES.indexOf(mode);
}

export function strongest(modes: readonly string[]): string | null {
  return modes.toSorted((a, b) => rankOf(b) - rankOf(a))[0] ?? null;
}

/** To read takes a lock as well, and keeps from nothing but what would change or drop it: that one is not told. */
function locksOf(found: readonly Found[]): Seen['locks'] {
  const taken = found.flatMap((one) => {
    const mode = strongest(one.now.modes);
    const isNew = mode !== null && mode !== strongest(one.held?.modes ?? []);
    return one.old === null || !isNew || mode === 'AccessShareLock' ? [] : [{ ...one, mode }];
  });
  const modeOf = new Map(taken.map(({ oid, mode }) => [oid, mode]));
  return taken
    .filter(({ old, mode }) => {
      // Its table's lock says it all; and to take a number of a sequence holds up nobody.
      const goesWithTable = old!.of !== null && rankOf(mode) <= rankOf(modeOf.get(old!.of));
      return !goesWithTable && !(old!.kind === 'S' && mode === 'RowExclusiveLock');
    })
    .map(({ mode, ...one }) => ({ relation: nameOf(one), mode, blocks: blocksOf(mode) }));
}

function scanOf(one: Found): Scan[] {
  const { is } = one.now;
  if (is === null || is.scans <= (one.was?.scans ?? 0)) return [];
  return [{ table: nameOf(one), rows: is.read - (one.was?.read ?? 0) }];
}

/** Another file, or none before: on a table that was there. */
function indexOf(one: Found, existing: Relations): BuiltIndex[] {
  const { is } = one.now;
  const table = is === null || is.of === null ? undefined : existing.get(is.of);
  if (is === null || table === undefined || !'iI'.includes(is.kind) || is.file === one.was?.file) return [];
  return [{ index: is.name, table: `${table.schema}.${table.name}` }];
}

function rowsOf(one: Found): RowChanges[] {
  const { is } = one.now;
  if (is === null) return [];
  const [inserted, updated, deleted] = (['inserted', 'updated', 'deleted'] as const).map(
    (count) => is[count] - (one.was?.[count] ?? 0),
  ) as [number, number, number];
  return inserted + updated + deleted > 0 ? [{ table: nameOf(one), inserted, updated, deleted }] : [];
}

function isUsedUp({ old, now, held }: Found): boolean {
  return old?.kind === 'S' && takesNumbers(now) && (held === null || !takesNumbers(held));
}

function takesNumbers({ modes }: Locked): boolean {
  return modes.includes('RowExclusiveLock');
}
