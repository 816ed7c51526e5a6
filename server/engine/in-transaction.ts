import { randomUUID } from 'node:crypto';
import { GanderError } from './errors.ts';
import type { DirtyKind } from './journal/index.ts';
import { limitsFor } from './options.ts';
import { isConnectionLoss, together } from './postgres.ts';
import { rowsDone } from './records.ts';
import { newProgress, resetEncoding, type Sent, watching } from './sent.ts';
import { lockGivenBack, renew, type SectionWork, type Session, type Spoilt } from './session.ts';
import { close, open } from './transaction.ts';
import { outcomeOf } from './settle.ts';
import { type Ear, listening } from './statements.ts';
import { causeOf, noteFailed, toFailure } from './step-failure.ts';

/**
 * All of it, its history row and its journal row, or nothing; in one round trip, however many statements there are.
 *
 * A statement can end the transaction without being COMMIT by name; what follows would then commit by itself, and our own
 * COMMIT would only warn (25P01). `close` keeps the history row out then, and the status tells which one it was.
 */
export async function inTransaction(session: Session, work: SectionWork): Promise<Spoilt> {
  const { progress, answered } =
    work.migration.script.module === null ? sendSection(work) : callIn(session, work);
  try {
    await answered;
  } catch (error) {
    noteFailed(work, error);
    await work.ahead.settled();
    const spoilt = await renew(session);
    const outcome = progress.endedBy === null ? await outcomeAfter(session, work, error) : 'partial';
    // Then those behind it may be, too.
    if (outcome === 'committed') return spoilt;
    work.ahead.forget();
    throw toFailure(outcome, progress.endedBy === null ? error : endedEarly(progress.endedBy), work);
  }
  if (!progress.held) return lockGivenBack();
  return progress.spoilt?.code === 'refused' ? renewAgain(session, work) : progress.spoilt;
}

/** What has made the session as good as new was cancelled, perhaps, and works the second time. */
async function renewAgain(session: Session, work: SectionWork): Promise<Spoilt> {
  await work.ahead.settled();
  work.ahead.forget();
  return renew(session);
}

/** It may have been sent ahead. */
function sendSection(work: SectionWork): Pick<Sent, 'progress' | 'answered'> {
  const sent = work.ahead.take(work);
  sent.turn();
  return sent;
}

function callIn(session: Session, work: SectionWork): Pick<Sent, 'progress' | 'answered'> {
  const progress = newProgress();
  const call = async (ear: Ear): Promise<void> => {
    const { callModule } = await import('./modules/run.ts');
    await open(session, limitsFor(work.migration.script, session.limits));
    await callModule(session, work, ear, { onEnd: watching(progress) });
    await together(session.client, () => [
      ...resetEncoding(session, work),
      close(session, rowsDone(session, work, 'since begin'), randomUUID()).then((closing) =>
        Object.assign(progress, closing),
      ),
    ]);
  };
  return { progress, answered: listening(session, work, call) };
}

/** COMMIT was on its way when the connection broke; when the server answered with an error, it has undone everything. */
async function outcomeAfter(
  session: Session,
  work: SectionWork,
  error: unknown,
): Promise<DirtyKind | 'committed'> {
  return isConnectionLoss(causeOf(error)) ? outcomeOf(session, work) : 'rolled back';
}

function endedEarly(position: number): GanderError {
  return new GanderError(
    'migration_failed',
    `Statement ${position + 1} ended the migration’s own transaction.`,
  );
}
