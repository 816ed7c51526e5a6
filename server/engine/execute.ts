import { GanderError } from './errors.ts';
import type { RunEvent, RunResult } from './events.ts';
import type { HistoryFormat } from './history/index.ts';
import { locked, lockHolder, type LockOptions, MIGRATION_LOCK, withLock } from './lock.ts';
import { Log } from './log.ts';
import type { Migration } from './migration.ts';
import { readState } from './observe.ts';
import {
  type Consent,
  makePlan,
  type Plan,
  type PlanRequest,
  requireConsent,
  type StoredMigrations,
  title,
} from './plan.ts';
import { type Client, connect, type Pool, withClient } from './postgres.ts';
import { runPlan } from './run.ts';
import { resetsOf, type Session, transaction } from './session.ts';
import type { Source } from './source.ts';
import { checksum as checksumOf } from './sql/checksum.ts';
import type { State } from './state.ts';
import { inTurn } from './turns.ts';

export interface EngineOptions {
  /** Two of its connections are used while a run goes on. */
  readonly pool: Pool;
  readonly source: Source;
  /**
   * The history table, `name` or `schema.name`. Default: `goose_db_version` or `schema_migrations`, whichever has
   * versions; `schema_migrations` where neither is there.
   */
  readonly table?: string | undefined;
  /** The format in which the table is made when it is not there. Default: goose's for `goose_db_version`, else Gander's. */
  readonly tableFormat?: HistoryFormat | undefined;
  /** Whether runs are kept in the schema `gander`. Default: true. */
  readonly journal?: boolean | undefined;
  /** Who runs: kept in the journal. Default: `gander`. */
  readonly actor?: string | undefined;
  /** How long to wait for the lock, in milliseconds. Default: 5 minutes. */
  readonly lockWait?: number | undefined;
  readonly lockKey?: bigint | undefined;
  /** Called when there is something to run, before the lock is taken. */
  readonly prepare?: ((emit: (event: RunEvent) => void) => Promise<void>) | undefined;
}

export interface RunRequest extends Consent {
  /** The plan that was seen: when what would run is no longer that, nothing runs. */
  readonly fingerprint?: string | undefined;
  readonly actor?: string | undefined;
  readonly lockWait?: number | undefined;
  /** Aborting cancels the statement that is running and stops the run there. */
  readonly signal?: AbortSignal | undefined;
  /** Told how the run goes on. What it throws is not heard. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

const LOCK_WAIT_MS = 5 * 60_000;

/** Reads folder and database. `use` says whether the journal will be written. */
export async function observe(options: EngineOptions, client: Client, use: 'read' | 'write'): Promise<State> {
  const contents = await options.source.read();
  const { table, tableFormat: format } = options;
  const lockKey = options.lockKey ?? MIGRATION_LOCK;
  return readState(client, contents, {
    table,
    format,
    lockKey,
    journal: options.journal === false ? 'none' : use,
  });
}

/** Reads the state and makes the plan for it. */
export async function planNow(
  options: EngineOptions,
  client: Client,
  request: PlanRequest,
  use: 'read' | 'write' = 'read',
): Promise<{ state: State; plan: Plan }> {
  const state = await observe(options, client, use);
  const stored = request.direction === 'down' ? await readStored(options.source, client, state) : new Map();
  return { state, plan: makePlan(state, request, stored) };
}

/** What the journal kept of migrations whose files are gone. A text that is not what ran is not used. */
async function readStored(source: Source, client: Client, state: State): Promise<StoredMigrations> {
  const missing = state.migrations.filter(
    ({ fileState, applied }) => fileState === 'missing' && applied !== null,
  );
  const texts = await state.journal.storedTexts(
    client,
    missing.map(({ version }) => version),
  );
  const parsed = new Map<bigint, Migration>();
  for (const [version, { name, file, sql, checksum }] of texts) {
    const migration = await source.parse({ version, name, file }, sql);
    if ('script' in migration && checksumOf(sql) === checksum) parsed.set(version, migration);
  }
  return parsed;
}

/**
 * Reads, plans and runs. With nothing to do it takes no lock and writes nothing.
 *
 * @throws GanderError `locked`, `plan_changed`, what `makePlan` and `requireConsent` throw, `unreachable`
 * @throws RunStopped when the run did not come to its end
 */
export async function execute(options: EngineOptions, request: PlanRequest & RunRequest): Promise<RunResult> {
  const early = await withClient(options.pool, (client) => planNow(options, client, request));
  requireSame(early.plan, request.fingerprint);
  if (early.plan.steps.length === 0) return nothingToDo(early.state, request);
  requireConsent(early.plan, request);
  await options.prepare?.(emitTo(request));
  // Whoever held the lock before may have applied all of it: fine. Nobody wants to roll back more than he saw.
  const fingerprint = request.direction === 'down' ? early.plan.fingerprint : request.fingerprint;
  return withLockedSession(options, request, (client, log) =>
    executeLocked(options, { ...request, fingerprint }, client, log),
  );
}

/** What `onEvent` throws is the caller's bug; a migration must not die of it. */
function emitTo({ onEvent }: RunRequest): (event: RunEvent) => void {
  return (event) => {
    try {
      onEvent?.(event);
    } catch {
      // said in the docstring
    }
  };
}

/** Under the lock everything is read again: whoever held it before may have done the work. */
async function executeLocked(
  options: EngineOptions,
  request: PlanRequest & RunRequest,
  client: Client,
  log: Log,
): Promise<RunResult> {
  const { state, plan } = await log.write((writer) => planNow(options, writer, request, 'write'));
  requireSame(plan, request.fingerprint);
  if (plan.steps.length === 0) return nothingToDo(state, request);
  requireConsent(plan, request);
  requirePlaceForFlags(state, plan);
  if (!state.historyExists)
    await log.write((writer) => transaction(writer, () => state.history.create(writer)));
  const session: Session = {
    client,
    log,
    history: state.history,
    journal: state.journal,
    lockKey: options.lockKey ?? MIGRATION_LOCK,
    actor: request.actor ?? options.actor ?? 'gander',
    emit: emitTo(request),
    signal: request.signal,
    ...(await resetsOf(client)),
  };
  return runPlan(session, state, plan);
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

function nothingToDo({ current }: State, { direction }: PlanRequest): RunResult {
  return { id: null, direction, steps: [], current };
}

/**
 * Runs `work` on a connection that holds the lock, with another one for the record.
 *
 * The migrating session is never given back to the pool: nobody knows what the migrations have left in it.
 *
 * @throws GanderError `locked`, `unreachable`; `invalid_request` when the pool has one connection only
 */
export async function withLockedSession<T>(
  options: EngineOptions,
  request: RunRequest,
  work: (client: Client, log: Log) => Promise<T>,
): Promise<T> {
  requireTwo(options.pool);
  const lock = lockOptions(options, request);
  const asked = performance.now();
  const done = await inTurn(options.pool, lock.wait, async () => {
    const [client, log] = [await connect(options.pool), new Log(options.pool)];
    try {
      const wait = Math.max(lock.wait - (performance.now() - asked), 0);
      return { result: await withLock(client, { ...lock, wait }, () => work(client, log)) };
    } finally {
      await log.close();
      client.release(true);
    }
  });
  if (done !== null) return done.result;
  throw locked(await withClient(options.pool, (client) => lockHolder(client, lock.key)), lock.wait);
}

function requireTwo(pool: Pool): void {
  if (pool.options.max >= 2) return;
  throw new GanderError('invalid_request', 'A run needs two connections, and the pool allows one.', {
    next: 'Make the pool with max: 2 or more.',
  });
}

function lockOptions(options: EngineOptions, request: RunRequest): LockOptions {
  return {
    key: options.lockKey ?? MIGRATION_LOCK,
    wait: request.lockWait ?? options.lockWait ?? LOCK_WAIT_MS,
    signal: request.signal,
    onWait: (holder) => emitTo(request)({ type: 'waiting', holder }),
  };
}
