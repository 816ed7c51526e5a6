import type { QueryResult } from 'pg';
import { type CountingQuery, countingQuery } from './driver.ts';
import { GanderError } from './errors.ts';
import { MIGRATION_LOCK, STILL_HELD } from './lock.ts';
import type { Limits } from './options.ts';
import { type Client, hasSqlstate, literal, SQLSTATE, together } from './postgres.ts';
import { notRenewed, type Session, type Spoilt } from './session.ts';

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
  const begin = `BEGIN READ WRITE; SET LOCAL default_transaction_read_only = off; ${guard}${MARK}${settingsFor(limits, 'LOCAL')}`;
  // It fails where the migration before has failed; then this one does, too.
  const latched = client.query(LATCH).catch(() => {});
  const opened = answersTo(client, countingQuery(client, begin), (how) => {
    if (how === 'done') onOpen();
  });
  await Promise.all([opened, latched]);
}

/**
 * A BEGIN may fail as a whole (somebody cancels it), and the statements behind it are on their way already: each would then
 * commit by itself. So outside of a transaction that was opened to write the session only reads, until it is reset.
 */
const LATCH = 'SET default_transaction_read_only = on';

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

/** Runs what `ask` asks for in one transaction and one round trip: all of it, or nothing. @throws the first error */
export async function atomically(client: Client, ask: () => readonly Promise<unknown>[]): Promise<void> {
  await together(client, () => [client.query('BEGIN READ WRITE'), ...ask(), commit(client)]);
}
