import type { RunResult } from './events.ts';
import { prepare, runLocked } from './execute.ts';
import { withLockedSession } from './locked-session.ts';
import { observe } from './observe.ts';
import type { EngineOptions, RunRequest } from './options.ts';
import { planOf, readable, refuseAmbiguous, stepOf } from './plan.ts';
import { planNow } from './planning.ts';
import { withClient } from './postgres.ts';

/** A rollback and the way back up, of the same migration. */
export interface RedoResult {
  readonly down: RunResult;
  readonly up: RunResult;
}

/** See `Migrator.redo`. */
export async function redo(options: EngineOptions, request: RunRequest): Promise<RedoResult> {
  const early = await withClient(options.pool, (client) => planNow(options, client, { direction: 'down' }));
  await prepare(options, request, early.state);
  return withLockedSession(options, request, async (session) => {
    const down = await runLocked(options, request, session, (client) =>
      planNow(options, client, { direction: 'down' }, 'write'),
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
