import type { DirtyKind } from '../journal/index.ts';
import type { Direction } from '../migration.ts';
import type { Verdict } from '../probes/index.ts';
import type { Look } from '../probes/look.ts';
import type { Repair } from '../probes/probe.ts';
import type { DirtyState } from '../state.ts';

/**
 * What the journal has of a statement. `undone`: it was done, and PostgreSQL took it back with its transaction. `in doubt`:
 * it was on its way when the connection or the process died. `unknown`: nobody wrote down how far it came.
 */
export type Recorded = 'done' | 'failed' | 'undone' | 'in doubt' | 'not run' | 'unknown';

/**
 * Where a statement stands, record and catalogs taken together. `either`: it is so already, whoever made it so, and running
 * the statement again changes nothing.
 */
export type Standing = 'in' | 'out' | 'half' | 'unknown' | 'either';

/** What running a statement again would come to, once it is done. */
export type Again = 'changes nothing' | 'fails' | 'does it twice';

/** A statement of the section that left the migration dirty. */
export interface StatementFinding {
  /** From 1. */
  readonly number: number;
  readonly line: number;
  /** In a few plain words: `creates table users`. */
  readonly does: string;
  /** As written in the file: it holds no secrets. */
  readonly text: string;
  readonly recorded: Recorded;
  readonly verdict: Verdict;
  /** What was found in the database, in words. */
  readonly found: string;
  readonly looks: readonly Pick<Look, 'verdict' | 'found' | 'query'>[];
  readonly repairs: readonly Repair[];
  readonly standing: Standing;
  /** Whether the database says something else than the record. */
  readonly surprising: boolean;
  readonly again: Again;
}

/** What became of a statement when it ran. */
export interface Outcome extends Pick<StatementFinding, 'number' | 'line' | 'does' | 'recorded'> {}

/** How far a section has come, if its statements were done in order. Statements count from 0 here. */
export type Position =
  /** Those before `from` are done, and the rest is not. */
  | { readonly at: 'clear'; readonly from: number }
  /** Those before `from` are done, `from` is half done, the rest is not. */
  | { readonly at: 'half'; readonly from: number }
  /** Those before `from` are done, those from `or` on are not, and of some between nobody can tell. */
  | { readonly at: 'unknown'; readonly from: number; readonly or: number }
  /** Not in order: something was done, or undone, by somebody else. */
  | { readonly at: 'tangled' };

/** What is known of a dirty migration, before anybody decides anything. */
export interface Facts {
  readonly direction: Direction;
  readonly kind: DirtyKind;
  /** Whether what is known of it ran in a transaction; null where no text of it is known. */
  readonly transaction: boolean | null;
  /** Whether it is JavaScript. */
  readonly isModule: boolean;
  readonly statements: readonly StatementFinding[];
  readonly position: Position;
}

/** A way out of dirty. Nothing is chosen for anybody. */
export interface WayOut {
  readonly way: 'repair' | 'resume' | 'retry' | 'down' | 'applied' | 'not applied';
  /** The statement that it goes on with, from 1; null where it does not. */
  readonly from: number | null;
  /** What is set right before; null where nothing is. */
  readonly repair: Repair | null;
  /** As a command: `Go on with statement 3`. */
  readonly label: string;
  readonly consequences: string;
  /** What has to be done before, with the SQL for it where there is any; empty when it can be done now. */
  readonly first: readonly Need[];
  /** The statements of which the database says otherwise: it has to be said that this is meant. */
  readonly overrules: readonly Difference[];
}

/** A statement, and what the database says of it. Trying again and being applied are about the file as it is now. */
export interface Difference extends Pick<StatementFinding, 'number' | 'found'> {
  /** Where it is not a statement of the section that failed. */
  readonly section?: Direction;
}

/** Something that has to be done first. */
export interface Need {
  readonly what: string;
  readonly sql: readonly string[];
}

/** Everything there is to know about a dirty migration, and the ways out. */
export interface Findings extends Facts {
  readonly version: bigint;
  readonly name: string;
  readonly file: string | null;
  readonly dirty: DirtyState;
  /** Whether what ran was committed, in a sentence. */
  readonly ending: string;
  /** Whose statements these are, where that is not plain; else null. */
  readonly source: string | null;
  /** What became of the statements that ran; empty where nobody wrote it down. */
  readonly outcomes: readonly Outcome[];
  /** Which text the statements are of: the one that ran, the file as it is now, or none. */
  readonly of: 'what ran' | 'the file' | 'nothing';
  /** What ran, or where that is not known the file as it is now; null where there is none. */
  readonly text: string | null;
  /** What it comes to, in a sentence. */
  readonly conclusion: string;
  readonly ways: readonly WayOut[];
  /** Changes with anything that is found: what was decided on the grounds of other findings is not done. */
  readonly fingerprint: string;
}
