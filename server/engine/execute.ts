import { GanderError } from './errors.ts';
import type { RunEvent, RunResult } from './events.ts';
import type { HistoryFormat } from './history/index.ts';
import { MIGRATION_LOCK, withLock } from './lock.ts';
import type { Migration } from './migration.ts';
import {
  type Consent,
  makePlan,
  type Plan,
  type PlanRequest,
  requireConsent,
  type StoredMigrations,
  title,
} from './plan.ts';
import { readState } from './observe.ts';
import { type Client, connect, type Pool, withClient } from './postgres.ts';
import { MigrationFailed, runPlan } from './run.ts';
import { type Session, transaction } from './session.ts';
import type { Source } from './source.ts';
import { checksum as checksumOf } from './sql/checksum.ts';
import type { State } from './state.ts';

export interface EngineOptions {
  /** Two of its connections are used while a run goes on. */
  readonly pool: Pool;
  readonly source: Source;
  /** The history table, `name` or `schema.name`. Default: `goose_db_version` if it is there, else `schema_migrations`. */
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
    const migration = source.parse({ version, name, file }, sql);
    if ('script' in migration && checksumOf(sql) === checksum) parsed.set(version, migration);
  }
  return parsed;
}

/**
 * Reads, plans and runs. With nothing to do it takes no lock and writes nothing.
 *
 * @throws GanderError `locked`, `plan_changed`, what `makePlan` and `requireConsent` throw, `unreachable`
 * @throws MigrationFailed when a migration failed
 */
export async function execute(options: EngineOptions, request: PlanRequest & RunRequest): Promise<RunResult> {
  const early = await withClient(options.pool, (client) => planNow(options, client, request));
  requireSame(early.plan, request);
  if (early.plan.steps.length === 0) return nothingToDo(early.state, request);
  requireConsent(early.plan, request);
  await options.prepare?.((event) => request.onEvent?.(event));
  return withTwoClients(options.pool, (client, log) =>
    withLock(client, lockOptions(options, request), () => executeLocked(options, request, client, log)),
  );
}

export function lockOptions(
  options: EngineOptions,
  { signal, onEvent, lockWait }: RunRequest,
): Parameters<typeof withLock>[1] {
  return {
    key: options.lockKey ?? MIGRATION_LOCK,
    wait: lockWait ?? options.lockWait ?? LOCK_WAIT_MS,
    signal,
    onWait: (holder) => onEvent?.({ type: 'waiting', holder }),
  };
}

/** Under the lock everything is read again: whoever held it before may have done the work. */
async function executeLocked(
  options: EngineOptions,
  request: PlanRequest & RunRequest,
  client: Client,
  log: Client,
): Promise<RunResult> {
  const { state, plan } = await planNow(options, log, request, 'write');
  requireSame(plan, request);
  if (plan.steps.length === 0) return nothingToDo(state, request);
  requireConsent(plan, request);
  if (!state.historyExists) await transaction(log, () => state.history.create(log));
  const session: Session = {
    client,
    log,
    history: state.history,
    journal: state.journal,
    lockKey: options.lockKey ?? MIGRATION_LOCK,
    actor: request.actor ?? options.actor ?? 'gander',
    emit: (event) => request.onEvent?.(event),
    signal: request.signal,
  };
  return withCurrent(options, log, runPlan(session, plan));
}

/** Adds where the history stands now, to a run that is done and to one that failed. */
async function withCurrent(
  options: EngineOptions,
  client: Client,
  run: Promise<Omit<RunResult, 'current'>>,
): Promise<RunResult> {
  const current = async (): Promise<bigint | null> => (await observe(options, client, 'read')).current;
  try {
    return { ...(await run), current: await current() };
  } catch (error) {
    if (!(error instanceof MigrationFailed)) throw error;
    throw error.withCurrent(await current().catch(() => null));
  }
}

function requireSame(plan: Plan, { fingerprint }: RunRequest): void {
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

function nothingToDo({ current }: State, { direction }: PlanRequest): RunResult {
  return { id: null, direction, steps: [], current };
}

/** The migrating session is never given back to the pool: nobody knows what the migrations have left in it. */
export async function withTwoClients<T>(
  pool: Pool,
  work: (client: Client, log: Client) => Promise<T>,
): Promise<T> {
  if (pool.options.max < 2) {
    throw new GanderError('invalid_request', 'A run needs two connections, and the pool allows one.', {
      next: 'Make the pool with max: 2 or more.',
    });
  }
  const client = await connect(pool);
  try {
    return await withClient(pool, (log) => work(client, log));
  } finally {
    client.release(true);
  }
}
