import type { GanderError } from './errors.ts';
import type { History, HistoryRecord } from './history/index.ts';
import type { Applied, Dirty, Journal, JournalState, OpenRun } from './journal/index.ts';
import type { LockHolder } from './lock.ts';
import type { Migration, Warning } from './migration.ts';
import type { Contents, InvalidMigration } from './source.ts';

/** What the database says of a migration. */
export type MigrationStateName = 'pending' | 'running' | 'applied' | 'dirty';
/** What the folder says of it. */
export type FileState = 'ok' | 'changed' | 'missing' | 'out of order' | 'invalid';

/** What is known of a dirty migration; run and time are null where only the flag in the table is known. */
export interface DirtyState extends Pick<Dirty, 'kind' | 'direction' | 'failure'> {
  readonly runId: string | null;
  readonly since: Date | null;
}

/** All that is known of one migration: what the folder, the history and the journal say together. */
export interface MigrationState {
  readonly version: bigint;
  readonly name: string;
  /** The file's name, also when it is gone and the journal remembers it; null when nobody does. */
  readonly file: string | null;
  readonly state: MigrationStateName;
  readonly fileState: FileState;
  /** What the file says; null when it is gone or cannot be read. */
  readonly migration: Migration | null;
  /** Why the file cannot be run; null unless `fileState` is `invalid`. */
  readonly problem: GanderError | null;
  /** The file's text; null when it is gone or not even its text can be read. */
  readonly text: string | null;
  /** The checksum of `text`. */
  readonly checksum: string | null;
  /** When the history says it was applied; null while it is not. */
  readonly appliedAt: Date | null;
  /** What the journal knows of it; null when something else applied it, or nothing has. */
  readonly applied: Applied | null;
  readonly dirty: DirtyState | null;
}

/** Everything a plan or a page needs to know, read at one moment. */
export interface State {
  readonly database: string;
  readonly history: History;
  readonly historyExists: boolean;
  readonly journal: Journal;
  readonly lock: LockHolder | null;
  /** The run that is going on, by its id in the journal. */
  readonly running: string | null;
  /** A run whose program died, and that nobody has closed yet. */
  readonly interrupted: OpenRun | null;
  /** Every migration of folder and history, by version, ascending. */
  readonly migrations: readonly MigrationState[];
  /** Where the database stands: the largest version whose effect is in it. */
  readonly current: bigint | null;
  readonly problems: readonly GanderError[];
  readonly warnings: readonly Warning[];
}

interface Facts {
  readonly format: History['format'];
  readonly running: bigint | null;
}

/** Folder, history and journal in one list. Pure. */
export function combine(
  contents: Contents,
  records: readonly HistoryRecord[],
  journal: Pick<JournalState, 'applied' | 'dirty'>,
  facts: Facts,
): MigrationState[] {
  const files = new Map<bigint, Migration | InvalidMigration>();
  for (const file of [...contents.migrations, ...contents.invalid]) files.set(file.version, file);
  const history = new Map(records.map((record) => [record.version, record]));
  const dirty = [...journal.dirty.keys()].filter((version) =>
    isStillDirty(journal.dirty.get(version)!, history.get(version), facts),
  );
  const versions = [...new Set([...files.keys(), ...history.keys(), ...dirty])].toSorted((a, b) =>
    a < b ? -1 : 1,
  );
  const found = versions.map((version): MigrationState => {
    const file = files.get(version) ?? null;
    const record = history.get(version);
    const applied = appliedOf(journal.applied.get(version), record);
    const flag = dirtyOf(journal.dirty.get(version), record, facts);
    const state = stateOf(version, record, flag, facts);
    return {
      version,
      name: file?.name ?? applied?.name ?? journal.dirty.get(version)?.name ?? '',
      file: file?.file ?? applied?.file ?? null,
      state,
      fileState: fileStateOf(file, applied),
      migration: file !== null && 'script' in file ? file : null,
      problem: file !== null && 'problem' in file ? file.problem : null,
      text: file?.text ?? null,
      checksum: file?.checksum ?? null,
      appliedAt: record === undefined || (record.dirty && flag?.direction === 'up') ? null : record.at,
      applied,
      dirty: state === 'dirty' ? flag : null,
    };
  });
  const current = currentOf(found) ?? 0n;
  return found.map((one) => (isLate(one, current) ? { ...one, fileState: 'out of order' } : one));
}

/** Where the database stands: the largest version whose effect is in it; null when there is none. */
export function currentOf(migrations: readonly MigrationState[]): bigint | null {
  return migrations.findLast((one) => isInEffect(one) === true)?.version ?? null;
}

function isLate({ version, state, fileState }: MigrationState, current: bigint): boolean {
  return state === 'pending' && fileState === 'ok' && version < current;
}

function stateOf(
  version: bigint,
  record: HistoryRecord | undefined,
  dirty: DirtyState | null,
  facts: Facts,
): MigrationStateName {
  if (facts.running === version) return 'running';
  if (dirty !== null) return 'dirty';
  return record === undefined ? 'pending' : 'applied';
}

/** What the journal knows of an applied migration, unless something else has rolled it back and applied it since. */
function appliedOf(known: Applied | undefined, record: HistoryRecord | undefined): Applied | null {
  return known !== undefined && known.historyId === record?.id ? known : null;
}

/** What is dirty, and how: the history's flag where it has one, and the journal for what is known of it. */
function dirtyOf(
  known: Dirty | undefined,
  record: HistoryRecord | undefined,
  facts: Facts,
): DirtyState | null {
  if (known !== undefined && isStillDirty(known, record, facts)) return known;
  if (record?.dirty !== true) return null;
  return { kind: 'in doubt', direction: 'up', runId: null, since: record.at, failure: null };
}

/**
 * The journal's word holds only while the history agrees: somebody may have cleared the flag by hand, or have let goose
 * apply (or roll back) the migration since.
 */
function isStillDirty(known: Dirty, record: HistoryRecord | undefined, facts: Facts): boolean {
  if (facts.format === 'gander') return record?.dirty === true;
  return (known.direction === 'up') === (record === undefined);
}

function fileStateOf(file: Migration | InvalidMigration | null, applied: Applied | null): FileState {
  if (file === null) return 'missing';
  if ('problem' in file) return 'invalid';
  return applied !== null && applied.checksum !== file.checksum ? 'changed' : 'ok';
}

/**
 * goose's own command takes the version that was applied last for the current one, Gander (as goose's library) the largest:
 * where the two differ, that is worth a word. Pure.
 */
export function remarkOnOrder(
  { format, table }: Pick<History, 'format' | 'table'>,
  records: readonly HistoryRecord[],
  current: bigint | null,
): Warning[] {
  if (format !== 'goose' || records.length === 0) return [];
  const last = records.reduce((a, b) => (BigInt(b.id) > BigInt(a.id) ? b : a)).version;
  if (last === current) return [];
  const message = `goose itself says version ${last}, because that was applied last; Gander goes by the largest, ${current}.`;
  return [{ file: table.name, line: null, message }];
}

/** Whether a migration's effect is in the database: what a plan goes by. `null`: nobody can tell yet. */
export function isInEffect({ state, dirty, appliedAt }: MigrationState): boolean | null {
  if (dirty === null) return state === 'applied' || (state === 'running' && appliedAt !== null);
  return dirty.kind === 'rolled back' ? dirty.direction === 'down' : null;
}
