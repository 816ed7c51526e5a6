import { GanderError } from './errors.ts';
import { failureOf } from './failure.ts';
import type { DirtyKind, Failure, StatementRecord } from './journal/index.ts';
import { type Client, isConnectionLoss } from './postgres.ts';
import { beOurselves, commit, type SectionWork, type Session, transaction } from './session.ts';
import { outcomeOf } from './settle.ts';
import { leavesTraces } from './sql/transaction.ts';
import { recordOf, sendAll, StatementError } from './statements.ts';

/** Why a step failed and what that leaves in the database. */
export class StepFailure extends Error {
  readonly kind: DirtyKind;
  readonly failure: Failure;

  constructor(kind: DirtyKind, failure: Failure, cause?: unknown) {
    super(failure.message, cause === undefined ? {} : { cause });
    this.kind = kind;
    this.failure = failure;
  }
}

/** Runs one section and records it as applied or rolled back; `prepare` has gone before. @throws StepFailure */
export async function runSection(session: Session, work: SectionWork): Promise<void> {
  return work.migration.script.transaction
    ? inTransaction(session, work)
    : statementByStatement(session, work);
}

/** All of it, its history row and its journal row, or nothing. */
async function inTransaction(session: Session, work: SectionWork): Promise<void> {
  const { client } = session;
  const records = new Map<number, StatementRecord>();
  let sent: string | null = null;
  const started = performance.now();
  try {
    await sendAll(session, work, (one) => {
      records.set(one.position, one);
      if (one.state === 'done') requireTransaction(session);
    });
    const tookMs = performance.now() - started;
    if (!(await beOurselves(session))) throw lockLost();
    await recordDone(session, work, tookMs);
    const { rows } = await client.query('SELECT pg_current_xact_id()::text AS xid');
    sent = rows[0].xid;
    await commit(client);
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
  const endedEarly = client.getTransactionStatus() === 'I' && sent === null;
  await client.query('ROLLBACK').catch(() => {});
  return endedEarly ? 'partial' : 'rolled back';
}

/**
 * A statement can end the transaction without being COMMIT by name; what follows would then commit by itself, and our
 * own COMMIT would only warn (postgres 25P01).
 */
function requireTransaction({ client }: Session): void {
  if (client.getTransactionStatus() === 'T') return;
  throw new GanderError(
    'migration_failed',
    'A statement ended the migration’s own transaction, so it was stopped there.',
  );
}

function lockLost(): GanderError {
  return new GanderError(
    'migration_failed',
    'It gave the migration lock back, and another session has taken it: nobody can tell who of the two ran it.',
  );
}

/**
 * Each statement commits by itself, so the record goes ahead of the work: the flag before the first statement, and each
 * statement's start before it is sent. Whatever kills us, somebody can read how far it came.
 */
async function statementByStatement(session: Session, work: SectionWork): Promise<void> {
  const { client, log, journal } = session;
  const progress = { begun: 0, done: 0 };
  const started = performance.now();
  try {
    await log.write((writer) =>
      transaction(writer, () => markDirty(session, writer, work, 'in doubt', null)),
    );
    await sendAll(session, work, async (one) => {
      await log.write((writer) => journal.statements(writer, work.runId, work.position, [one]));
      progress[one.state === 'running' ? 'begun' : 'done'] += 1;
    });
    requireNoTransaction(session);
    const tookMs = performance.now() - started;
    await transaction(client, async () => {
      await beOurselves(session);
      await recordDone(session, work, tookMs);
    });
  } catch (error) {
    if (!isConnectionLoss(causeOf(error))) await client.query('ROLLBACK').catch(() => {});
    if (error instanceof StatementError) await keepStatements(session, work, [recordOf(error.at, 'failed')]);
    throw toFailure(kindOf(error, progress), error, work);
  }
}

function requireNoTransaction({ client }: Session): void {
  if (client.getTransactionStatus() === 'I') return;
  throw new GanderError(
    'migration_failed',
    'The file opens a transaction and leaves it open, so PostgreSQL undid that part.',
  );
}

/** What a failure outside a transaction leaves: nothing only if nothing was sent, or what was sent is undone as a whole. */
function kindOf(error: unknown, { begun }: { begun: number }): DirtyKind {
  if (begun === 0) return 'rolled back';
  if (!(error instanceof StatementError)) return isConnectionLoss(error) ? 'in doubt' : 'partial';
  if (isConnectionLoss(error.cause)) return 'in doubt';
  const { index, statement } = error.at;
  return index === 0 && statement.parts === 1 && !leavesTraces(statement.text) ? 'rolled back' : 'partial';
}

/** The rows that make a migration applied, or gone: on the migration's own connection, in its transaction. */
async function recordDone(session: Session, work: SectionWork, tookMs: number): Promise<void> {
  const { client, history, journal, actor } = session;
  const { migration, runId } = work;
  const { version, name, file, text, checksum } = migration;
  if (work.direction === 'up') {
    const historyId = await history.markApplied(client, version);
    if (historyId === null) throw appliedMeanwhile();
    await journal.applied(client, {
      version,
      name,
      file,
      sql: text,
      checksum,
      runId,
      actor,
      tookMs,
      historyId,
    });
  } else {
    await history.remove(client, version);
    await journal.rolledBack(client, version);
  }
  await journal.clearDirty(client, version);
}

function appliedMeanwhile(): GanderError {
  return new GanderError(
    'migration_failed',
    'Somebody else has applied it meanwhile, without the migration lock.',
  );
}

/** Flags the migration, in table and journal alike. */
export async function markDirty(
  { history, journal }: Session,
  writer: Client,
  work: SectionWork,
  kind: DirtyKind,
  failure: Failure | null,
): Promise<void> {
  const { migration, direction, runId, position } = work;
  await history.markDirty(writer, migration.version);
  await journal.markDirty(writer, {
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
  session: Session,
  work: SectionWork,
  records: StatementRecord[],
): Promise<void> {
  const { log, journal, emit } = session;
  const ended = records.map((one) => (one.state === 'running' ? { ...one, state: 'failed' as const } : one));
  await log
    .write((writer) => journal.statements(writer, work.runId, work.position, ended))
    .catch((error: Error) =>
      emit({ type: 'note', message: `The journal could not be written: ${error.message}` }),
    );
}

/** The server's error is kept as the cause, unless it may hold a value that ENVSUB put in. */
function toFailure(kind: DirtyKind, error: unknown, { migration }: SectionWork): StepFailure {
  const at = error instanceof StatementError ? error.at : null;
  const cause = causeOf(error);
  return new StepFailure(
    kind,
    failureOf(cause, at, migration),
    migration.script.secrets.length > 0 ? undefined : cause,
  );
}

function causeOf(error: unknown): unknown {
  return error instanceof StatementError ? error.cause : error;
}
