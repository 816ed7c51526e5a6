import { GanderError } from './errors.ts';
import type { RunResult } from './events.ts';
import { prepare } from './carry-out.ts';
import { halfBuiltOf, isBuilt, refuseHalfBuilt } from './half-built.ts';
import { type Migration, sectionOf } from './migration.ts';
import { observe } from './observe.ts';
import type { EngineOptions, RunRequest } from './options.ts';
import { type Plan, readable, title } from './plan.ts';
import { readStored } from './planning.ts';
import { type Client, withClient } from './postgres.ts';
import { runLocked, withLockedSession } from './run-locked.ts';
import {
  directionOf,
  planToRecord,
  planToRun,
  requireDirty,
  requireNoneLost,
  requireSameStart,
  type Resolution,
  resumeAt,
  stopOf,
} from './resolution.ts';
import type { MigrationState, State } from './state.ts';

/** How to get a migration out of dirty, beside what every run may be asked for. */
export interface ResolveRequest extends RunRequest {
  /** For `resume`: the statement to go on with, from 1. Default: the first that is not recorded as done. */
  readonly from?: number | undefined;
}

/** See `Migrator.resolve`. */
export async function resolve(
  options: EngineOptions,
  version: bigint,
  resolution: Resolution,
  request: ResolveRequest,
): Promise<RunResult> {
  const early = await withClient(options.pool, (client) => observe(options, client, 'read'));
  requireDirty(early, version);
  await prepare(options, request, early);
  return withLockedSession(options, request, (session) =>
    // Forgetting is what was asked for: nobody need allow it once more.
    runLocked(options, { ...request, irreversible: true }, session, async (client) => {
      const state = await observe(options, client, 'write');
      const dirty = requireDirty(state, version);
      return {
        state,
        plan: await planFor(options, client, state, dirty, { resolution, from: request.from }),
      };
    }),
  );
}

interface Choice {
  readonly resolution: Resolution;
  readonly from: number | undefined;
}

async function planFor(
  options: EngineOptions,
  client: Client,
  state: State,
  dirty: MigrationState,
  { resolution, from }: Choice,
): Promise<Plan> {
  if (resolution === 'not applied') return planToRecord(state, dirty, resolution);
  const start = resolution === 'resume' ? await whereToResume(options, client, state, dirty, from) : 0;
  if (dirty.migration !== null) await requireWhole(client, dirty, dirty.migration, start);
  if (resolution === 'applied') return planToRecord(state, dirty, resolution);
  return planToRun(state, dirty, await migrationOf(options, client, state, dirty), start);
}

/** An invalid index is neither what was to be made nor out of the way of making it. */
async function requireWhole(
  client: Client,
  dirty: MigrationState,
  migration: Migration,
  start: number,
): Promise<void> {
  const { statements } = sectionOf(migration.script, directionOf(dirty));
  refuseHalfBuilt(await halfBuiltOf(client, statements.slice(start)), 'before');
}

/** The file's, or what was stored when it ran. */
async function migrationOf(
  { source }: EngineOptions,
  client: Client,
  state: State,
  dirty: MigrationState,
): Promise<Migration> {
  if (dirty.migration !== null) return dirty.migration;
  const stored = (await readStored(source, client, state)).get(dirty.version);
  if (stored instanceof GanderError) throw stored;
  return stored ?? readable(dirty);
}

async function whereToResume(
  options: EngineOptions,
  client: Client,
  state: State,
  dirty: MigrationState,
  asked: number | undefined,
): Promise<number> {
  const { version, name } = dirty;
  const progress = await state.journal.progressOf(client, version);
  if (progress === null) throw nothingRecorded(dirty);
  const migration = await migrationOf(options, client, state, dirty);
  if (migration.script.transaction) throw nothingToResume(dirty);
  if (migration.script.module !== null) throw noMiddle(dirty);
  const direction = directionOf(dirty);
  const { statements } = sectionOf(migration.script, direction);
  const stop = stopOf(progress);
  const inDoubt = stop.inDoubt && stop.orElse === stop.done + 1 ? statements[stop.done] : undefined;
  const happened = inDoubt === undefined ? null : await isBuilt(client, inDoubt);
  const start = resumeAt(stop, statements, asked, happened);
  requireNoneLost(migration, statements, start);
  const ran = await options.source.parse({ version, name, file: migration.file }, progress.sql);
  if ('script' in ran) requireSameStart(ran, migration, direction, Math.min(start, stop.done));
  return start;
}

function nothingRecorded(dirty: MigrationState): GanderError {
  return new GanderError('invalid_request', `There is no record of how far ${title(dirty)} came.`, {
    next: 'See what is in the database, then say --applied or --not-applied.',
  });
}

function noMiddle(dirty: MigrationState): GanderError {
  return new GanderError(
    'invalid_request',
    `${title(dirty)} is JavaScript: nobody can go on in the middle of it.`,
    { next: 'Make it bear being run again, and say --retry; or finish it by hand, and say --applied.' },
  );
}

function nothingToResume(dirty: MigrationState): GanderError {
  return new GanderError(
    'invalid_request',
    `${title(dirty)} runs in a transaction: there is no half of it to go on from.`,
    { next: 'Say --retry, or apply it again.' },
  );
}
