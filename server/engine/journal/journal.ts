import type { Direction, Place } from '../migration.ts';
import type { Client } from '../postgres.ts';

/**
 * What is known of a migration that did not end well. `rolled back`: PostgreSQL undid all of it. `partial`: without a
 * transaction, some of its statements took effect. `in doubt`: the connection or the program died, and it is not certain.
 */
export type DirtyKind = 'rolled back' | 'partial' | 'in doubt';
/** `interrupted`: its program died before it could say how it ended. */
export type RunState = 'running' | 'done' | 'failed' | 'interrupted';
/** `waiting`: its turn has not come; `not run`: it never came, because the run ended before. */
export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'not run';
/** `run` a section; without running anything: `forget` it, `mark` it applied, `clear` the flag of a rollback that was undone. */
export type StepAction = 'run' | 'forget' | 'clear' | 'mark' | 'repair';
/** The ways out of dirty. */
export type Way = 'repair' | 'resume' | 'retry' | 'down' | 'applied' | 'not applied';

/** Everything known about why a step failed; texts are the server's, with ENVSUB values struck out. */
export interface Failure {
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly sqlstate: string | null;
  /** The functions it happened in, as the server tells it. */
  readonly context: string | null;
  /** Which of the section's statements, from 0; null when it was none of them (COMMIT, a lost connection between two). */
  readonly statement: number | null;
  /** Where in the file; null when there is no place to point at. */
  readonly place: Place | null;
  /** Whether the server named that place; else it is where the statement begins. */
  readonly exact: boolean;
}

export interface Applied {
  readonly version: bigint;
  readonly name: string;
  readonly file: string;
  readonly checksum: string;
  readonly runId: string;
  readonly actor: string;
  readonly at: Date;
  readonly tookMs: number | null;
  /** The history's record that it was written with: another one means that something else has applied it since. */
  readonly historyId: string;
}

export interface Dirty {
  readonly version: bigint;
  readonly name: string;
  readonly kind: DirtyKind;
  readonly direction: Direction;
  readonly runId: string;
  readonly since: Date;
  readonly failure: Failure | null;
}

/** A run that says it is going on. It is true only while its session holds the lock. */
export interface OpenRun {
  readonly id: string;
  readonly pid: number;
  readonly version: bigint | null;
  /** Whether its session is at work, with the lock or without. */
  readonly atWork: boolean;
}

export interface JournalState {
  readonly applied: ReadonlyMap<bigint, Applied>;
  readonly dirty: ReadonlyMap<bigint, Dirty>;
  readonly open: OpenRun | null;
}

/** The text of a migration as it ran: what a rollback uses when the file is gone. */
export interface StoredText {
  readonly name: string;
  readonly file: string;
  readonly sql: string;
  readonly checksum: string;
}

export interface StepRecord {
  readonly version: bigint;
  readonly name: string;
  readonly action: StepAction;
  readonly transaction: boolean;
  readonly checksum: string | null;
  /** Its file's name; null where there is none, and none was stored. */
  readonly file: string | null;
  /** How many statements it has; null where nothing is run. */
  readonly statements: number | null;
}

/** On these channels of the database (docs: NOTIFY) a run's id is told: when its record has changed, … */
export const RUNS_CHANNEL = 'gander_runs';
/** … and when somebody asks for it to be cancelled. */
export const CANCELLATIONS_CHANNEL = 'gander_cancellations';

/** A statement, or several that went to the server in one message. */
export interface StatementRecord {
  /** Which of the section's statements, from 0: the first of those that went together. */
  readonly position: number;
  /** How many went together; 1 but for many small ones. */
  readonly count: number;
  readonly line: number;
  readonly kind: string;
  readonly object: string | null;
  /**
   * `open`: done within a transaction that the file itself opened, and undone unless that is committed. `earlier`: done by
   * the run that this one goes on from.
   */
  readonly state: 'running' | 'open' | 'done' | 'failed' | 'earlier';
  readonly tookMs: number | null;
  readonly rowCount: number | null;
  readonly notices: readonly string[];
}

export interface NewRun {
  readonly direction: Direction;
  readonly target: bigint | null;
  readonly actor: string;
  readonly pid: number;
  readonly steps: readonly StepRecord[];
  /** How and why it gets a migration out of dirty; null when it is an ordinary run. */
  readonly resolution: ResolutionRecord | null;
}

/** How a dirty migration was got out of it. */
export interface ResolutionRecord {
  /** The migration that was dirty. */
  readonly version: bigint;
  readonly way: Way;
  /** In words: `Go on with statement 3`. */
  readonly label: string;
  /** What the one who did it had to say about it; null when nothing was said. */
  readonly reason: string | null;
  /** What had been found before, in a sentence. */
  readonly conclusion: string;
  /** The statements, from 1, of which the database said otherwise. */
  readonly overruled: readonly number[];
}

export interface NewApplied extends Omit<StoredText, 'sql'> {
  readonly version: bigint;
  readonly runId: string;
  readonly actor: string;
  /** Milliseconds; `'since begin'`: what the transaction has taken so far, by the server's clock; null: not known. */
  readonly tookMs: number | 'since begin' | null;
  /** SQL for the id of the history's record that this belongs to (`History.newestId`). */
  readonly historyId: string;
}

export interface NewDirty {
  readonly version: bigint;
  readonly kind: DirtyKind;
  readonly direction: Direction;
  readonly runId: string;
  readonly step: number;
  readonly failure: Failure | null;
}

/** What is to be written of a step that is under way, or has ended. */
export interface StepNote {
  readonly position: number;
  readonly state: 'running' | 'done' | 'failed';
  /** How long ago it began, in milliseconds; null where that is written already. */
  readonly beganAgoMs: number | null;
  readonly tookMs: number | null;
  /** With what it left behind. */
  readonly failure: (Failure & { readonly kind: DirtyKind }) | null;
}

export interface StatementNote extends StatementRecord {
  /** The step it belongs to. */
  readonly step: number;
}

export interface Notes {
  readonly steps: readonly StepNote[];
  readonly statements: readonly StatementNote[];
}

/** How far a step came. */
export interface StepProgress {
  /** The text that ran. */
  readonly sql: string;
  readonly statements: readonly StatementRecord[];
}

/**
 * Gander's record of what it ran, in the schema `gander`. Where that schema may not be made, `noJournal` stands in:
 * runs go on, and only what the journal alone could know is lost.
 *
 * `applied`, `rolledBack` and `clearDirty` are for the migration's own transaction; all that tells of a run's course is
 * written on another connection, so that it survives a failure.
 */
export interface Journal {
  readonly present: boolean;
  /** Whether this role may write it. */
  readonly writable: boolean;
  read(client: Client): Promise<JournalState>;
  /** Whether anything is flagged as dirty. */
  hasDirty(client: Client): Promise<boolean>;
  storedTexts(client: Client, versions: readonly bigint[]): Promise<Map<bigint, StoredText>>;
  /** How far the step that left a version dirty came; null when nobody knows. */
  progressOf(client: Client, version: bigint): Promise<StepProgress | null>;
  /**
   * Closes runs whose process died; the caller holds the lock, so none of them is still going on.
   *
   * @param inEffect the versions whose effect is in the database: whether a step has happened
   */
  settleInterrupted(client: Client, inEffect: readonly bigint[]): Promise<void>;
  /** Keeps texts by their checksums; those that are kept already are left alone. */
  keepTexts(client: Client, texts: readonly KeptText[]): Promise<void>;
  /** Writes the run and all its steps as waiting. @returns the run's id */
  openRun(client: Client, run: NewRun): Promise<string>;
  /** Takes back a run of this session's that was opened and of which nothing has begun. */
  forgetUnbegun(client: Client, pid: number): Promise<void>;
  /** Writes what has become of steps and statements since the last time. */
  note(client: Client, runId: string, notes: Notes): Promise<void>;
  /** Ends the run; steps that still wait become `not run`. @param why the first of them could not begin; default: null */
  closeRun(client: Client, runId: string, state: 'done' | 'failed', why?: string | null): Promise<void>;
  /**
   * What follows is SQL, as in History: one statement without parameters, `''` without a journal.
   *
   * Records a version as applied; its text has been kept before.
   */
  applied(record: NewApplied): string;
  rolledBack(version: bigint): string;
  markDirty(record: NewDirty): string;
  clearDirty(version: bigint): string;
}

export type KeptText = Pick<StoredText, 'checksum' | 'sql'>;

export const noJournal: Journal = {
  present: false,
  writable: false,
  async read() {
    return { applied: new Map(), dirty: new Map(), open: null };
  },
  async hasDirty() {
    return false;
  },
  async storedTexts() {
    return new Map();
  },
  async progressOf() {
    return null;
  },
  async settleInterrupted() {},
  async keepTexts() {},
  async openRun() {
    return '';
  },
  async forgetUnbegun() {},
  async note() {},
  async closeRun() {},
  applied: () => '',
  rolledBack: () => '',
  markDirty: () => '',
  clearDirty: () => '',
};
