import { escapeIdentifier, escapeLiteral } from 'pg';
import { GanderError } from './errors.ts';
import type { RunEvent } from './events.ts';
import type { History } from './history/index.ts';
import type { Journal, Notebook } from './journal/index.ts';
import { MIGRATION_LOCK, STILL_HELD } from './lock.ts';
import type { Log } from './log.ts';
import type { Direction, Migration } from './migration.ts';
import type { Limits } from './options.ts';
import type { Step } from './plan.ts';
import { type Client, hasSqlstate, isConnectionLoss, SQLSTATE, together, unreachable } from './postgres.ts';

/** What a run works with: the connection that migrates and holds the lock, and another one that keeps the record. */
export interface Session extends Facts {
  readonly client: Client;
  readonly log: Log;
  readonly history: History;
  readonly journal: Journal;
  readonly actor: string;
  readonly limits: Limits;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** What is looked up of a session when it begins. */
export interface Facts {
  /** The server's process. */
  readonly pid: number;
  /** When it was started, as the server writes it: another process may get the same number later. */
  readonly startedAt: string;
  /** SQL that makes the session what it was when it began. */
  readonly reset: string;
  /** SQL that gives it back the role that it began with. */
  readonly resetRole: string;
}

/** A step on its way: which run it belongs to, and its place in the plan. */
export interface Work {
  readonly runId: string;
  readonly notebook: Notebook;
  readonly position: number;
  readonly step: Step;
  readonly direction: Direction;
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
  const resetRole = `RESET SESSION AUTHORIZATION; RESET ROLE${role === null ? '' : `; SET ROLE ${escapeIdentifier(role)}`}`;
  const settings = rows
    .filter(({ name }) => name !== null && name !== 'role' && name !== 'session_authorization')
    .map(
      ({ name, setting }) =>
        `; SELECT set_config(${escapeLiteral(name!)}, ${escapeLiteral(setting!)}, false)`,
    );
  const rest = `RESET ALL${settings.join('')}; UNLISTEN *; DEALLOCATE ALL; DISCARD TEMP`;
  return { pid, startedAt, resetRole, reset: `${resetRole}; ${rest}` };
}

/**
 * Opens the transaction of a migration, with a mark that ends with it. Nothing here takes a snapshot: the migration may
 * begin with SET TRANSACTION.
 */
export async function open(
  { client }: Session,
  limits: Pick<Limits, 'lockTimeout' | 'statementTimeout'>,
): Promise<void> {
  await client.query(`BEGIN READ WRITE; ${MARK}${settingsFor(limits, 'LOCAL')}`);
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

/**
 * Writes the rows that make a migration applied, or gone, and makes sure before of the transaction and the lock. A
 * migration may have given the lock back (`pg_advisory_unlock_all`): somebody else may have run the same one then.
 *
 * It is one message, which fails as a whole. So nothing is written where the transaction is not the one of `open` any
 * more: a COMMIT among the statements has ended it. Role and encoding are taken back in a message before, because one is
 * read before any of it is run.
 *
 * @returns whether the session still holds the lock as it took it
 * @throws GanderError when the transaction is not ours any more, the lock is somebody else's, or somebody has applied it
 */
export async function close({ client, resetRole }: Session, rows: readonly string[]): Promise<boolean> {
  const ourselves = client.query(`${resetRole}; RESET client_encoding`);
  const written = send(client, [SOUND, ...rows]);
  await Promise.all([ourselves, written]);
  const [sound] = (await written) as readonly { rows: readonly { held: boolean }[] }[];
  return sound!.rows[0]!.held;
}

/** What must not be is a division by zero: it fails on the server, because what follows is already on its way. */
const SOUND = `
  SELECT 1 / (current_setting('gander.step', true) = 'open')::int AS ours,
         CASE WHEN ${STILL_HELD} THEN true ELSE 1 / pg_try_advisory_xact_lock(${MIGRATION_LOCK})::int = 0 END AS held`;

/** Sends statements in one message, which is one transaction by itself; the empty ones are left out. */
export async function send(client: Client, statements: readonly string[]): Promise<unknown> {
  return client.query(statements.filter((sql) => sql !== '').join(';\n')).catch((error: unknown) => {
    if (hasSqlstate(error, SQLSTATE.divisionByZero)) throw lockLost();
    if (hasSqlstate(error, SQLSTATE.uniqueViolation, SQLSTATE.invalidText)) throw appliedMeanwhile();
    throw error;
  });
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
  const { command } = await client.query('COMMIT');
  if (command === 'COMMIT') return;
  throw new GanderError('migration_failed', 'PostgreSQL rolled the transaction back at COMMIT.');
}

/** Makes the session as good as new. @returns why nothing more can be run in it, null when it is */
export async function renew({ client, reset }: Session): Promise<Spoilt> {
  try {
    await client.query(reset);
    return null;
  } catch (error) {
    if (isConnectionLoss(error)) return unreachable(error);
    return new GanderError(
      'refused',
      `The session cannot be made as it was before the migration: ${(error as Error).message}.`,
      { next: 'Run again: what is applied stays.', cause: error },
    );
  }
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

/** Whether this session still holds the lock as it took it. */
export async function holdsLock({ client }: Session): Promise<boolean> {
  const { rows } = await client.query(`SELECT ${STILL_HELD} AS held`);
  return rows[0].held === true;
}

/** Runs what `ask` asks for in one transaction and one round trip: all of it, or nothing. @throws the first error */
export async function atomically(client: Client, ask: () => readonly Promise<unknown>[]): Promise<void> {
  await together(client, () => [client.query('BEGIN READ WRITE'), ...ask(), commit(client)]);
}
