import { tableKey } from './history/index.ts';
import type { Plan } from './plan.ts';
import type { Session } from './session.ts';

/**
 * From now on the run's changes of the schema are kept, where they are to be. What keeps them from it is told, and stops
 * nothing.
 */
export async function recordSchema(session: Session, id: string, plan: Plan): Promise<void> {
  const { log, journal, history, schemaChanges, emit } = session;
  if (!journal.present || schemaChanges === 'off' || !plan.steps.some(({ action }) => action === 'run'))
    return;
  const { beginRecording } = await import('./schema/recording/recording.ts');
  const complain = (why: string): void =>
    emit({ type: 'note', message: `What changes in the schema will not be recorded: ${why}` });
  const run = { id, historyTable: tableKey(history.table), plan };
  session.recording = await log
    .write((client) => beginRecording(client, run, schemaChanges, complain))
    .catch((error: Error) => {
      complain(error.message);
      return session.recording;
    });
}
