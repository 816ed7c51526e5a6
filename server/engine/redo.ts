import { GanderError } from './errors.ts';
import type { RunResult } from './events.ts';
import { prepare } from './prepare.ts';
import { observe } from './observe.ts';
import type { EngineOptions, RunRequest } from './options.ts';
import { planOf, readable, refuseAmbiguous, requireConsent, stepOf, title } from './plan.ts';
import { type Decision, planNow } from './planning.ts';
import { type Client, withClient } from './postgres.ts';
import { runLocked, withLockedSession } from './run-locked.ts';
import type { State } from './state.ts';

/** A rollback and the way back up, of the same migration. */
export interface RedoResult {
  readonly down: RunResult;
  readonly up: RunResult;
}

/** See `Migrator.redo`. */
export async function redo(options: EngineOptions, request: RunRequest): Promise<RedoResult> {
  const early = await withClient(options.pool, (client) => planRollback(options, client, 'read'));
  if (early.plan.steps.length === 0) return nothingToRedo(early.state);
  requireConsent(early.plan, request);
  await prepare(options, request, early.state);
  return withLockedSession(options, request, async (session) => {
    const down = await runLocked(options, request, session, (client) =>
      planRollback(options, client, 'write'),
    );
    const [undone] = down.steps;
    const up = await runLocked(options, { ...request, fingerprint: undefined }, session, async (client) => {
      const state = await observe(options, client, 'write');
      refuseAmbiguous(state);
      const again = state.migrations.filter(({ version }) => version === undone?.version);
      return {
        state,
        plan: planOf(
          state,
          'up',
          again.map((one) => stepOf(one, 'run', readable(one))),
        ),
      };
    });
    return { down, up };
  });
}

/** @throws GanderError `file_missing` where only the stored Down is left, which leads nowhere: there is no Up to come back by */
async function planRollback(
  options: EngineOptions,
  client: Client,
  use: 'read' | 'write',
): Promise<Decision> {
  const decision = await planNow(options, client, { direction: 'down' }, use);
  const gone = decision.plan.steps.find(({ origin }) => origin === 'stored');
  if (gone === undefined) return decision;
  throw new GanderError('file_missing', `${title(gone)} cannot be applied again: its file is gone.`, {
    next: 'Put the file back into the folder, or roll the migration back for good (gander down).',
  });
}

function nothingToRedo({ current }: State): RedoResult {
  const nothing = { id: null, steps: [], current };
  return { down: { ...nothing, direction: 'down' }, up: { ...nothing, direction: 'up' } };
}
