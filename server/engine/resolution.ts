import { GanderError } from './errors.ts';
import type { Way } from './journal/index.ts';
import { type Direction, type Migration, sectionOf, type Statement } from './migration.ts';
import { type Plan, planOf, type Step, stepOf, title } from './plan.ts';
import type { Repair } from './probes/probe.ts';
import type { MigrationState, State } from './state.ts';

/**
 * What a person has decided about a dirty migration: what is in the database (`applied`, `not applied`), to run it again
 * from the start (`retry`), or from where it stopped (`resume`), to undo it with its own Down (`down`), or to set right what
 * is half done, and to go on where that is possible (`repair`).
 */
export type Resolution = Way;

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

/**
 * The plan that records a dirty migration as applied, or as never run, running nothing. Pure.
 *
 * @param ran what ran, which is what is applied when the file is gone; null where nobody knows
 */
export function planToRecord(
  state: State,
  dirty: MigrationState,
  resolution: 'applied' | 'not applied',
  ran: Migration | null,
): Plan {
  if (resolution === 'not applied') return planOf(state, 'down', [stepOf(dirty, 'forget', null)]);
  // After a Down that failed the record of when it was applied, by whom and as what stands: only the flag goes.
  return directionOf(dirty) === 'down'
    ? planOf(state, 'up', [stepOf(dirty, 'clear', null)])
    : planOf(state, 'up', [stepOf(dirty, 'mark', dirty.migration ?? ran)]);
}

/** What a dirty migration is gone on with. */
export interface Beginning extends Pick<Step, 'from' | 'left'> {
  readonly migration: Migration;
}

/** The plan that runs a dirty migration, from its first statement or a later one. Pure. */
export function planToRun(state: State, dirty: MigrationState, { migration, from, left }: Beginning): Plan {
  const step: Step = { ...stepOf(dirty, 'run', migration), from, left };
  return planOf(state, directionOf(dirty), [step]);
}

/** The plan that undoes a dirty migration with its own Down. Pure. */
export function planToUndo(state: State, dirty: MigrationState, migration: Migration): Plan {
  return planOf(state, 'down', [stepOf(dirty, 'run', migration)]);
}

/**
 * The plan that sets right what is half done, and then goes on. Pure.
 *
 * @param next what to go on with; null: with nothing, because that is not possible
 */
export function planToRepair(
  state: State,
  dirty: MigrationState,
  repair: Repair,
  next: Beginning | null,
): Plan {
  const first: Step = { ...stepOf(dirty, 'repair', null), repair };
  const then = next === null ? [] : planToRun(state, dirty, next).steps;
  return planOf(state, directionOf(dirty), [first, ...then]);
}

export function directionOf({ dirty }: MigrationState): Direction {
  return dirty?.direction ?? 'up';
}

/** What a statement leaves in its session and not in the database, and what brings it back: running it again. */
const OF_SESSION = /^(?:set|reset|load|listen|unlisten)$/;

/** The statements before this one that have to be run again, because what they did went with their session. */
export function toRepeat(statements: readonly Statement[], from: number): Statement[] {
  return statements.slice(0, from).filter(isOfSession);
}

function isOfSession({ kind, text }: Statement): boolean {
  return OF_SESSION.test(kind) || /\bset_config\s*\(/i.test(text);
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

/** Whether what is done is what the file says now. What was for the session is run again anyway, as the file has it now. */
export function isSame(ran: Statement | undefined, now: Statement | undefined): boolean {
  if (ran === undefined || now === undefined) return ran === now;
  return ran.text === now.text || (isOfSession(ran) && isOfSession(now));
}

/** What is done must be what the file says was done. @throws GanderError `changed` */
export function requireSameStart(ran: Migration, now: Migration, direction: Direction, count: number): void {
  const [before, after] = [ran, now].map(({ script }) => sectionOf(script, direction).statements);
  for (let index = 0; index < count; index++) {
    if (isSame(before?.[index], after?.[index])) continue;
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
