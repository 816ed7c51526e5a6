import { GanderError } from './errors.ts';
import type { RunResult } from './events.ts';
import { prepare } from './prepare.ts';
import { runLocked, withLockedSession } from './run-locked.ts';
import { observe } from './observe.ts';
import type { EngineOptions, RunRequest } from './options.ts';
import { title } from './plan.ts';
import type { Decision } from './planning.ts';
import { type Client, withClient } from './postgres.ts';
import { investigate } from './recovery/findings.ts';
import { planFor } from './recovery/plan-for.ts';
import { resolutionRecord, wayFor } from './recovery/record.ts';
import { requireUnresolved } from './recovery/meanwhile.ts';
import { requireDirty, type Resolution } from './resolution.ts';
import type { MigrationState, State } from './state.ts';
import type { Repair } from './probes/probe.ts';

/** How to get a migration out of dirty, beside what every run may be asked for. */
export interface ResolveRequest extends RunRequest {
  /** For `resume`: the statement to go on with, from 1. Default: the first that is not done. */
  readonly from?: number | undefined;
  /** For `repair`: what to do. Default: what is the only thing to do. */
  readonly repair?: Repair['how'] | undefined;
  /** Why: kept in the journal. */
  readonly reason?: string | undefined;
  /** The fingerprint of the findings that this was decided on: where they are others by now, nothing is done. */
  readonly findings?: string | undefined;
  /** The statements, from 1, of which the database says otherwise, and that are meant all the same. */
  readonly overrule?: readonly number[] | undefined;
}

/** See `Migrator.resolve`. */
export async function resolve(
  options: EngineOptions,
  version: bigint,
  resolution: Resolution,
  request: ResolveRequest,
): Promise<RunResult> {
  const early = await withClient(options.pool, async (client) => {
    const state = await observe(options, client, 'read');
    await requireUnresolved(client, state, version, request.findings);
    return state;
  });
  await prepare(options, request, early);
  return withLockedSession(options, request, (session) =>
    // Forgetting is what was asked for: nobody need allow it once more.
    runLocked(options, { ...request, irreversible: true }, session, async (client) => {
      const state = await observe(options, client, 'write');
      await requireUnresolved(client, state, version, request.findings);
      return decide(options, client, state, { resolution, request, dirty: requireDirty(state, version) });
    }),
  );
}

interface Choice {
  readonly resolution: Resolution;
  readonly request: ResolveRequest;
  readonly dirty: MigrationState;
}

/** Looks once more, under the lock: what was found before may be otherwise by now. */
async function decide(
  options: EngineOptions,
  client: Client,
  state: State,
  choice: Choice,
): Promise<Decision> {
  const { dirty, request } = choice;
  const found = await investigate(options, client, state, dirty);
  const { findings } = found;
  if (request.findings !== undefined && request.findings !== findings.fingerprint) throw otherFindings(dirty);
  const plan = await planFor[choice.resolution]({ ...request, options, client, state, dirty, ...found });
  return {
    state,
    plan,
    resolution: resolutionRecord(findings, wayFor(findings, choice.resolution, plan), request),
  };
}

function otherFindings(dirty: MigrationState): GanderError {
  return new GanderError(
    'plan_changed',
    `What ${title(dirty)} has left in the database is not what you saw, so nothing was done.`,
    {
      next: 'Look at it again.',
    },
  );
}
