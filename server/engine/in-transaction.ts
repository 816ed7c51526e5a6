import { GanderError } from './errors.ts';
import type { DirtyKind } from './journal/index.ts';
import { limitsFor } from './options.ts';
import { isConnectionLoss, together } from './postgres.ts';
import { rowsDone } from './records.ts';
import {
  close,
  type Closing,
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
  const progress: Progress = { endedBy: null, held: true, spoilt: null };
  const onEnd = (position: number, status: Status): void => {
    if (status !== 'T') progress.endedBy ??= position;
  };
  try {
    await listening(session, work, async (ear) => {
      const begin = (): Promise<void> => open(session, limitsFor(work.migration.script, session.limits));
      const end = async (): Promise<void> =>
        void Object.assign(progress, await close(session, rowsDone(session, work, 'since begin')));
      if (work.migration.script.module === null) {
        await together(client, () => [
          begin(),
          ...sendTogether(session, work, ear, onEnd),
          ...resetEncoding(session, work),
          end(),
        ]);
      } else {
        const { callModule } = await import('./modules/run.ts');
        await begin();
        await callModule(session, work, ear, { onEnd });
        await together(client, () => [...resetEncoding(session, work), end()]);
      }
    });
  } catch (error) {
    noteFailed(work, error);
    const spoilt = await renew(session);
    const outcome = progress.endedBy === null ? await outcomeAfter(session, work, error) : 'partial';
    if (outcome === 'committed') return spoilt;
    throw toFailure(outcome, progress.endedBy === null ? error : endedEarly(progress.endedBy), work);
  }
  return progress.held ? progress.spoilt : lockGivenBack();
}

/** A message is read in the encoding that is set when it comes: a file that sets another one must not garble the rows. */
function resetEncoding({ client }: Session, { migration }: SectionWork): Promise<unknown>[] {
  return /client_encoding|\bnames\b/i.test(migration.text) ? [client.query('RESET client_encoding')] : [];
}

interface Progress extends Closing {
  /** The statement that ended the transaction. */
  endedBy: number | null;
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
