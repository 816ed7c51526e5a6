import type { RunResult } from './events.ts';
import { emitTo, type EngineOptions, type RunRequest } from './options.ts';
import { type Decision, planNow } from './planning.ts';
import { type PlanRequest, requireConsent } from './plan.ts';
import { remarksOn, remarksOnRollback } from './policies.ts';
import type { Client } from './postgres.ts';
import { prepare } from './prepare.ts';
import { requireSame } from './seen.ts';
import { lookQuickly, nothingToDo } from './up-to-date.ts';

/** Runs what was decided upon before the lock was taken, if it still is what is to be done: see `execute`. */
export async function carryOut(
  options: EngineOptions,
  request: PlanRequest & RunRequest,
  { state, plan }: Decision,
): Promise<RunResult> {
  requireSame(plan, request.fingerprint);
  for (const message of remarks(options, { state, plan })) emitTo(request)({ type: 'note', message });
  if (plan.steps.length === 0) return nothingToDo(state.current, request.direction);
  requireConsent(plan, request);
  // What comes next is loaded while the server makes the tables.
  const [{ runLocked, withLockedSession }] = await Promise.all([
    import('./run-locked.ts'),
    prepare(options, request, state),
  ]);
  // Whoever held the lock before may have applied all of it: fine. Nobody wants to roll back more than he saw.
  const fingerprint = request.direction === 'down' ? plan.fingerprint : request.fingerprint;
  return withLockedSession(
    options,
    request,
    (session) =>
      runLocked(options, { ...request, fingerprint }, session, (client) =>
        planUnderLock(options, client, request),
      ),
    async (client) => {
      const found = await lookQuickly(options, client, request);
      return 'standsAt' in found ? nothingToDo(found.standsAt, request.direction) : undefined;
    },
  );
}

function remarks(options: EngineOptions, { state, plan }: Decision): string[] {
  return plan.direction === 'up' ? remarksOn(state, options) : remarksOnRollback(state, plan, options);
}

/** The policies hold of what is there when it runs, too. */
async function planUnderLock(
  options: EngineOptions,
  client: Client,
  request: PlanRequest & RunRequest,
): Promise<Decision> {
  const decision = await planNow(options, client, request, 'write');
  remarks(options, decision);
  return decision;
}
