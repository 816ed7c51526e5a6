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

/** Where a run stopped. */
export interface Stop {
  /** How many statements are done for good. */
  readonly done: number;
  /** Whether nobody knows if the next one, or the COMMIT of a transaction of the file's own, happened. */
  readonly inDoubt: boolean;
  /** How many are done if it did. */
  readonly orElse: number;
}

export function stopOf({ statements }: StepProgress): Stop {
  const byPosition = new Map(statements.map((one) => [one.position, one]));
  const stateOf = (position: number): string => byPosition.get(position)?.state ?? '';
  let done = 0;
  while (['done', 'earlier'].includes(stateOf(done))) done++;
  let cut = done;
  while (stateOf(cut) === 'open') cut++;
  // A transaction of the file's own that was cut off is undone, unless its COMMIT was on its way.
  const commits = /^(?:commit|end)$/.test(byPosition.get(cut)?.kind ?? '');
  return { done, orElse: cut + 1, inDoubt: stateOf(cut) === 'running' && (cut === done || commits) };
}

/**
 * Which statement to go on with, from 0. Pure.
 *
 * @param asked what the person said, from 1
 * @param happened what the database says of a statement that is in doubt; null when it cannot tell
 * @throws GanderError `invalid_request` when only a person can tell, or what was asked for would leave something out
 */
export function resumeAt(
  { done, inDoubt, orElse }: Stop,
  statements: readonly Statement[],
  asked: number | undefined,
  happened: boolean | null,
): number {
  const either = [done + 1, orElse + 1].filter((number) => number <= statements.length + 1);
  if (asked !== undefined && either.includes(asked)) return asked - 1;
  if (asked !== undefined) throw tooFar(asked, done, statements.length, either);
  if (!inDoubt) return done;
  if (happened !== null) return happened ? orElse : done;
  throw new GanderError(
    'invalid_request',
    `Statement ${orElse} (line ${statements[orElse - 1]?.line}) was on its way when the run was cut off, and nobody can tell from here whether it happened.`,
    {
      next: `Look into the database; then say --from ${done + 1} if it did not, --from ${orElse + 1} if it did.`,
    },
  );
}

function tooFar(asked: number, done: number, count: number, either: readonly number[]): GanderError {
  return new GanderError(
    'invalid_request',
    `${done === 1 ? 'One statement is' : `${done} statements are`} recorded as done, of ${count}: it cannot go on with statement ${asked}.`,
    { next: `Go on with ${either.join(' or ')}.` },
  );
}

/** What a statement leaves in its session and not in the database, and what brings it back: running it again. */
const OF_SESSION = /^(?:set|reset|load|listen|unlisten)$/;

/** The statements before this one that have to be run again, because what they did went with their session. */
export function toRepeat(statements: readonly Statement[], from: number): Statement[] {
  return statements
    .slice(0, from)
    .filter(({ kind, text }) => OF_SESSION.test(kind) || /\bset_config\s*\(/i.test(text));
}

/** What went with its session and cannot be had again by running the statement alone. @throws GanderError `invalid_request` */
export function requireNoneLost(migration: Migration, statements: readonly Statement[], from: number): void {
  const lost = statements
    .slice(0, from)
    .find(({ kind, text }) => kind === 'prepare' || IS_TEMPORARY.test(text));
  if (lost === undefined) return;
  throw new GanderError(
    'invalid_request',
    `What the statement in line ${lost.line} of ${title(migration)} made was for its session only, and is gone with it: the migration cannot go on without it.`,
    {
      file: migration.file,
      next: 'Do the rest by hand and say --applied; or undo what is done and say --retry.',
    },
  );
}

const IS_TEMPORARY = /^create\s+(?:(?:local|global)\s+)?temp(?:orary)?\s/i;

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
