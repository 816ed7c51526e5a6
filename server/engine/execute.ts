import { GanderError } from './errors.ts';
import type { RunResult } from './events.ts';
import { type LockedSession, withLockedSession } from './locked-session.ts';
import { lookAround, type Surroundings } from './observe.ts';
import { emitTo, type EngineOptions, limitsOf, type RunRequest } from './options.ts';
import { type Decision, planNow } from './planning.ts';
import { type Plan, type PlanRequest, requireConsent, title } from './plan.ts';
import { remarksOn } from './policies.ts';
import { type Client, withClient } from './postgres.ts';
import { runPlan } from './run.ts';
import type { Session } from './session.ts';
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
  const { state, plan } = await decideInPeace(locked, decide);
  requireSame(plan, request.fingerprint);
  if (plan.steps.length === 0) return nothingToDo(state.current, plan.direction);
  requireConsent(plan, request);
  requirePlaceForFlags(state, plan);
  const session: Session = {
    ...locked.facts,
    client: locked.client,
    log: locked.log,
    history: state.history,
    journal: state.journal,
    limits: limitsOf(options, request),
    actor: request.actor ?? options.actor ?? 'gander',
    emit: emitTo(request),
    signal: request.signal,
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

function requireSame(plan: Plan, fingerprint: string | undefined): void {
  if (fingerprint === undefined || fingerprint === plan.fingerprint) return;
  throw new GanderError(
    'plan_changed',
    'What would run now is not the plan that you saw, so nothing was run.',
    {
      next: `Look at the plan again: it now has ${describeSteps(plan)}.`,
    },
  );
}

function describeSteps({ steps }: Plan): string {
  const last = steps.at(-1);
  if (last === undefined) return 'nothing to do';
  return steps.length === 1
    ? `one migration, ${title(last)}`
    : `${steps.length} migrations, to ${title(last)}`;
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

function nothingToDo(current: bigint | null, direction: Plan['direction']): RunResult {
  return { id: null, direction, steps: [], current };
}
