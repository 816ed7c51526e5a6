import type { DirtyKind, Failure, NewApplied } from './journal/index.ts';
import type { SectionWork, Session } from './session.ts';

/** SQL for the rows that make a migration applied, or gone: a statement each, for the migration's own transaction. */
export function rowsDone(
  session: Session,
  work: SectionWork,
  tookMs: number | 'since begin',
): readonly string[] {
  const { history, journal } = session;
  const { version } = work.migration;
  const isFlagged = work.step.flagged !== null || !work.migration.script.transaction;
  const rows =
    work.direction === 'up'
      ? [
          history.markApplied(version, isFlagged ? 'dirty' : 'pending'),
          journal.applied(appliedRecord(session, work, tookMs)),
        ]
      : [history.remove(version), journal.rolledBack(version)];
  const { direction, migration } = work;
  // What an extension takes on or gives up leaves no trace.
  const isTraced = migration.script.transaction && !/extension/i.test(migration.text);
  const changes = session.recording.rowsFor({ version, direction }, isTraced ? 'own changes' : 'everything');
  return isFlagged ? [...rows, journal.clearDirty(version), ...changes] : [...rows, ...changes];
}

/** What the journal keeps of a migration that is applied. */
export function appliedRecord(
  { history, actor }: Session,
  { migration: { version, name, file, checksum }, runId }: SectionWork,
  tookMs: number | 'since begin' | null,
): NewApplied {
  return { version, name, file, checksum, runId, actor, tookMs, historyId: history.newestId(version) };
}

/** SQL that flags the migration, in table and journal alike. */
export function rowsDirty(
  { history, journal }: Session,
  { migration: { version }, direction, runId, position: step }: SectionWork,
  kind: DirtyKind,
  failure: Failure | null,
): readonly string[] {
  return [history.markDirty(version), journal.markDirty({ version, kind, direction, runId, step, failure })];
}
