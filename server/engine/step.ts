import { GanderError } from './errors.ts';
import { failureOf } from './failure.ts';
import type { DirtyKind, Failure, StatementRecord } from './journal/index.ts';
import { type Client, hasSqlstate, isConnectionLoss, SQLSTATE } from './postgres.ts';
import { beOurselves, commit, pipelined, type SectionWork, type Session, transaction } from './session.ts';
import { outcomeOf } from './settle.ts';
import { leavesTraces } from './sql/transaction.ts';
import { type Ended, recordOf, sendInTurn, sendTogether, StatementError } from './statements.ts';

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

/**
 * All of it, its history row and its journal row, or nothing; in one round trip, however many statements there are.
 *
 * A statement can end the transaction without being COMMIT by name; what follows would then commit by itself, and our own
 * COMMIT would only warn (25P01). `beOurselves` keeps the history row out then, and the status tells which one it was.
 */
async function inTransaction(session: Session, work: SectionWork): Promise<void> {
  const records: StatementRecord[] = [];
  let endedBy: number | null = null;
  const onEnd = ({ record, status }: Ended): void => {
    records.push(record);
    if (status !== 'T') endedBy ??= record.position;
  };
  try {
    await pipelined(session.client, () =>
      sendTogether(session, work, onEnd, () => [
        beOurselves(session).catch(explain(lockLost)),
        ...recordDone(session, work, 'since begin'),
        commit(session.client),
      ]),
    );
  } catch (error) {
    if (error instanceof StatementError) records.push(recordOf(error.at, 'failed'));
    const outcome = endedBy === null ? await outcomeAfter(session, work, error) : 'partial';
    if (outcome !== 'committed')
      throw toFailure(outcome, endedBy === null ? error : endedEarly(endedBy), work);
  } finally {
    keepStatements(session, work, records);
  }
}

/** COMMIT was on its way when the connection broke; when the server answered with an error, it has undone everything. */
async function outcomeAfter(
  { client, log }: Session,
  { xid }: SectionWork,
  error: unknown,
): Promise<DirtyKind | 'committed'> {
  if (isConnectionLoss(causeOf(error))) return xid === null ? 'in doubt' : outcomeOf(log, xid);
  await client.query('ROLLBACK').catch(() => {});
  return 'rolled back';
}

function endedEarly(position: number): GanderError {
  return new GanderError(
    'migration_failed',
    `Statement ${position + 1} ended the migration’s own transaction.`,
  );
}

/** What must not be is a division by zero on the server (22012): here it gets its sentence. */
function explain(sentence: () => GanderError): (error: unknown) => never {
  return (error) => {
    throw hasSqlstate(error, SQLSTATE.divisionByZero) ? sentence() : error;
  };
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
    await sendInTurn(session, work, async (one) => {
      await log.write((writer) => journal.statements(writer, work.runId, work.position, [one]));
      progress[one.state === 'running' ? 'begun' : 'done'] += 1;
    });
    requireNoTransaction(session);
    const tookMs = performance.now() - started;
    // DISCARD ALL is a reason to have no transaction, and gives the lock back: the work is done all the same.
    await transaction(client, async () => {
      await client.query(session.resetRole);
      await pipelined(client, () => Promise.all(recordDone(session, work, tookMs)));
    });
  } catch (error) {
    if (!isConnectionLoss(causeOf(error))) await client.query('ROLLBACK').catch(() => {});
    if (error instanceof StatementError) keepStatements(session, work, [recordOf(error.at, 'failed')]);
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

/**
 * The rows that make a migration applied, or gone: on the migration's own connection, in its transaction.
 *
 * @returns the queries, each sent already
 */
function recordDone(session: Session, work: SectionWork, tookMs: number | 'since begin'): Promise<void>[] {
  const { client, history, journal, actor } = session;
  const { version, name, file, text: sql, checksum } = work.migration;
  const { runId } = work;
  const historyId = history.newestId;
  const rows =
    work.direction === 'up'
      ? [
          history.markApplied(client, version).catch(explain(appliedMeanwhile)),
          journal.applied(client, { version, name, file, sql, checksum, runId, actor, tookMs, historyId }),
        ]
      : [history.remove(client, version), journal.rolledBack(client, version)];
  return [...rows, journal.clearDirty(client, version)];
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

/** What is written down of a finished transaction's statements, while the run goes on. */
function keepStatements(session: Session, work: SectionWork, records: readonly StatementRecord[]): void {
  const { log, journal, emit } = session;
  log
    .write((writer) => journal.statements(writer, work.runId, work.position, records))
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
