import type { RunResult } from './events.ts';
import { lookAround, type Surroundings } from './observe.ts';
import { emitTo, type EngineOptions, type RunRequest } from './options.ts';
import { type Decision, planNow } from './planning.ts';
import { type Plan, type PlanRequest, requireConsent } from './plan.ts';
import { remarksOn } from './policies.ts';
import { type Client, withClient } from './postgres.ts';
import { requireSame } from './seen.ts';
import type { State } from './state.ts';
import { standsUpToDate } from './up-to-date.ts';

/**
 * Reads, plans and runs. With nothing to do it takes no lock and writes nothing.
 *
 * @throws GanderError `locked`, `plan_changed`, `changed`, `newer`, what `makePlan` and `requireConsent` throw, `unreachable`
 * @throws RunStopped when the run did not come to its end
 */
export async function execute(options: EngineOptions, request: PlanRequest & RunRequest): Promise<RunResult> {
  const early = await withClient(options.pool, (client) => planEarly(options, client, request));
  if ('standsAt' in early) return nothingToDo(early.standsAt, request.direction);
  const { state, plan } = early;
  requireSame(plan, request.fingerprint);
  if (request.direction === 'up') remark(options, request, state);
  if (plan.steps.length === 0) return nothingToDo(state.current, request.direction);
  requireConsent(plan, request);
  await prepare(options, request, state);
  // Whoever held the lock before may have applied all of it: fine. Nobody wants to roll back more than he saw.
  const fingerprint = request.direction === 'down' ? plan.fingerprint : request.fingerprint;
  // Loaded only now, because most starts find nothing to do.
  const { runLocked, withLockedSession } = await import('./run-locked.ts');
  return withLockedSession(
    options,
    request,
    (session) =>
      runLocked(options, { ...request, fingerprint }, session, (client) =>
        planNow(options, client, request, 'write'),
      ),
    async (client) => {
      const found = await lookQuickly(options, client, request);
      return 'standsAt' in found ? nothingToDo(found.standsAt, request.direction) : undefined;
    },
  );
}

/** The plan, before the lock is taken; or, without reading a file, where the database stands when there is nothing to do. */
async function planEarly(
  options: EngineOptions,
  client: Client,
  request: PlanRequest & RunRequest,
): Promise<Decision | { standsAt: bigint | null }> {
  const found = await lookQuickly(options, client, request);
  return 'standsAt' in found ? found : planNow(options, client, request, 'read', found);
}

async function lookQuickly(
  options: EngineOptions,
  client: Client,
  request: PlanRequest & RunRequest,
): Promise<Surroundings | { standsAt: bigint | null }> {
  const around = await lookAround(client, options, 'read');
  const isQuick =
    request.direction === 'up' && request.fingerprint === undefined && options.changed !== 'refuse';
  const standsAt = isQuick ? await standsUpToDate(client, options, around) : undefined;
  return standsAt === undefined ? around : { standsAt };
}

function remark(options: EngineOptions, request: RunRequest, state: State): void {
  for (const message of remarksOn(state, options)) emitTo(request)({ type: 'note', message });
}

/** Makes Gander's own tables, where they are not there; says so where the run will not be recorded in them. */
export async function prepare(
  options: EngineOptions,
  request: RunRequest,
  { journal }: State,
): Promise<void> {
  if (!journal.present) await options.prepare?.(emitTo(request));
  else if (!journal.writable) emitTo(request)({ type: 'note', message: NOT_WRITABLE });
}

const NOT_WRITABLE =
  'Gander’s own tables may be read by this role, but not written. The run is not recorded. Grant it INSERT, UPDATE and DELETE on all tables of the schema gander.';

function nothingToDo(current: bigint | null, direction: Plan['direction']): RunResult {
  return { id: null, direction, steps: [], current };
}
