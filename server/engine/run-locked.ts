import { cancellable } from './cancellation.ts';
import { GanderError } from './errors.ts';
import type { RunResult } from './events.ts';
import { type LockedSession, withLockedSession } from './locked-session.ts';
import { emitTo, type EngineOptions, limitsOf, type RunRequest } from './options.ts';
import type { Decision } from './planning.ts';
import { type Plan, requireConsent, title } from './plan.ts';
import type { Client } from './postgres.ts';
import { runPlan } from './run.ts';
import { noRecording } from './schema/recording/no-recording.ts';
import { requireSame } from './seen.ts';
import type { Session } from './session.ts';
import type { State } from './state.ts';

export { withLockedSession };

/**
 * Decides and runs, under the lock: whoever held it before may have done the work.
 *
 * @param decide reads the state, and what to do about it
 */
export async function runLocked(
  options: EngineOptions,
  request: RunRequest,
  locked: LockedSession,
  decide: (client: Client) => Promise<Decision>,
): Promise<RunResult> {
  const { state, plan, resolution = null } = await decideInPeace(locked, decide);
  requireSame(plan, request.fingerprint);
  if (plan.steps.length === 0)
    return { id: null, direction: plan.direction, steps: [], current: state.current };
  requireConsent(plan, request);
  requirePlaceForFlags(state, plan);
  const session: Session = {
    ...locked.facts,
    client: locked.client,
    log: locked.log,
    history: state.history,
    journal: state.journal,
    limits: limitsOf(options, request),
    schemaChanges: options.schemaChanges ?? 'auto',
    recording: noRecording,
    actor: request.actor ?? options.actor ?? 'gander',
    emit: emitTo(request),
    ...cancellable(locked.log, request.signal),
    resolution,
  };
  return runPlan(session, state, plan);
}

/**
 * A server's session does not notice that its program has died before it next turns to it: until then it is at work, with
 * the lock or, when a migration has given that back, without. It is waited for.
 */
async function decideInPeace(
  { log, waitUntil }: LockedSession,
  decide: (client: Client) => Promise<Decision>,
): Promise<Decision> {
  let decision: Decision | undefined;
  const isQuiet = await waitUntil(async () => {
    decision = await log.write(decide);
    return decision.state.interrupted?.atWork !== true;
  });
  if (decision !== undefined && isQuiet) return decision;
  throw stillAtWork(decision?.state.interrupted ?? null);
}

function stillAtWork(run: State['interrupted']): GanderError {
  return new GanderError(
    'locked',
    `The session of run ${run?.id} (process ${run?.pid}) is still at work, though the program that began it is gone.`,
    { next: `Wait for it to finish, or end it: SELECT pg_terminate_backend(${run?.pid}).` },
  );
}

/** Without a transaction the flag must be somewhere before the first statement runs, or a failure would be forgotten. */
function requirePlaceForFlags({ history, journal }: State, { steps }: Plan): void {
  if (journal.present || history.format !== 'goose') return;
  const loose = steps.find(
    ({ action, migration }) => action === 'run' && migration?.script.transaction === false,
  );
  if (loose === undefined) return;
  throw new GanderError(
    'not_permitted',
    `${title(loose)} has no transaction, and there is no place to record how far it comes.`,
    {
      next: 'Goose’s table has none, and this role may not make Gander’s own tables: grant it CREATE on the database.',
    },
  );
}
