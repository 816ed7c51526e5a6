import { GanderError } from './errors.ts';
import type { RunResult } from './events.ts';
import { prepare } from './prepare.ts';
import { observe } from './observe.ts';
import type { EngineOptions, RunRequest } from './options.ts';
import { type Plan, planOf, readable, refuseAmbiguous, stepOf } from './plan.ts';
import { withClient } from './postgres.ts';
import { runLocked, withLockedSession } from './run-locked.ts';
import { isInEffect, type State } from './state.ts';

/** See `Migrator.baseline`. */
export async function baseline(
  options: EngineOptions,
  version: bigint,
  request: RunRequest,
): Promise<RunResult> {
  const early = await withClient(options.pool, (client) => observe(options, client, 'read'));
  const { steps } = baselinePlan(early, version);
  if (steps.length === 0) return { id: null, direction: 'up', steps: [], current: early.current };
  await prepare(options, request, early);
  return withLockedSession(options, request, (session) =>
    runLocked(options, request, session, async (client) => {
      const state = await observe(options, client, 'write');
      return { state, plan: baselinePlan(state, version) };
    }),
  );
}

/**
 * Marks everything up to a version that is not applied yet: a database that had its schema before it had a history.
 *
 * @throws GanderError `unknown_version`, `dirty`, `invalid_file`
 */
export function baselinePlan(state: State, version: bigint): Plan {
  refuseAmbiguous(state);
  const reached = state.migrations.filter((one) => one.version <= version && one.fileState !== 'missing');
  if (reached.at(-1)?.version !== version) {
    throw new GanderError('unknown_version', `There is no migration ${version} in the folder.`, {
      next: 'Name the last migration whose effect is in the database already.',
    });
  }
  const dirty = reached.find((one) => one.dirty !== null);
  if (dirty !== undefined) {
    throw new GanderError(
      'dirty',
      `Migration ${dirty.version} is dirty: a baseline cannot say what became of it.`,
      {
        next: `Say so first: gander resolve ${dirty.version} --applied, or --not-applied.`,
      },
    );
  }
  const pending = reached.filter((one) => isInEffect(one) === false);
  return planOf(
    state,
    'up',
    pending.map((one) => stepOf(one, 'mark', readable(one))),
    version,
  );
}
