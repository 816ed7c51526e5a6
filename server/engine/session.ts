import { escapeIdentifier, escapeLiteral } from 'pg';
import { GanderError } from './errors.ts';
import type { RunEvent } from './events.ts';
import type { History } from './history/index.ts';
import type { Journal } from './journal/index.ts';
import { HELD } from './lock.ts';
import type { Log } from './log.ts';
import type { Direction, Migration } from './migration.ts';
import type { Step } from './plan.ts';
import type { Client } from './postgres.ts';

/** What a run works with: the connection that migrates and holds the lock, and another one that keeps the record. */
export interface Session {
  readonly client: Client;
  readonly log: Log;
  readonly history: History;
  readonly journal: Journal;
  readonly lockKey: bigint;
  readonly actor: string;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal | undefined;
  /** Makes the session what it was when it began. */
  readonly reset: string;
  /** Gives it back the role that it began with. */
  readonly resetRole: string;
}

/** A step on its way: which run it belongs to, and its place in the plan. */
export interface Work {
  /** The transaction that was opened for it; null where it runs without. */
  readonly xid: string | null;
  readonly runId: string;
  readonly position: number;
  readonly step: Step;
  readonly direction: Direction;
}

/** A step that runs a section of a migration. */
export interface SectionWork extends Work {
  readonly migration: Migration;
}

/**
 * What a migration leaves in its session would reach the next one: role, settings (a pg_dump file empties the
 * search_path), temporary tables, LISTEN. DISCARD ALL would do it all, but it gives the advisory lock back as well.
 *
 * RESET goes back to how the connection was opened; a role and settings that the pool's owner gave it afterwards (in a
 * `connect` hook) are looked up here and given back too.
 *
 * @returns SQL without parameters, for `Session`
 */
export async function resetsOf(client: Client): Promise<{ reset: string; resetRole: string }> {
  const { rows } = await client.query<{ role: string | null; name: string | null; setting: string | null }>(`
    SELECT nullif(current_user, session_user) AS role, s.name, s.setting
    FROM (SELECT) one LEFT JOIN pg_settings s ON s.source = 'session'`);
  const role = rows[0]?.role ?? null;
  const resetRole = `RESET SESSION AUTHORIZATION; RESET ROLE${role === null ? '' : `; SET ROLE ${escapeIdentifier(role)}`}`;
  const settings = rows
    .filter(({ name }) => name !== null && name !== 'role' && name !== 'session_authorization')
    .map(
      ({ name, setting }) =>
        `; SELECT set_config(${escapeLiteral(name!)}, ${escapeLiteral(setting!)}, false)`,
    );
  const rest = `RESET ALL${settings.join('')}; UNLISTEN *; DEALLOCATE ALL; DISCARD TEMP`;
  return { resetRole, reset: `${resetRole}; ${rest}` };
}

/**
 * Makes the session as good as new and checks that it still holds the lock. One message; for a transactional step it
 * opens the transaction too, with a mark that ends with it.
 *
 * @returns the id of the transaction: what to ask for if the answer to its COMMIT gets lost; null where none was opened
 * @throws GanderError `locked` when the lock is lost, or a migration gave it back; nothing of the step has been run then
 */
export async function prepare({ client, reset, lockKey }: Session, step: Step): Promise<string | null> {
  const transactional = step.action === 'run' && step.migration?.script.transaction === true;
  const begin = transactional
    ? `; BEGIN; SELECT set_config('gander.step', 'open', true), pg_current_xact_id()::text AS xid`
    : '';
  const results = (await client.query(
    `${reset}; SELECT ${isHeld(lockKey)} AS held${begin}`,
  )) as unknown as Answers;
  if (results.some(({ rows }) => rows[0]?.['held'] === true)) {
    return (results.at(-1)?.rows[0]?.['xid'] as string | undefined) ?? null;
  }
  if (transactional) await client.query('ROLLBACK');
  throw new GanderError('locked', 'The lock was given back while the run was going on, so the run stopped.', {
    next: 'See whether a migration calls pg_advisory_unlock_all() or DISCARD ALL; then run again.',
  });
}

/** Several statements in one message have several results, which the types of pg do not know. */
type Answers = readonly { readonly rows: readonly Record<string, unknown>[] }[];

function isHeld(lockKey: bigint): string {
  return `EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND ${HELD.replaceAll('$1', lockKey.toString())})`;
}

/**
 * Before the rows that make a migration applied: takes back the role, and makes sure of the transaction and the lock. A
 * migration may have given the lock back (`pg_advisory_unlock_all`): somebody else may have run the same one then. What
 * must not be fails on the server, because what follows is already on its way.
 *
 * @throws DatabaseError 22012 when the transaction is not the one of `prepare`, or the lock is somebody else's
 */
export async function beOurselves({ client, resetRole, lockKey }: Session): Promise<void> {
  const locked = `CASE WHEN ${isHeld(lockKey)} THEN true ELSE pg_try_advisory_xact_lock(${lockKey}) END`;
  const sound = `current_setting('gander.step', true) = 'open' AND ${locked}`;
  // Where the transaction is gone, BEGIN opens one for the failure to spoil: else what follows would commit by itself.
  const begin = 'SET client_min_messages = error; BEGIN; RESET client_min_messages';
  await client.query(`${resetRole}; ${begin}; SELECT 1 / (${sound})::int`);
}

/**
 * Runs `work` with everything it asks for on the wire at once: one round trip. Within a transaction that is safe, since an
 * error makes all that follows fail, COMMIT too (pg 8.23, `pipeline`).
 */
export async function pipelined<T>(client: Client, work: () => Promise<T>): Promise<T> {
  const switchable = client as Client & { pipeline: boolean };
  switchable.pipeline = true;
  try {
    return await work();
  } finally {
    switchable.pipeline = false;
  }
}

/** Runs `work` in a transaction of `client`. */
export async function transaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN READ WRITE');
  try {
    const result = await work();
    await commit(client);
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** COMMIT of an aborted transaction does not fail: it answers ROLLBACK. */
export async function commit(client: Client): Promise<void> {
  const { command } = await client.query('COMMIT');
  if (command === 'COMMIT') return;
  throw new GanderError('migration_failed', 'PostgreSQL rolled the transaction back at COMMIT.');
}
