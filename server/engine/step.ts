import { setTimeout as sleep } from 'node:timers/promises';
import { GanderError, messageOf } from './errors.ts';
import { inTransaction } from './in-transaction.ts';
import { SQLSTATE } from './postgres.ts';
import { requireDone } from './recovery/afterwards.ts';
import type { SectionWork, Session, Spoilt } from './session.ts';
import { StepFailure, toFailure } from './step-failure.ts';
import { statementByStatement } from './without-transaction.ts';

/**
 * Runs one section and records it as applied or rolled back.
 *
 * @returns why nothing more can be run in this session, null when it is as good as new
 * @throws StepFailure
 */
export async function runSection(session: Session, work: SectionWork): Promise<Spoilt> {
  if (!work.migration.script.transaction) return statementByStatement(session, work);
  const spoilt = await withRetries(session, work);
  await lookAfterwards(session, work);
  return spoilt;
}

/**
 * `IF NOT EXISTS` passes over what is there in another shape: what somebody has tried again to get out of dirty stays dirty
 * then, though PostgreSQL has committed it.
 */
async function lookAfterwards(session: Session, work: SectionWork): Promise<void> {
  if (session.resolution === null || work.direction === 'down') return;
  await requireDone(session, work).catch((error: unknown) => {
    if (error instanceof GanderError && error.code === 'migration_failed')
      throw toFailure('partial', error, work);
    session.emit({ type: 'note', message: `Nobody has looked at it afterwards: ${messageOf(error)}` });
  });
}

/** So often is a migration tried again that found a table locked; the pauses grow from half a second to ten. */
const RETRIES = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

async function withRetries(session: Session, work: SectionWork): Promise<Spoilt> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(session, work);
    } catch (error) {
      if (!isWorthRetrying(error) || attempt > RETRIES || isCancelled(session)) throw error;
      const pauseMs =
        Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS) * (0.8 + Math.random() * 0.4);
      const { message } = error as StepFailure;
      session.emit({ type: 'retry', step: work.step, attempt, of: RETRIES, pauseMs, message });
      await pause(pauseMs, session.signal);
      if (isCancelled(session)) throw error;
    }
  }
}

function isCancelled({ signal }: Session): boolean {
  return signal.aborted;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {}); // aborted
}

/** It waited for a lock, and all of it was undone: the one who has the lock may be gone by the next time. */
function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof StepFailure) || error.kind !== 'rolled back') return false;
  return error.failure.sqlstate === SQLSTATE.lockNotAvailable;
}
