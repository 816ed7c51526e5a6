import {
  chooseHistory,
  type FoundHistory,
  type HistoryRecord,
  inspectTables,
  type TableChoice,
} from './history/index.ts';
import { type Journal, type JournalState, noJournal, openJournal } from './journal/index.ts';
import { type LockHolder, lockHolder } from './lock.ts';
import type { EngineOptions } from './options.ts';
import { type Client, together } from './postgres.ts';
import type { Contents } from './source.ts';
import { combine, currentOf, type State } from './state.ts';

/** What there is to read from in a database. */
export interface Surroundings extends FoundHistory {
  readonly database: string;
  readonly journal: Journal;
}

/** Finds history and journal, in one round trip. @param use whether the journal will be written */
export async function lookAround(
  client: Client,
  options: EngineOptions,
  use: 'read' | 'write',
): Promise<Surroundings> {
  const choice: TableChoice = { table: options.table, format: options.tableFormat };
  const [candidates, journalOf, { rows }] = await together(client, () => [
    inspectTables(client, choice),
    options.journal === false ? Promise.resolve(() => noJournal) : openJournal(client, use),
    client.query<{ database: string }>('SELECT current_database() AS database'),
  ]);
  const found = await chooseHistory(client, candidates, choice);
  return { ...found, journal: journalOf(found.history.table), database: rows[0]!.database };
}

interface Records {
  readonly records: readonly HistoryRecord[];
  readonly journalState: JournalState;
  readonly lock: LockHolder | null;
}

function isConsistent({ journalState, lock }: Records): boolean {
  return journalState.open === null || journalState.open.pid === lock?.pid;
}

/** Reads the whole state in one round trip, whatever the number of migrations; in two when a run ended meanwhile. */
export async function readState(
  client: Client,
  contents: Contents,
  { history, exists, journal, database }: Surroundings,
): Promise<State> {
  const read = async (): Promise<Records> => {
    const [records, journalState, lock] = await together(client, () => [
      exists ? history.read(client) : Promise.resolve([]),
      journal.read(client),
      lockHolder(client),
    ]);
    return { records, journalState, lock };
  };
  const first = await read();
  // A run that seems to have lost its lock has ended since its row was read, or is dead: a second look tells.
  const { records, journalState, lock } = isConsistent(first) ? first : await read();
  const { open } = journalState;
  const alive = open !== null && open.pid === lock?.pid ? open : null;
  const migrations = combine(contents, records, journalState, {
    format: history.format,
    running: alive?.version ?? null,
  });
  return {
    database,
    history,
    historyExists: exists,
    journal,
    lock,
    running: alive?.id ?? null,
    interrupted: alive === null ? open : null,
    migrations,
    current: currentOf(migrations),
    problems: contents.problems,
    warnings: contents.warnings,
  };
}

/** Reads folder and database. */
export async function observe(options: EngineOptions, client: Client, use: 'read' | 'write'): Promise<State> {
  const contents = await options.source.read();
  return readState(client, contents, await lookAround(client, options, use));
}
