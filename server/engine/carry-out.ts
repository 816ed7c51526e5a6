import type { RunResult } from './events.ts';
import { emitTo, type EngineOptions, type RunRequest } from './options.ts';
import { type Decision, planNow } from './planning.ts';
import { type PlanRequest, requireConsent } from './plan.ts';
import { remarksOn } from './policies.ts';
import type { Client } from './postgres.ts';
import { prepare } from './prepare.ts';
import { requireSame } from './seen.ts';
import type { State } from './state.ts';
import { lookQuickly, nothingToDo } from './up-to-date.ts';

/** Runs what was decided upon before the lock was taken, if it still is what is to be done: see `execute`. */
export async function carryOut(
  options: EngineOptions,
  request: PlanRequest & RunRequest,
  { state, plan }: Decision,
): Promise<RunResult> {
  requireSame(plan, request.fingerprint);
  if (request.direction === 'up') remark(options, request, state);
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

function remark(options: EngineOptions, request: RunRequest, state: State): void {
  for (const message of remarksOn(state, options)) emitTo(request)({ type: 'note', message });
}

/** The policies hold of what is there when it runs, too. */
async function planUnderLock(
  options: EngineOptions,
  client: Client,
  request: PlanRequest & RunRequest,
): Promise<Decision> {
  const decision = await planNow(options, client, request, 'write');
  if (request.direction === 'up') remarksOn(decision.state, options);
  return decision;
}
