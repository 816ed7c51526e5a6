import { createHash } from 'node:crypto';
import { GanderError } from './errors.ts';
import type { DirtyKind, StepAction } from './journal/index.ts';
import { type Direction, type Migration, isReversible } from './migration.ts';
import type { Repair } from './probes/probe.ts';
import { isInEffect, type MigrationState, type State } from './state.ts';

/** Which way, and how far. */
export interface PlanRequest {
  readonly direction: Direction;
  /** Up: the last version to apply (default: all). Down: the version that stays, 0 for none (default: the one below). */
  readonly to?: bigint | undefined;
  /** At most so many migrations. Default: all that `to` asks for; down without `to`: 1. */
  readonly steps?: number | undefined;
}

/** What the one who runs a plan must have agreed to. */
export interface Consent {
  /** Forget irreversible migrations at rollback, running nothing. */
  readonly irreversible?: boolean | undefined;
  /** Apply migrations that are older than the newest applied one. */
  readonly outOfOrder?: boolean | undefined;
}

/** One migration of a plan, and what will be done with it. */
export interface Step {
  readonly version: bigint;
  readonly name: string;
  /**
   * `run` its section; `forget` or `mark` it without running anything; `clear` the flag of a rollback that PostgreSQL undid;
   * `repair` what it has left half done.
   */
  readonly action: StepAction;
  readonly migration: Migration | null;
  /** Whether the text is the file's or what was stored when it ran (the file is gone). */
  readonly origin: 'file' | 'stored';
  readonly outOfOrder: boolean;
  /** Which of its statements it begins with, from 0: those before it have been done by an earlier run. */
  readonly from: number;
  /**
   * What earlier runs have left of those that it is to run: done, or cut off, so that nobody knows (`running`). By their
   * places, from 0.
   */
  readonly left: ReadonlyMap<number, 'earlier' | 'running'>;
  /** How the migration is dirty now; null when it is not. */
  readonly flagged: DirtyKind | null;
  /** What a `repair` sets right; null for every other step. */
  readonly repair: Repair | null;
}

/** What will run: data, to be looked at before it is run. Without steps there is nothing to do. */
export interface Plan {
  readonly direction: Direction;
  readonly to: bigint | null;
  /** In the order in which they will run. */
  readonly steps: readonly Step[];
  /** Where the database will stand afterwards; null: nothing will be applied any more. */
  readonly stays: bigint | null;
  /** Changes whenever anything would run differently: another file, another text, another history. */
  readonly fingerprint: string;
}

/** Texts of applied migrations whose files are gone, parsed; or why one cannot be used. */
export type StoredMigrations = ReadonlyMap<bigint, Migration | GanderError>;

/**
 * Decides what will run. Pure: the same state gives the same plan.
 *
 * @param stored what the journal kept of the `missing` migrations; only a rollback needs it
 * @returns a plan without steps when there is nothing to do
 * @throws GanderError `invalid_file` (the folder is ambiguous, or a file of the plan cannot be read), `dirty` (a person
 *   has to resolve something first), `file_missing` (a rollback of which no Down is left), `unknown_version` (a rollback
 *   to a version that nobody knows)
 */
export function makePlan(state: State, request: PlanRequest, stored: StoredMigrations = new Map()): Plan {
  refuseAmbiguous(state);
  refuseUnresolved(state);
  const steps = request.direction === 'up' ? upSteps(state, request) : downSteps(state, request, stored);
  return planOf(state, request.direction, steps, request.to);
}

/** A plan of these steps. */
export function planOf(state: State, direction: Direction, steps: readonly Step[], to?: bigint): Plan {
  return {
    direction,
    to: to ?? null,
    steps,
    stays: currentAfter(state, direction, steps),
    fingerprint: fingerprint(direction, state, steps),
  };
}

/** @throws GanderError `invalid_file` */
export function refuseAmbiguous({ problems }: State): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new GanderError('invalid_file', problems.map(({ message }) => message).join('\n'), {
    next: 'Mend these files: until then it is not certain what would run.',
    ...(first.file === null ? {} : { file: first.file }),
  });
}

function refuseUnresolved({ migrations }: State): void {
  const dirty = migrations.find((one) => isInEffect(one) === null);
  if (dirty === undefined) return;
  const what = dirty.dirty?.kind === 'partial' ? 'was applied in part' : 'may have been applied in part';
  throw new GanderError(
    'dirty',
    `${title(dirty)} is dirty: it ${what}, so nothing runs until a person has looked.`,
    {
      next: `See what is in the database, then say so: gander resolve ${dirty.version} --applied, --not-applied, --resume or --retry.`,
      ...(dirty.file === null ? {} : { file: dirty.file }),
    },
  );
}

function upSteps(state: State, { to, steps: limit }: PlanRequest): Step[] {
  const reached = state.migrations.filter(({ version }) => to === undefined || version <= to);
  const newest = state.current ?? 0n;
  const clear = reached.filter(isUndoneRollback).map((one) => stepOf(one, 'clear', one.migration));
  const run = reached
    .filter((one) => isInEffect(one) === false && one.fileState !== 'missing')
    .slice(0, limit)
    .map((one) => ({ ...stepOf(one, 'run', readable(one)), outOfOrder: one.version < newest }));
  return [...clear, ...run];
}

/** A Down that failed and was undone by PostgreSQL: going up again, the migration simply is applied. */
function isUndoneRollback({ dirty }: MigrationState): boolean {
  return dirty?.kind === 'rolled back' && dirty.direction === 'down';
}

function downSteps(state: State, { to, steps: limit }: PlanRequest, stored: StoredMigrations): Step[] {
  if (to !== undefined) refuseUnknown(state, to);
  return state.migrations
    .filter((one) => isInEffect(one) === true && (to === undefined || one.version > to))
    .toReversed()
    .slice(0, limit ?? (to === undefined ? 1 : undefined))
    .map((one) => downStep(one, stored));
}

/** A mistyped version would roll back everything above it, with all that its tables hold. */
function refuseUnknown({ migrations }: State, to: bigint): void {
  if (to === 0n || migrations.some(({ version }) => version === to)) return;
  throw new GanderError(
    'unknown_version',
    `There is no migration ${to}, neither in the folder nor in the history.`,
    {
      next: 'Name the version that is to stay, or 0 to roll back everything.',
    },
  );
}

function downStep(one: MigrationState, stored: StoredMigrations): Step {
  const kept = one.fileState === 'missing' ? stored.get(one.version) : undefined;
  if (kept instanceof GanderError) throw kept;
  const migration = kept ?? readable(one);
  const made = stepOf(one, isReversible(migration.script) ? 'run' : 'forget', migration);
  return kept === undefined ? made : { ...made, origin: 'stored' };
}

/** One step, from the first statement on. */
export function stepOf(one: MigrationState, action: StepAction, migration: Migration | null): Step {
  const { version, name, dirty } = one;
  return {
    version,
    name,
    action,
    migration,
    origin: 'file',
    outOfOrder: false,
    from: 0,
    left: new Map(),
    flagged: dirty?.kind ?? null,
    repair: null,
  };
}

/** The file's migration. @throws GanderError why there is none */
export function readable(one: MigrationState): Migration {
  if (one.migration !== null) return one.migration;
  if (one.problem !== null) throw one.problem;
  throw new GanderError(
    'file_missing',
    `${title(one)} is applied, but its file is gone and Gander did not store it.`,
    {
      next: 'Put the file back into the folder: without its Down it cannot be rolled back.',
    },
  );
}

/** Where the database stands when these steps of a plan have been done; null when nothing is applied then. */
export function currentAfter(state: State, direction: Direction, done: readonly Step[]): bigint | null {
  const changed = new Set(
    done
      .filter(({ action }) =>
        direction === 'down' ? action !== 'repair' : action === 'run' || action === 'mark',
      )
      .map(({ version }) => version),
  );
  const applied = state.migrations.filter((one) =>
    changed.has(one.version) ? direction === 'up' : isInEffect(one) === true,
  );
  return applied.at(-1)?.version ?? null;
}

/**
 * Holds a plan against what was agreed to.
 *
 * @throws GanderError `irreversible` or `out_of_order`, naming the migrations
 */
export function requireConsent(plan: Plan, consent: Consent): void {
  const forgotten = plan.steps.filter(({ action }) => action === 'forget');
  if (forgotten.length > 0 && consent.irreversible !== true) throw irreversibleError(forgotten);
  const late = plan.steps.filter(
    ({ outOfOrder, migration }) => outOfOrder && migration?.script.settings.outOfOrder !== true,
  );
  if (late.length > 0 && consent.outOfOrder !== true) throw lateError(late);
}

function irreversibleError(steps: readonly Step[]): GanderError {
  const one = steps.length === 1;
  return new GanderError(
    'irreversible',
    `${names(steps)} ${one ? 'is irreversible: it has' : 'are irreversible: they have'} no Down.`,
    {
      next: `To forget ${one ? 'it' : 'them'} without running anything, allow it (--allow-irreversible, or the tick on the plan page).`,
    },
  );
}

function lateError(steps: readonly Step[]): GanderError {
  const one = steps.length === 1;
  return new GanderError(
    'out_of_order',
    `${names(steps)} ${one ? 'is' : 'are'} pending but older than the newest applied migration.`,
    {
      next: 'To apply late migrations, allow it (--allow-missing, the tick on the plan page, or `-- +gander OUT OF ORDER` in the file).',
    },
  );
}

/** A few of them by name, the others by number. */
export function names(steps: readonly { version: bigint; name: string }[]): string {
  const shown = steps.slice(0, 5).map(title).join(', ');
  return steps.length > 5 ? `${shown} and ${steps.length - 5} more` : shown;
}

/** `20250101000000_init`, as in the file's name. */
export function title({ version, name }: { version: bigint; name: string }): string {
  return name === '' ? version.toString() : `${version}_${name}`;
}

function fingerprint(direction: Direction, state: State, steps: readonly Step[]): string {
  const { schema, name } = state.history.table;
  const hash = createHash('sha256').update(`${state.database}\0${schema}\0${name}\0${direction}`);
  for (const { version, action, migration, from } of steps)
    hash.update(`\0${version} ${action} ${migration?.checksum} ${from}`);
  return hash.digest('hex').slice(0, 32);
}
