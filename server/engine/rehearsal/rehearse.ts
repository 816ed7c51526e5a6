import { GanderError } from '../errors.ts';
import { tableKey } from '../history/index.ts';
import { type LockedSession, withLockedSession } from '../locked-session.ts';
import { MIGRATION_LOCK } from '../lock.ts';
import type { EngineOptions } from '../options.ts';
import { planNow } from '../planning.ts';
import { names, type Plan, type PlanRequest } from '../plan.ts';
import { asGanderError, type Client, literal, SQLSTATE } from '../postgres.ts';
import type { SchemaObject } from '../schema/diff/object.ts';
import type { Scope } from '../schema/kinds/index.ts';
import { tablesOfKeys } from '../schema/recording/histories.ts';
import { nameOf } from '../schema/snapshot.ts';
import { requireSame } from '../seen.ts';
import type { State } from '../state.ts';
import { Aside } from './aside.ts';
import { limitTime, type TimeLimit } from './limit.ts';
import { relationsNow } from './look.ts';
import type { Rehearsal, RehearsedStep } from './rehearsal.ts';
import { remainsOf } from './remains.ts';
import { schemaNow } from './schema-now.ts';
import type { Stage } from './stage.ts';
import { rehearseStep, unseen } from './step.ts';

/** What is rehearsed, and within what. */
export interface RehearsalRequest extends PlanRequest {
  /** The plan that was seen: when another one would run, nothing is rehearsed. */
  readonly fingerprint?: string | undefined;
  /** How long a statement may wait for a lock, in milliseconds. Default: 2 seconds. */
  readonly lockTimeout?: number | undefined;
  /** How long all of it may take, in milliseconds. Default: 30 seconds. */
  readonly limit?: number | undefined;
  /** How long to wait for the migration lock, in milliseconds. Default: not at all. */
  readonly lockWait?: number | undefined;
  /** Aborting ends it at once. */
  readonly signal?: AbortSignal | undefined;
}

const LOCK_TIMEOUT_MS = 2_000;
const LIMIT_MS = 30_000;

/**
 * Runs a plan in one transaction on a connection of its own, and rolls all of it back.
 *
 * It has the migration lock for as long as it takes: what is found holds for the database as it is, and whoever migrated
 * meanwhile would wait for its tables anyway. Where somebody migrates already there is nothing to be found, so it does not
 * wait. The lock is the transaction's too, which no text can give back.
 */
export async function rehearse(options: EngineOptions, request: RehearsalRequest): Promise<Rehearsal> {
  const { lockWait = 0, signal } = request;
  return withLockedSession(options, { lockWait, signal }, (session) => inSession(options, request, session));
}

async function inSession(
  options: EngineOptions,
  request: RehearsalRequest,
  session: LockedSession,
): Promise<Rehearsal> {
  const { client, facts, log } = session;
  const { state, plan } = await log.write((other) => planNow(options, other, request, 'write'));
  requireSame(plan, request.fingerprint);
  const at = new Date();
  const started = performance.now();
  const time = limitTime(log, facts.pid, request.limit ?? LIMIT_MS, request.signal);
  const steps: RehearsedStep[] = [];
  try {
    const stage = await setStage(session, state, request.lockTimeout ?? LOCK_TIMEOUT_MS, time);
    await play(stage, plan, steps);
  } catch (error) {
    if (request.signal?.aborted === true) throw cancelled();
    if (time.left() > 0) throw asGanderError(error);
  } finally {
    time.stop();
    await client.query('ROLLBACK').catch(() => {}); // a session that is lost has rolled back
  }
  const tookMs = performance.now() - started;
  const { direction, fingerprint } = plan;
  return { direction, fingerprint, at, tookMs, ...whole(plan, steps), remains: remainsOf(steps) };
}

/** What became of all, with those that were not come to. */
function whole(
  { steps: planned }: Plan,
  seen: readonly RehearsedStep[],
): Pick<Rehearsal, 'outcome' | 'steps'> {
  const isFailed = seen.some(({ outcome }) => outcome === 'failed');
  const reason = isFailed ? 'One before it failed.' : OUT_OF_TIME;
  const rest = planned
    .slice(seen.length)
    .map((step): RehearsedStep => ({ ...unseen(step), outcome: 'not run', reason }));
  const steps = [...seen, ...rest];
  if (isFailed) return { outcome: 'failed', steps };
  if (steps.some(({ outcome }) => outcome === 'not run')) return { outcome: 'out of time', steps };
  return { outcome: steps.length === 0 ? 'nothing' : 'passed', steps };
}

const OUT_OF_TIME = 'The time for the rehearsal was up.';

async function setStage(
  { client, facts }: LockedSession,
  state: State,
  lockTimeout: number,
  { left }: TimeLimit,
): Promise<Stage> {
  await client.query(`BEGIN READ WRITE; SET LOCAL lock_timeout = ${Math.round(lockTimeout)}`);
  const { rows } = await client.query<{ transaction: string; server: number }>(
    `SELECT pg_current_xact_id()::text AS transaction, current_setting('server_version_num')::int AS server,
       pg_try_advisory_xact_lock(${MIGRATION_LOCK})`,
  );
  const { transaction, server } = rows[0]!;
  const scope = await scopeOf(client, state, server);
  const aside = new Aside(client);
  const existing = await relationsNow(aside);
  return { client, aside, facts, transaction, lockTimeout, left, scope, existing };
}

/** The histories of all that use the database are no part of the schema. */
async function scopeOf(client: Client, { history, journal }: State, server: number): Promise<Scope> {
  const { rows } = journal.present
    ? await client.query<{ key: string }>('SELECT DISTINCT history_table AS key FROM gander.runs')
    : { rows: [] };
  const tables = tablesOfKeys([tableKey(history.table), ...rows.map(({ key }) => key)]);
  const histories = `ARRAY[${tables.map((table) => literal(nameOf(table))).join(', ')}]::text[]`;
  return { server, histories, among: (oid) => `${oid} IS NOT NULL` };
}

/** @param steps what is known of them; filled as it goes on */
async function play(
  stage: Stage,
  { steps: planned, direction }: Plan,
  steps: RehearsedStep[],
): Promise<void> {
  if (planned.length === 0) return;
  let schema: readonly SchemaObject[] = await schemaNow(stage.aside, stage.scope);
  for (const step of planned) {
    if (stage.left() <= 0) return;
    const played = await rehearseStep(stage, step, direction, schema);
    const judged = played.step.outcome === 'failed' ? judge(played.step, steps, stage.left()) : played.step;
    steps.push(judged);
    if (judged.outcome === 'failed') return;
    schema = played.schema;
  }
}

/** A failure may be the rehearsal's, and not the migration's. */
function judge(failed: RehearsedStep, before: readonly RehearsedStep[], left: number): RehearsedStep {
  if (left <= 0) return { ...failed, outcome: 'not run', failure: null, reason: OUT_OF_TIME };
  const addsValues = before.some(({ statements }) => statements.some(({ kind }) => kind === 'alter type'));
  if (failed.failure?.sqlstate === SQLSTATE.unsafeEnumValue && addsValues)
    return { ...failed, outcome: 'skipped', failure: null, reason: NEEDS_COMMIT };
  const skipped = before.filter(({ outcome }) => outcome === 'skipped');
  const reason = skipped.length === 0 ? null : `That may be because ${names(skipped)} was not rehearsed.`;
  return { ...failed, reason };
}

const NEEDS_COMMIT =
  'It uses a value of an enum that an earlier migration of the plan adds, which can be used only when that one is committed.';

function cancelled(): GanderError {
  return new GanderError('cancelled', 'The rehearsal was cancelled: all of it was rolled back.');
}
