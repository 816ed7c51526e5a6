import { GanderError } from './errors.ts';
import type { At } from './failure.ts';
import { halfBuiltOf, refuseHalfBuilt } from './half-built.ts';
import type { DirtyKind } from './journal/index.ts';
import { sectionOf, type Statement } from './migration.ts';
import { limitsFor } from './options.ts';
import { title } from './plan.ts';
import { isConnectionLoss } from './postgres.ts';
import { requireDone } from './recovery/afterwards.ts';
import { rowsDirty, rowsDone } from './records.ts';
import { toRepeat } from './resolution.ts';
import { keepLock, renew, type SectionWork, type Session, type Spoilt } from './session.ts';
import { atomically, send, settingsFor } from './transaction.ts';
import { leavesTraces } from './sql/transaction.ts';
import { listening, recordOf, sendInTurn, StatementError, statementsOf } from './statements.ts';
import { causeOf, noteFailed, toFailure } from './step-failure.ts';

/** Each statement commits by itself, so the record goes ahead of the work: the flag before the first statement. */
export async function statementByStatement(session: Session, work: SectionWork): Promise<Spoilt> {
  const { client, log } = session;
  const started = performance.now();
  let begun = work.step.from;
  noteEarlier(work);
  try {
    await work.notebook.flush();
    await log.write((writer) =>
      atomically(writer, () => [send(writer, rowsDirty(session, work, kindAtStart(work), null))]),
    );
    await prepareSession(session, work);
    const onBegin = ({ index }: At): void => {
      refuseCancelled(session, work, index);
      begun = index + 1;
    };
    const sent = await run(session, work, onBegin);
    requireNoTransaction(session);
    refuseHalfBuilt(await halfBuiltOf(client, sent), 'after');
    if (work.step.flagged !== null) await requireDone(session, work);
    // DISCARD ALL is a reason to have no transaction, and gives the lock back as well: the work is done all the same.
    await recordAlone(session, work, performance.now() - started);
  } catch (error) {
    // A statement that was cut off stays recorded as under way: nobody knows whether it happened.
    if (!isConnectionLoss(causeOf(error))) {
      await client.query('ROLLBACK').catch(() => {});
      noteFailed(work, error);
    }
    throw toFailure(kindOf(error, begun, work.step.flagged), error, work);
  }
  return (await renew(session)) ?? keepLock(session);
}

/** @returns what may have built an index: one that could not be stays, invalid, and IF NOT EXISTS takes it for the real one */
async function run(
  session: Session,
  work: SectionWork,
  onBegin: (at: At) => void,
): Promise<readonly Statement[]> {
  if (work.migration.script.module !== null) {
    const { callModule } = await import('./modules/run.ts');
    return listening(session, work, (ear) => callModule(session, work, ear, { onBegin }));
  }
  await sendInTurn(session, work, onBegin);
  return [...statementsOf(work)].map(({ statement }) => statement);
}

/** What an earlier run has left behind is there, however soon this one is cut off. */
function kindAtStart({ step: { flagged } }: SectionWork): DirtyKind {
  return flagged === null || flagged === 'rolled back' ? 'in doubt' : 'partial';
}

/** Its time limits, and what the statements that it goes on from have set in their session. */
async function prepareSession({ client, limits }: Session, work: SectionWork): Promise<void> {
  const { migration, direction, step } = work;
  const settings = settingsFor(limitsFor(migration.script, limits), 'SESSION');
  if (settings !== '') await client.query(settings.slice(2));
  const { statements } = sectionOf(migration.script, direction);
  for (const { sql } of toRepeat(statements, step.from)) await client.query(sql);
}

/** Between two statements a cancelled run stops at once; what is done stays, and can be gone on from. */
function refuseCancelled(session: Session, { step }: SectionWork, index: number): void {
  if (!session.signal.aborted || index === 0) return;
  throw new GanderError('cancelled', `The run was cancelled after statement ${index} of ${title(step)}.`);
}

function requireNoTransaction({ client }: Session): void {
  if (client.getTransactionStatus() === 'I') return;
  throw new GanderError(
    'migration_failed',
    'The file opens a transaction and leaves it open, so PostgreSQL undid that part.',
  );
}

async function recordAlone(session: Session, work: SectionWork, tookMs: number): Promise<void> {
  const { client, resetRole } = session;
  await atomically(client, () => [
    client.query(resetRole.join('; ')),
    send(client, rowsDone(session, work, tookMs)),
  ]);
}

/**
 * What a failure outside a transaction leaves: nothing only if nothing was sent, or what was sent is undone as a whole;
 * and what an earlier run has left is there all the same.
 */
function kindOf(error: unknown, begun: number, before: DirtyKind | null): DirtyKind {
  const nothing = before === null || before === 'rolled back' ? 'rolled back' : 'partial';
  if (begun === 0) return nothing;
  if (!(error instanceof StatementError)) return isConnectionLoss(error) ? 'in doubt' : 'partial';
  if (isConnectionLoss(error.cause)) return 'in doubt';
  const { index, statement } = error.at;
  // The first of a module may have failed and been caught, and others have run after it.
  return begun === 1 && index === 0 && statement.parts === 1 && !leavesTraces(statement.text)
    ? nothing
    : 'partial';
}

/**
 * The record of this run shows what earlier ones have done. What it does not come to, because it fails before, must not be
 * forgotten.
 */
function noteEarlier({ migration, direction, step, notebook, position }: SectionWork): void {
  const { statements } = sectionOf(migration.script, direction);
  for (const [index, statement] of statements.entries()) {
    const state = index < step.from ? 'earlier' : step.left.get(index);
    if (state !== undefined)
      notebook.statement(position, recordOf({ statements: [{ migration, statement, index }] }, state));
  }
}
