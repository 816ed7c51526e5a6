import {
  chooseHistory,
  type FoundHistory,
  type HistoryRecord,
  inspectTables,
  type TableChoice,
} from './history/index.ts';
import { type Journal, type JournalState, noJournal, type OpenRun, openJournal } from './journal/index.ts';
import { type LockHolder, lockHolder } from './lock.ts';
import type { EngineOptions } from './options.ts';
import { type Client, together } from './postgres.ts';
import type { Source } from './source.ts';
import { combine, currentOf, remarkOnOrder, type State } from './state.ts';

/** What there is to read from in a database. */
export interface Surroundings extends FoundHistory {
  readonly database: string;
  /** `write`: whoever asks holds the migration lock. */
  readonly use: 'read' | 'write';
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
  return { ...found, use, journal: journalOf(found.history.table), database: rows[0]!.database };
}

interface Records {
  readonly records: readonly HistoryRecord[];
  readonly journalState: JournalState;
  readonly lock: LockHolder | null;
}

/** They are read one after the other, while others write. */
function isConsistent({ records, journalState: { open, dirty }, lock }: Records, journal: Journal): boolean {
  if (open !== null && open.pid !== lock?.pid) return false;
  return lock === null || !journal.present || records.every((one) => !one.dirty || dirty.has(one.version));
}

/**
 * The migration that somebody is running just now. Without a transaction it is flagged before anything else tells that it has
 * begun: by its run's own flag, then, or, where no journal says whose it is, by that of a history which somebody has locked.
 */
function runningIn(
  { records, journalState, lock }: Records,
  alive: OpenRun | null,
  { journal, use }: Surroundings,
): bigint | null {
  if (!journal.present)
    return lock !== null && use === 'read' ? (records.find(({ dirty }) => dirty)?.version ?? null) : null;
  if (alive === null) return null;
  const flags = [...journalState.dirty.values()];
  return (flags.find(({ runId, failure }) => runId === alive.id && failure === null) ?? alive).version;
}

/**
 * Reads the folder and, meanwhile, the whole state of the database in one round trip, whatever the number of migrations; in
 * two when a run ended meanwhile.
 */
export async function readState(client: Client, source: Source, around: Surroundings): Promise<State> {
  const { history, exists, journal, database } = around;
  const read = async (): Promise<Records> => {
    const [records, journalState, lock] = await together(client, () => [
      exists ? history.read(client) : Promise.resolve([]),
      journal.read(client),
      lockHolder(client),
    ]);
    return { records, journalState, lock };
  };
  const [contents, first] = await Promise.all([source.read(), read()]);
  // A run that seems to have lost its lock has ended since its row was read, or is dead: a second look tells.
  const found = isConsistent(first, journal) ? first : await read();
  const { records, journalState, lock } = found;
  const { open } = journalState;
  const alive = open !== null && open.pid === lock?.pid ? open : null;
  const migrations = combine(contents, records, journalState, {
    format: history.format,
    running: runningIn(found, alive, around),
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
    warnings: [...contents.warnings, ...remarkOnOrder(history, records, currentOf(migrations))],
  };
}

/** Reads folder and database. */
export async function observe(options: EngineOptions, client: Client, use: 'read' | 'write'): Promise<State> {
  return readState(client, options.source, await lookAround(client, options, use));
}
