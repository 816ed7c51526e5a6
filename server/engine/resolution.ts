import { GanderError } from './errors.ts';
import type { StepProgress } from './journal/index.ts';
import { type Direction, type Migration, sectionOf, type Statement } from './migration.ts';
import { type Plan, planOf, type Step, stepOf, title } from './plan.ts';
import type { MigrationState, State } from './state.ts';

/**
 * What a person has decided about a dirty migration: what is in the database (`applied`, `not applied`), or to run it again
 * from the start (`retry`), or from where it stopped (`resume`).
 */
export type Resolution = 'applied' | 'not applied' | 'retry' | 'resume';

/** The dirty migration of this version. @throws GanderError `unknown_version`, `invalid_request` when it is not dirty */
export function requireDirty({ migrations }: State, version: bigint): MigrationState {
  const found = migrations.find((one) => one.version === version);
  if (found === undefined) {
    throw new GanderError(
      'unknown_version',
      `There is no migration ${version}, neither in the folder nor in the history.`,
      {
        next: 'gander status lists them all.',
      },
    );
  }
  if (found.dirty === null) {
    throw new GanderError(
      'invalid_request',
      `${title(found)} is ${found.state}, not dirty: there is nothing to resolve.`,
    );
  }
  return found;
}

/** The plan that records a dirty migration as applied, or as never run, running nothing. Pure. */
export function planToRecord(
  state: State,
  dirty: MigrationState,
  resolution: 'applied' | 'not applied',
): Plan {
  return resolution === 'applied'
    ? planOf(state, 'up', [stepOf(dirty, 'mark', dirty.migration)])
    : planOf(state, 'down', [stepOf(dirty, 'forget', null)]);
}

/** The plan that runs a dirty migration, from its first statement or a later one. Pure. */
export function planToRun(state: State, dirty: MigrationState, migration: Migration, from: number): Plan {
  const step: Step = { ...stepOf(dirty, 'run', migration), from };
  return planOf(state, directionOf(dirty), [step]);
}

export function directionOf({ dirty }: MigrationState): Direction {
  return dirty?.direction ?? 'up';
}

/** Where a run stopped: how many statements are done, and the next one if nobody knows whether it is. */
export interface Stop {
  readonly done: number;
  readonly inDoubt: boolean;
}

export function stopOf({ statements }: StepProgress): Stop {
  const byPosition = new Map(statements.map((one) => [one.position, one.state]));
  let done = 0;
  while (['done', 'earlier'].includes(byPosition.get(done) ?? '')) done++;
  return { done, inDoubt: byPosition.get(done) === 'running' };
}

/**
 * Which statement to go on with, from 0. Pure.
 *
 * @param asked what the person said, from 1
 * @param happened what the database says of a statement that is in doubt; null when it cannot tell
 * @throws GanderError `invalid_request` when only a person can tell, or what was asked for would leave something out
 */
export function resumeAt(
  { done, inDoubt }: Stop,
  statements: readonly Statement[],
  asked: number | undefined,
  happened: boolean | null,
): number {
  if (asked !== undefined) return requireNear(asked, done, statements.length);
  if (!inDoubt) return done;
  if (happened !== null) return happened ? done + 1 : done;
  const number = done + 1;
  throw new GanderError(
    'invalid_request',
    `Statement ${number} (line ${statements[done]?.line}) was on its way when the run was cut off, and nobody can tell from here whether it happened.`,
    {
      next: `Look into the database; then say --from ${number} if it did not, --from ${number + 1} if it did.`,
    },
  );
}

function requireNear(asked: number, done: number, count: number): number {
  const nearest = [done + 1, done + 2].filter((number) => number <= count + 1);
  if (nearest.includes(asked)) return asked - 1;
  throw new GanderError(
    'invalid_request',
    `${done === 1 ? 'One statement is' : `${done} statements are`} recorded as done, of ${count}: it cannot go on with statement ${asked}.`,
    { next: `Go on with ${nearest.join(' or ')}.` },
  );
}

/** What is done must be what the file says was done. @throws GanderError `changed` */
export function requireSameStart(ran: Migration, now: Migration, direction: Direction, count: number): void {
  const [before, after] = [ran, now].map(({ script }) => sectionOf(script, direction).statements);
  for (let index = 0; index < count; index++) {
    if (before?.[index]?.text === after?.[index]?.text) continue;
    throw new GanderError(
      'changed',
      `Statement ${index + 1} of ${title(now)} has been done, but the file says something else there now.`,
      {
        file: now.file,
        next: 'Put it back as it was and change only what comes after it, or make the database fit the file and resolve it as applied.',
      },
    );
  }
}
