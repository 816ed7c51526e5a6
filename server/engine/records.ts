import { GanderError } from './errors.ts';
import type { DirtyKind, Failure, NewApplied } from './journal/index.ts';
import type { Client } from './postgres.ts';
import { explain, type SectionWork, type Session } from './session.ts';

/**
 * The rows that make a migration applied, or gone: on the migration's own connection, in its transaction.
 *
 * @returns the queries, each sent already
 */
export function recordDone(
  session: Session,
  work: SectionWork,
  tookMs: number | 'since begin',
): Promise<void>[] {
  const { client, history, journal } = session;
  const { version } = work.migration;
  const rows =
    work.direction === 'up'
      ? [
          history.markApplied(client, version).catch(explain(appliedMeanwhile)),
          journal.applied(client, appliedRecord(session, work, tookMs)),
        ]
      : [history.remove(client, version), journal.rolledBack(client, version)];
  const flagged = work.step.flagged !== null || !work.migration.script.transaction;
  return flagged ? [...rows, journal.clearDirty(client, version)] : rows;
}

/** What the journal keeps of a migration that is applied. */
export function appliedRecord(
  { history, actor }: Session,
  { migration: { version, name, file, checksum }, runId }: SectionWork,
  tookMs: number | 'since begin' | null,
): NewApplied {
  return { version, name, file, checksum, runId, actor, tookMs, historyId: history.newestId };
}

/** Flags the migration, in table and journal alike. @returns the queries, each sent already */
export function markDirty(
  { history, journal }: Session,
  { migration: { version }, direction, runId, position: step }: SectionWork,
  kind: DirtyKind,
  failure: Failure | null,
  writer: Client,
): Promise<void>[] {
  return [
    history.markDirty(writer, version),
    journal.markDirty(writer, { version, kind, direction, runId, step, failure }),
  ];
}

function appliedMeanwhile(): GanderError {
  return new GanderError(
    'migration_failed',
    'Somebody else has applied it meanwhile, without the migration lock.',
  );
}
