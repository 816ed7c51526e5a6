import type { Ahead } from './ahead.ts';
import type { QueryResult } from 'pg';
import { type CountingQuery, countingQuery } from './driver.ts';
import type { Cancellable } from './cancellation.ts';
import { GanderError } from './errors.ts';
import type { RunEvent } from './events.ts';
import type { History } from './history/index.ts';
import type { Journal, Notebook, ResolutionRecord } from './journal/index.ts';
import { MIGRATION_LOCK, STILL_HELD } from './lock.ts';
import type { Log } from './log.ts';
import type { Direction, Migration } from './migration.ts';
import type { Limits } from './options.ts';
import type { Step } from './plan.ts';
import {
  type Client,
  hasSqlstate,
  isConnectionLoss,
  literal,
  SQLSTATE,
  together,
  unreachable,
} from './postgres.ts';
import { quoteIdentifier } from './quote.ts';

/** What a run works with: the connection that migrates and holds the lock, and another one that keeps the record. */
export interface Session extends Facts, Cancellable {
  readonly client: Client;
  readonly log: Log;
  readonly history: History;
  readonly journal: Journal;
  readonly actor: string;
  /** How and why a migration is got out of dirty; null in an ordinary run. */
  readonly resolution: ResolutionRecord | null;
  readonly limits: Limits;
  readonly emit: (event: RunEvent) => void;
}

/** What is looked up of a session when it begins. */
export interface Facts {
  /** The server's process. */
  readonly pid: number;
  /** When it was started, as the server writes it: another process may get the same number later. */
  readonly startedAt: string;
  /** SQL that makes the session what it was when it began: a statement each. */
  readonly reset: readonly string[];
  /** SQL that gives it back the role that it began with. */
  readonly resetRole: readonly string[];
}

/** A step on its way: which run it belongs to, and its place in the plan. */
export interface Work {
  readonly runId: string;
  readonly notebook: Notebook;
  readonly position: number;
  readonly step: Step;
  readonly direction: Direction;
  /** What of the run's other steps is on its way already. */
  readonly ahead: Ahead;
}

/** A step that runs a section of a migration. */
export interface SectionWork extends Work {
  readonly migration: Migration;
}

/** Why nothing more can be run in a session, though what it was asked for is done; null when it is as good as new. */
export type Spoilt = GanderError | null;

/**
 * What a migration leaves in its session would reach the next one: role, settings (a pg_dump file empties the
 * search_path), temporary tables, LISTEN. DISCARD ALL would do it all, but it gives the advisory lock back as well.
 *
 * RESET goes back to how the connection was opened; a role and settings that the pool's owner gave it afterwards (in a
 * `connect` hook) are looked up here and given back too.
 */
export async function factsOf(client: Client): Promise<Facts> {
  const { rows } = await client.query<{
    pid: number;
    started: string;
    role: string | null;
    name: string | null;
    setting: string | null;
  }>(`
    SELECT pg_backend_pid() AS pid, (SELECT extract(epoch FROM backend_start)::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS started,
           nullif(current_user, session_user) AS role, s.name, s.setting
    FROM (SELECT) one LEFT JOIN pg_settings s ON s.source = 'session'`);
  const { role, pid, started: startedAt } = rows[0]!;
  const resetRole = [
    'RESET SESSION AUTHORIZATION',
    'RESET ROLE',
    ...(role === null ? [] : [`SET ROLE ${quoteIdentifier(role)}`]),
  ];
  const settings = rows
    .filter(({ name }) => name !== null && name !== 'role' && name !== 'session_authorization')
    .map(({ name, setting }) => `SELECT set_config(${literal(name)}, ${literal(setting)}, false)`);
  const reset = [
    ...resetRole,
    'RESET ALL',
    ...settings,
    'CLOSE ALL',
    'UNLISTEN *',
    'DEALLOCATE ALL',
    'DISCARD TEMP',
  ];
  return { pid, startedAt, resetRole, reset };
}

/**
 * Opens the transaction of a migration, with a mark that ends with it. Nothing here takes a snapshot, unless it is sent
 * ahead: the migration may begin with SET TRANSACTION.
 *
 * @param after the seal of the migration before, which may not have ended yet: unless it ends well, and the lock is still
 *   held, this transaction fails here, and with it all that is sent after it
 * @param onOpen told at the very moment
 */
export async function open(
  { client }: Pick<Session, 'client'>,
  limits: Pick<Limits, 'lockTimeout' | 'statementTimeout'>,
  after: string | null = null,
  onOpen: () => void = () => {},
): Promise<void> {
  const guard = after === null ? '' : `SELECT 1 / (${isSealed(after)} AND ${STILL_HELD})::int; `;
  const query = countingQuery(client, `BEGIN READ WRITE; ${guard}${MARK}${settingsFor(limits, 'LOCAL')}`);
  await answersTo(client, query, (how) => {
    if (how === 'done') onOpen();
  });
}

/** SQL that leaves in the session that a migration has ended well and the session is as good as new: see `open`. */
function sealed(seal: string): string {
  return `SET gander.sealed = ${literal(seal)}`;
}

function isSealed(seal: string): string {
  return `coalesce(current_setting('gander.sealed', true), '') = ${literal(seal)}`;
}

/** The mark of a migration's own transaction: gone with it, and with RESET ALL. */
export const MARK = `SET LOCAL gander.step = 'open'`;

/** SQL for what was asked of the server's patience; `null` leaves it as the session has it. */
export function settingsFor(
  { lockTimeout, statementTimeout }: Pick<Limits, 'lockTimeout' | 'statementTimeout'>,
  scope: 'LOCAL' | 'SESSION',
): string {
  const set = (name: string, ms: number | null): string =>
    ms === null ? '' : `; SET ${scope} ${name} = ${Math.round(ms)}`;
  return `${set('lock_timeout', lockTimeout)}${set('statement_timeout', statementTimeout)}`;
}

/** What came of `close`. */
export interface Closing {
  /** Whether the session still holds the lock as it took it. */
  readonly held: boolean;
  readonly spoilt: Spoilt;
}

/**
 * Ends the transaction of `open`: writes the rows that make a migration applied, or gone, commits, and makes the session as
 * good as new, all in one message. It makes sure first of the transaction and the lock. A migration may have given the
 * lock back (`pg_advisory_unlock_all`): somebody else may have run the same one then.
 *
 * What fails in a message ends it. So nothing is written where the transaction is not ours any more, because a COMMIT among
 * the statements has ended it; and the number of statements that were done tells whether ours was committed.
 *
 * @param seal nobody can guess it; see `open`
 * @param onEnd told at the very moment, however it ends
 * @throws GanderError when the transaction is not ours any more, the lock is somebody else's, or somebody has applied it
 */
export async function close(
  session: Session,
  rows: readonly string[],
  seal: string,
  onEnd: () => void = () => {},
): Promise<Closing> {
  const { client, resetRole, reset } = session;
  const before = [...resetRole, SOUND, ...rows.filter((sql) => sql !== '')];
  const query = countingQuery(client, [...before, 'COMMIT', ...reset, sealed(seal)].join(';\n'));
  try {
    const results = await answersTo(client, query, onEnd);
    requireCommit(results[before.length]?.command);
    return { held: results[resetRole.length]!.rows[0]!['held'] === true, spoilt: null };
  } catch (error) {
    if (query.completed > before.length) return { held: true, spoilt: notRenewed(error) };
    if (query.completed === before.length) throw error;
    throw explained(error);
  }
}

type Results = readonly QueryResult<Record<string, unknown>>[];

/** @param onEnd told at the very event, since what belongs to the next message may follow in the same packet */
function answersTo(
  client: Client,
  query: CountingQuery,
  onEnd: (how: 'done' | 'failed') => void,
): Promise<Results> {
  return new Promise((resolve, reject) => {
    query.on('error', (error: unknown) => {
      onEnd('failed');
      reject(error);
    });
    query.on('end', (results: unknown) => {
      onEnd('done');
      resolve(results as Results);
    });
    client.query(query);
  });
}

/** What must not be is a division by zero: it fails on the server, because what follows is already on its way. */
const SOUND = `
  SELECT 1 / (current_setting('gander.step', true) = 'open')::int AS ours,
         CASE WHEN ${STILL_HELD} THEN true ELSE 1 / pg_try_advisory_xact_lock(${MIGRATION_LOCK})::int = 0 END AS held`;

/** Sends statements in one message, which is one transaction by itself; the empty ones are left out. */
export async function send(client: Client, statements: readonly string[]): Promise<void> {
  await client.query(statements.filter((sql) => sql !== '').join(';\n')).catch((error: unknown) => {
    throw explained(error);
  });
}

function explained(error: unknown): unknown {
  if (hasSqlstate(error, SQLSTATE.divisionByZero)) return lockLost();
  return hasSqlstate(error, SQLSTATE.uniqueViolation, SQLSTATE.invalidText) ? appliedMeanwhile() : error;
}

function lockLost(): GanderError {
  return new GanderError(
    'migration_failed',
    'It gave the migration lock back, and another session has taken it: nobody can tell who of the two ran it.',
  );
}

function appliedMeanwhile(): GanderError {
  return new GanderError(
    'migration_failed',
    'Somebody else has applied it meanwhile, without the migration lock.',
  );
}

/** COMMIT of an aborted transaction does not fail: it answers ROLLBACK. */
export async function commit(client: Client): Promise<void> {
  requireCommit((await client.query('COMMIT')).command);
}

function requireCommit(tag: string | undefined): void {
  if (tag === 'COMMIT') return;
  throw new GanderError('migration_failed', 'PostgreSQL rolled the transaction back at COMMIT.');
}

/** Undoes what is open, and makes the session as good as new. @returns why nothing more can be run in it, null when it is */
export async function renew({ client, reset }: Session): Promise<Spoilt> {
  try {
    if (client.getTransactionStatus() !== 'I') await client.query('ROLLBACK');
    await client.query(reset.join(';\n'));
    return null;
  } catch (error) {
    return notRenewed(error);
  }
}

function notRenewed(error: unknown): GanderError {
  if (isConnectionLoss(error)) return unreachable(error);
  return new GanderError(
    'refused',
    `The session cannot be made as it was before the migration: ${(error as Error).message}.`,
    { next: 'Run again: what is applied stays.', cause: error },
  );
}

export function lockGivenBack(): GanderError {
  return new GanderError(
    'locked',
    'The lock was given back while the run was going on, so the run stopped.',
    {
      next: 'See whether a migration calls pg_advisory_unlock_all() or DISCARD ALL; then run again.',
    },
  );
}

/** The lock, between two steps. @returns why nothing more can be run, null while the session holds the lock as it took it */
export async function keepLock({ client }: Session): Promise<Spoilt> {
  try {
    const { rows } = await client.query(`SELECT ${STILL_HELD} AS held`);
    return rows[0].held === true ? null : lockGivenBack();
  } catch (error) {
    return notRenewed(error);
  }
}

/** Runs what `ask` asks for in one transaction and one round trip: all of it, or nothing. @throws the first error */
export async function atomically(client: Client, ask: () => readonly Promise<unknown>[]): Promise<void> {
  await together(client, () => [client.query('BEGIN READ WRITE'), ...ask(), commit(client)]);
}
