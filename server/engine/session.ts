import type { Ahead } from './ahead.ts';
import type { Cancellable } from './cancellation.ts';
import { GanderError } from './errors.ts';
import type { RunEvent } from './events.ts';
import type { History } from './history/index.ts';
import type { Journal, Notebook, ResolutionRecord } from './journal/index.ts';
import { STILL_HELD } from './lock.ts';
import type { Log } from './log.ts';
import type { Direction, Migration } from './migration.ts';
import type { Limits } from './options.ts';
import type { Step } from './plan.ts';
import { type Client, isConnectionLoss, literal, unreachable } from './postgres.ts';
import { quoteIdentifier } from './quote.ts';
import type { Recording, SchemaChanges } from './schema/recording/recording.ts';

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
  /** Whether and how its changes of the schema are kept. */
  readonly schemaChanges: SchemaChanges;
  /** What keeps them, once the run has begun. */
  recording: Recording;
  readonly emit: (event: RunEvent) => void;
}

/** What is looked up of a session when it begins. */
export interface Facts {
  /** The server's process. */
  readonly pid: number;
  /** When it was started, as the server writes it: another process may get the same number later. */
  readonly startedAt: string;
  /** How its transactions are isolated by default. */
  readonly isolation: string;
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
    isolation: string;
    role: string | null;
    name: string | null;
    setting: string | null;
  }>(`
    SELECT pg_backend_pid() AS pid, (SELECT extract(epoch FROM backend_start)::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS started,
           current_setting('default_transaction_isolation') AS isolation, nullif(current_user, session_user) AS role, s.name, s.setting
    FROM (SELECT) one LEFT JOIN pg_settings s ON s.source = 'session'`);
  const { role, pid, started: startedAt, isolation } = rows[0]!;
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
  return { pid, startedAt, isolation, resetRole, reset };
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

/** Why a session in which all is done cannot be used any more. */
export function notRenewed(error: unknown): GanderError {
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
