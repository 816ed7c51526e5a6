import type { RunResult } from './events.ts';
import type { EngineOptions, RunRequest } from './options.ts';
import type { PlanRequest } from './plan.ts';
import type { Decision } from './planning.ts';
import { type Client, withClient } from './postgres.ts';
import { lookQuickly, nothingToDo, type StandsAt } from './up-to-date.ts';

/**
 * Reads, plans and runs. With nothing to do it takes no lock and writes nothing.
 *
 * @throws GanderError `locked`, `plan_changed`, `changed`, `newer`, what `makePlan` and `requireConsent` throw, `unreachable`
 * @throws RunStopped when the run did not come to its end
 */
export async function execute(options: EngineOptions, request: PlanRequest & RunRequest): Promise<RunResult> {
  const early = await withClient(options.pool, (client) => planEarly(options, client, request));
  if ('standsAt' in early) return nothingToDo(early.standsAt, request.direction);
  // Loaded only now, because most starts find nothing to do.
  const { carryOut } = await import('./carry-out.ts');
  return carryOut(options, request, early);
}

/** The plan, before the lock is taken; or, without reading a file, where the database stands when there is nothing to do. */
async function planEarly(
  options: EngineOptions,
  client: Client,
  request: PlanRequest & RunRequest,
): Promise<Decision | StandsAt> {
  const found = await lookQuickly(options, client, request);
  if ('standsAt' in found) return found;
  const { planNow } = await import('./planning.ts');
  return planNow(options, client, request, 'read', found);
}
