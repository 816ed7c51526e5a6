import { GanderError } from './errors.ts';
import type { DirtyKind } from './journal/index.ts';
import { limitsFor } from './options.ts';
import { isConnectionLoss, together } from './postgres.ts';
import { rowsDone } from './records.ts';
import {
  close,
  commit,
  lockGivenBack,
  open,
  renew,
  type SectionWork,
  type Session,
  type Spoilt,
} from './session.ts';
import { outcomeOf } from './settle.ts';
import { listening, sendTogether, type Status } from './statements.ts';
import { causeOf, noteFailed, toFailure } from './step-failure.ts';

/**
 * All of it, its history row and its journal row, or nothing; in one round trip, however many statements there are.
 *
 * A statement can end the transaction without being COMMIT by name; what follows would then commit by itself, and our own
 * COMMIT would only warn (25P01). `close` keeps the history row out then, and the status tells which one it was.
 */
export async function inTransaction(session: Session, work: SectionWork): Promise<Spoilt> {
  const { client } = session;
  const progress: Progress = { endedBy: null, held: true };
  let renewed: Promise<Spoilt> = Promise.resolve(null);
  const onEnd = (position: number, status: Status): void => {
    if (status !== 'T') progress.endedBy ??= position;
  };
  try {
    await listening(session, work, async (ear) => {
      const begin = (): Promise<void> => open(session, limitsFor(work.migration.script, session.limits));
      const end = (): Promise<unknown>[] => {
        const rows = rowsDone(session, work, 'since begin');
        const closed = close(session, rows).then((held) => (progress.held = held));
        const committed = commit(client);
        renewed = renew(session);
        return [closed, committed, renewed];
      };
      if (work.migration.script.module === null) {
        await together(client, () => [begin(), ...sendTogether(session, work, ear, onEnd), ...end()]);
      } else {
        const { callModule } = await import('./modules/run.ts');
        await begin();
        await callModule(session, work, ear, { onEnd });
        await together(client, end);
      }
    });
  } catch (error) {
    noteFailed(work, error);
    if (work.migration.script.module !== null) await undo(session);
    const outcome = progress.endedBy === null ? await outcomeAfter(session, work, error) : 'partial';
    if (outcome !== 'committed')
      throw toFailure(outcome, progress.endedBy === null ? error : endedEarly(progress.endedBy), work);
  }
  return progress.held ? renewed : lockGivenBack();
}

/** What a module has begun is still open when it fails. */
async function undo(session: Session): Promise<void> {
  await session.client.query('ROLLBACK').catch(() => {});
  await renew(session);
}

interface Progress {
  /** The statement that ended the transaction. */
  endedBy: number | null;
  /** Whether the lock was held at the end as it was at the beginning. */
  held: boolean;
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
