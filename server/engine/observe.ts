import { findHistory, type HistoryRecord, type TableChoice } from './history/index.ts';
import { type JournalState, noJournal, openJournal } from './journal/index.ts';
import { type LockHolder, lockHolder } from './lock.ts';
import type { Client } from './postgres.ts';
import type { Contents } from './source.ts';
import { combine, currentOf, type State } from './state.ts';

interface Records {
  readonly records: readonly HistoryRecord[];
  readonly journalState: JournalState;
  readonly lock: LockHolder | null;
}

function isConsistent({ journalState, lock }: Records): boolean {
  return journalState.open === null || journalState.open.pid === lock?.pid;
}

/** Reads the whole state in six short queries, whatever the number of migrations; nine when a run ended meanwhile. */
export async function readState(
  client: Client,
  contents: Contents,
  choice: TableChoice & { journal: 'read' | 'write' | 'none'; lockKey: bigint },
): Promise<State> {
  const { history, exists } = await findHistory(client, choice);
  const journal =
    choice.journal === 'none' ? noJournal : await openJournal(client, history.table, choice.journal);
  const { rows } = await client.query('SELECT current_database() AS database');
  const read = async (): Promise<Records> => ({
    records: exists ? await history.read(client) : [],
    journalState: await journal.read(client),
    lock: await lockHolder(client, choice.lockKey),
  });
  const first = await read();
  // A run that seems to have lost its lock has ended since its row was read, or is dead: a second look tells.
  const { records, journalState, lock } = isConsistent(first) ? first : await read();
  const open = journalState.open !== null && journalState.open.pid === lock?.pid ? journalState.open : null;
  const migrations = combine(contents, records, journalState, {
    format: history.format,
    running: open?.version ?? null,
  });
  return {
    database: rows[0].database,
    history,
    historyExists: exists,
    journal,
    lock,
    running: open?.id ?? null,
    migrations,
    current: currentOf(migrations),
    problems: contents.problems,
    warnings: contents.warnings,
  };
}
