// The nouns of a rehearsal: a run that is rolled back, and what was seen of it.
import type { Failure } from '../journal/index.ts';
import type { Direction } from '../migration.ts';
import type { SchemaDiff } from '../schema/diff/diff.ts';

/** What a lock keeps others from, as long as it is held. */
export type Blocks = 'reads and writes' | 'writes' | 'nothing';

/** A lock that a statement took on something that was there before. */
export interface TakenLock {
  /** `public.users`. */
  readonly relation: string;
  /** As `pg_locks` has it: `AccessExclusiveLock`. */
  readonly mode: string;
  readonly blocks: Blocks;
  /** How long it would be held: until the migration's last statement has ended. Milliseconds. */
  readonly heldMs: number;
}

/** A table that a statement read from its beginning to its end, and how many rows that were. */
export interface Scan {
  readonly table: string;
  readonly rows: number;
}

/** An index of a table that was there before. */
export interface BuiltIndex {
  readonly index: string;
  readonly table: string;
}

/** What became of the rows of a table, by whatever a statement set off. */
export interface RowChanges {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** What was seen of a statement. */
export interface RehearsedStatement {
  /** From 0, within its section. */
  readonly position: number;
  readonly line: number;
  readonly kind: string;
  readonly object: string | null;
  readonly tookMs: number;
  /** How many rows it says that it touched; null for what counts none. */
  readonly rows: number | null;
  readonly locks: readonly TakenLock[];
  /** Tables that were there before and are written anew, or emptied. */
  readonly rewritten: readonly string[];
  readonly scanned: readonly Scan[];
  /** Built or built anew. */
  readonly indexes: readonly BuiltIndex[];
  readonly changed: readonly RowChanges[];
  /** Sequences that were there before and of which it used numbers up: no rollback gives those back. */
  readonly sequences: readonly string[];
  readonly notices: readonly string[];
}

/** Whether Down brings back the schema as it was before Up. */
export interface DownProof {
  readonly outcome: 'proven' | 'different' | 'failed' | 'irreversible' | 'not rehearsed';
  /** What is different after Up and Down: the schema before, held against the schema after. */
  readonly diff: SchemaDiff;
  /** Why it failed. */
  readonly failure: Failure | null;
  /** Why it was not rehearsed. */
  readonly reason: string | null;
}

/** What became of a migration in a rehearsal. */
export interface RehearsedStep {
  readonly version: bigint;
  readonly name: string;
  readonly file: string | null;
  readonly checksum: string | null;
  /** `skipped`: it cannot be rehearsed; `not run`: the rehearsal ended before it; `nothing`: there is nothing to run. */
  readonly outcome: 'done' | 'failed' | 'skipped' | 'not run' | 'nothing';
  /** Why it was skipped or not run, or what may have made it fail. */
  readonly reason: string | null;
  readonly tookMs: number;
  readonly statements: readonly RehearsedStatement[];
  readonly failure: Failure | null;
  /** What it changed in the schema; null when that is not known. */
  readonly diff: SchemaDiff | null;
  /** Of a rollback there is none. */
  readonly down: DownProof | null;
  /** What earlier migrations of the rehearsal have locked: whether this one locks it too cannot be seen. */
  readonly lockedBefore: readonly string[];
}

/** What was seen of a plan that was run and rolled back. */
export interface Rehearsal {
  readonly direction: Direction;
  /** The plan's. */
  readonly fingerprint: string;
  readonly at: Date;
  readonly tookMs: number;
  /**
   * `passed`: all that can be rehearsed would run; `failed`: a migration would not; `out of time`: the limit came first;
   * `nothing`: there is nothing to run.
   */
  readonly outcome: 'passed' | 'failed' | 'out of time' | 'nothing';
  readonly steps: readonly RehearsedStep[];
  /** What the rollback has not undone, a sentence each. */
  readonly remains: readonly string[];
}
