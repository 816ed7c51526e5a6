import type { Answer } from '../probes/index.ts';
import type { Effect } from '../sql/effects/index.ts';
import { isSame, keyOf, subjectsOf } from './subjects.ts';

/** What one statement does to the catalogs, what they say of it, and whether it has happened as far as the record tells. */
export interface Reading<Told extends Answer = Answer> {
  readonly effects: readonly Effect[];
  /** One for each effect. */
  readonly looks: readonly Told[];
  /** null: nobody knows. */
  readonly happened: boolean | null;
  /** Whether it takes away as well what nobody has named: CASCADE. */
  readonly cascades?: boolean;
}

/**
 * Takes into account that statements of one file deal with the same things: what a later one has taken away again is no
 * sign that an earlier one was not done, and what an earlier one is still to take away is none that a later one was. Pure.
 */
export function reconcile<Told extends Answer>(told: readonly Reading<Told>[]): Told[][] {
  const readings = told.map(withinStatement);
  const others = byKey(readings);
  return readings.map(({ looks, effects }, at) =>
    looks.map((look, index) => {
      const effect = effects[index]!;
      const same = others.near(effect);
      const but =
        look.verdict === 'done' ? notYet(readings, at, effect, same) : undone(readings, at, effect, same);
      if (but === null || look.verdict === 'cannot tell') return look;
      return { ...look, verdict: 'cannot tell', found: `${look.found} ${but}`, repairs: [] };
    }),
  );
}

/** DROP CONSTRAINT c, ADD CONSTRAINT c: that it is there says neither that it was dropped nor that it is the new one. */
function withinStatement<Told extends Answer>(reading: Reading<Told>): Reading<Told> {
  const { effects, looks } = reading;
  if (effects.length < 2) return reading;
  const again = effects.map((one, at) => effects.slice(at + 1).some((other) => undoes(other, one)));
  if (!again.includes(true)) return reading;
  const anew = effects.map((one, at) => effects.slice(0, at).some((other) => undoes(one, other)));
  return {
    ...reading,
    looks: looks.map((look, at): Told => {
      if (again[at] === true)
        return {
          ...look,
          verdict: 'cannot tell',
          found: `${look.found} It is made anew by the same statement.`,
        };
      return anew[at] === true ? { ...look, mayBeOld: true } : look;
    }),
  };
}

/** An effect, and which statement has it. */
interface Place {
  readonly at: number;
  readonly effect: Effect;
}

/** Finds the effects that are about something of the same name. */
function byKey(readings: readonly Reading[]): { near(effect: Effect): readonly Place[] } {
  const places = new Map<string, Place[]>();
  for (const [at, { effects }] of readings.entries()) {
    for (const effect of effects) {
      for (const key of new Set(subjectsOf(effect).map(keyOf))) {
        const known = places.get(key);
        if (known === undefined) places.set(key, [{ at, effect }]);
        else known.push({ at, effect });
      }
    }
  }
  return { near: (effect) => subjectsOf(effect).flatMap((subject) => places.get(keyOf(subject)) ?? []) };
}

/** Why something that is not there, or not whole, may have been made all the same. */
function undone(
  readings: readonly Reading[],
  at: number,
  effect: Effect,
  near: readonly Place[],
): string | null {
  if (readings[at]!.happened === false) return null;
  const cascade = readings.findIndex((one, place) => place > at && one.cascades === true && hasHappened(one));
  if (cascade >= 0) return `Statement ${cascade + 1} may have taken it away again.`;
  const later = near.find(
    (one) => one.at > at && hasHappened(readings[one.at]!) && undoes(one.effect, effect),
  );
  return later === undefined ? null : `Statement ${later.at + 1} changes it again.`;
}

/** Why something that is there may not be what this statement makes. */
function notYet(
  readings: readonly Reading[],
  at: number,
  effect: Effect,
  near: readonly Place[],
): string | null {
  if (readings[at]!.happened === true) return null;
  const earlier = near.find(
    (one) => one.at < at && readings[one.at]!.happened === false && undoes(effect, one.effect),
  );
  return earlier === undefined
    ? null
    : `But statement ${earlier.at + 1}, which deals with it first, is not done.`;
}

function hasHappened({ happened, looks }: Reading): boolean {
  return happened ?? looks.some(({ verdict }) => verdict === 'done');
}

/** Whether what `one` leaves may no longer be so once `other` is done. */
function undoes(other: Effect, one: Effect): boolean {
  const [target] = subjectsOf(other);
  const [own, ...around] = subjectsOf(one);
  if (takesAway(other))
    return [own, ...around].some((subject) => isSame(subject, target)) || isColumnOf(other, one);
  if (changesColumn(other) && (one.about === 'column' || one.about === 'relation'))
    return isSame(own, target) || isColumnOf(other, one);
  return isSame(own, target) && (takesAway(one) || (other.about === one.about && other !== one));
}

/** What a column was made with need not be what it has. */
function changesColumn({ about }: Effect): boolean {
  return ['column type', 'not null', 'default', 'identity'].includes(about);
}

function takesAway(effect: Effect): boolean {
  if ('there' in effect) return !effect.there;
  if (effect.about === 'partition') return !effect.attached;
  return effect.about === 'rename' || (effect.about === 'setting' && effect.setting === 'schema');
}

/** CREATE TABLE says which columns the table has. */
function isColumnOf(other: Effect, one: Effect): boolean {
  const [, table] = subjectsOf(other);
  return (
    one.about === 'relation' &&
    other.about !== 'relation' &&
    table?.what === 'relation' &&
    isSame(subjectsOf(one)[0], table)
  );
}
