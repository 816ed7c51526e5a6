import { GanderError } from './errors.ts';
import { failureOf } from './failure.ts';
import type { DirtyKind, Failure, StatementRecord } from './journal/index.ts';
import { isConnectionLoss } from './postgres.ts';
import { prepare, type Session, transaction, type SectionWork } from './session.ts';
import { outcomeOf } from './settle.ts';
import { record, sendAll, StatementError } from './statements.ts';

/** Why a step failed and what that leaves in the database. */
export class StepFailure extends Error {
  readonly kind: DirtyKind;
  readonly failure: Failure;

  constructor(kind: DirtyKind, failure: Failure, cause: unknown) {
    super(failure.message, { cause });
    this.kind = kind;
    this.failure = failure;
  }
}

/** Runs one section and records it as applied or rolled back. @throws StepFailure */
export async function runSection(session: Session, work: SectionWork): Promise<void> {
  return work.migration.script.transaction
    ? inTransaction(session, work)
    : statementByStatement(session, work);
}

/** All of it, its history row and its journal row, or nothing. */
async function inTransaction(session: Session, work: SectionWork): Promise<void> {
  const records = new Map<number, StatementRecord>();
  const watch = (one: StatementRecord): void => void records.set(one.position, one);
  let sent: string | null = null;
  const started = performance.now();
  try {
    await prepare(session, 'BEGIN');
    await sendAll(session, work, watch, () => requireTransaction(session));
    const tookMs = performance.now() - started;
    const xid = await beOurselves(session);
    await recordDone(session, work, tookMs);
    sent = xid;
    await commit(session);
  } catch (error) {
    const outcome = await settle(session, error, sent);
    if (outcome !== 'committed') throw toFailure(outcome, error, work);
  } finally {
    await keepStatements(session, work, [...records.values()]);
  }
}

/**
 * What a failed transaction has left behind. @param sent its id, if its COMMIT was sent: without that, a lost connection
 * means that PostgreSQL undoes it
 */
async function settle(
  { client, log }: Session,
  error: unknown,
  sent: string | null,
): Promise<DirtyKind | 'committed'> {
  if (isConnectionLoss(causeOf(error))) return sent === null ? 'rolled back' : outcomeOf(log, sent);
  const endedEarly = error instanceof StatementError && client.getTransactionStatus() === 'I';
  await client.query('ROLLBACK').catch(() => {});
  return endedEarly ? 'partial' : 'rolled back';
}

/**
 * A statement can end the transaction without being COMMIT by name; what follows would then commit by itself, and our
 * own COMMIT would only warn (postgres 25P01).
 */
function requireTransaction({ client }: Session): void {
  if (client.getTransactionStatus() === 'T') return;
  throw new GanderError('migration_failed', 'This statement ended the migration’s own transaction.', {
    next: 'Take the transaction control out, or add -- +goose NO TRANSACTION to the file.',
  });
}

/**
 * A migration may have taken another role, which need not have rights on our tables.
 *
 * @returns the transaction's id: what to ask for if the answer to COMMIT gets lost
 */
async function beOurselves({ client }: Session): Promise<string> {
  const message = 'RESET SESSION AUTHORIZATION; RESET ROLE; SELECT pg_current_xact_id()::text AS xid';
  const results = (await client.query(message)) as unknown as { rows: { xid: string }[] }[];
  return results.at(-1)!.rows[0]!.xid;
}

/** COMMIT of an aborted transaction does not fail: it answers ROLLBACK. */
async function commit({ client }: Session): Promise<void> {
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT')
    throw new GanderError('migration_failed', 'PostgreSQL rolled the transaction back at COMMIT.');
}

/**
 * Each statement commits by itself, so the record goes ahead of the work: the flag before the first statement, and each
 * statement's start before it is sent. Whatever kills us, somebody can read how far it came.
 */
async function statementByStatement(session: Session, work: SectionWork): Promise<void> {
  const { client, log, journal } = session;
  const started = performance.now();
  try {
    await prepare(session, '');
    await transaction(log, () => markDirty(session, work, 'in doubt', null));
    const watch = (one: StatementRecord): Promise<void> =>
      journal.statements(log, work.runId, work.position, [one]);
    await sendAll(session, work, watch, () => {});
    requireNoTransaction(session);
    const tookMs = performance.now() - started;
    await transaction(client, async () => {
      await beOurselves(session);
      await recordDone(session, work, tookMs);
    });
  } catch (error) {
    if (!isConnectionLoss(causeOf(error))) await client.query('ROLLBACK').catch(() => {});
    await keepFailedStatement(session, work, error);
    throw toFailure(kindOf(error), error, work);
  }
}

function requireNoTransaction({ client }: Session): void {
  if (client.getTransactionStatus() === 'I') return;
  throw new GanderError(
    'migration_failed',
    'The file opens a transaction and leaves it open, so PostgreSQL undid that part.',
    {
      next: 'End it with COMMIT.',
    },
  );
}

/** Statements that leave something behind when they fail: their work spans several transactions of their own. */
const LEAVES_TRACES =
  /concurrently|^(do|call|vacuum|cluster|reindex|begin|start|commit|end|copy|alter system)\b|database|subscription/;

function kindOf(error: unknown): DirtyKind {
  if (isConnectionLoss(causeOf(error))) return 'in doubt';
  if (!(error instanceof StatementError)) return 'partial';
  const { index, statement } = error.at;
  return index === 0 && statement.parts === 1 && !LEAVES_TRACES.test(statement.kind)
    ? 'rolled back'
    : 'partial';
}

/** The rows that make a migration applied, or gone: on the migration's own connection, in its transaction. */
async function recordDone(session: Session, work: SectionWork, tookMs: number): Promise<void> {
  const { client, history, journal, actor } = session;
  const { migration, runId } = work;
  const { version, name, file, text, checksum } = migration;
  if (work.direction === 'up') {
    await history.markApplied(client, version);
    await journal.applied(client, { version, name, file, sql: text, checksum, runId, actor, tookMs });
  } else {
    await history.remove(client, version);
    await journal.rolledBack(client, version);
  }
  await journal.clearDirty(client, version);
}

/** Flags the migration on the log connection, in table and journal alike. */
export async function markDirty(
  { log, history, journal }: Session,
  work: SectionWork,
  kind: DirtyKind,
  failure: Failure | null,
): Promise<void> {
  const { migration, direction, runId, position } = work;
  await history.markDirty(log, migration.version);
  await journal.markDirty(log, {
    version: migration.version,
    kind,
    direction,
    runId,
    step: position,
    failure,
  });
}

/** What is written down of a finished transaction's statements; the record must not fail what has succeeded. */
async function keepStatements(
  { log, journal, emit }: Session,
  work: SectionWork,
  records: StatementRecord[],
): Promise<void> {
  const ended = records.map((one) => (one.state === 'running' ? { ...one, state: 'failed' as const } : one));
  await journal.statements(log, work.runId, work.position, ended).catch((error: Error) => {
    emit({ type: 'note', message: `The journal could not be written: ${error.message}` });
  });
}

async function keepFailedStatement(session: Session, work: SectionWork, error: unknown): Promise<void> {
  if (error instanceof StatementError)
    await keepStatements(session, work, [record(error.at, 'failed', null, null, [])]);
}

function toFailure(kind: DirtyKind, error: unknown, work: SectionWork): StepFailure {
  const at = error instanceof StatementError ? error.at : null;
  return new StepFailure(kind, failureOf(causeOf(error), at, work.migration), causeOf(error));
}

function causeOf(error: unknown): unknown {
  return error instanceof StatementError ? error.cause : error;
}
