import { GanderError } from '../errors.ts';
import { tableKey } from '../history/index.ts';
import { readRunsOf } from '../journal/runs.ts';
import { title } from '../plan.ts';
import type { Client } from '../postgres.ts';
import { requireDirty } from '../resolution.ts';
import type { State } from '../state.ts';

/**
 * Two people may look at the same dirty migration: the second one is told what the first one did.
 *
 * @param seen the findings that the decision was made on; undefined where it was made on none
 * @throws GanderError `plan_changed` when it was dirty and is not any more; what `requireDirty` throws
 */
export async function requireUnresolved(
  client: Client,
  state: State,
  version: bigint,
  seen: string | undefined,
): Promise<void> {
  const one = state.migrations.find((migration) => migration.version === version);
  if (seen === undefined || one === undefined || one.dirty !== null) return void requireDirty(state, version);
  const runs = state.journal.present
    ? await readRunsOf(client, tableKey(state.history.table), version, 1)
    : [];
  const who = runs[0] === undefined ? 'Somebody else' : runs[0].actor;
  const where = runs[0] === undefined ? '' : ` (run ${runs[0].id})`;
  throw new GanderError(
    'plan_changed',
    `${who} has resolved it meanwhile${where}: ${title(one)} is ${one.state}, and nothing was done.`,
    {
      next: 'Look at the migration as it is now.',
    },
  );
}
