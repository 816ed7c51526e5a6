import type { Migration, Statement } from '../migration.ts';
import type { Act, ActOf, Does } from './acts/act.ts';
import type { Catalog } from './catalog.ts';
import type { Severity } from './finding.ts';
import type { Name } from './name.ts';
import type { Transaction } from './transaction.ts';

/** What a rule sees of the statement that an act belongs to, and of what was there before it. */
export interface Scene {
  readonly migration: Migration;
  readonly statement: Statement;
  /** Whether the parser could read it; else nothing is known of what it does. */
  readonly isRead: boolean;
  /** Whether others of the file run in the same transaction. */
  readonly inTransaction: boolean;
  readonly catalog: Catalog;
  readonly transaction: Transaction;
  /** `users (about 1,200,000 rows, 340 MB)` */
  readonly sized: (table: Name) => string;
  /** Whether the file drops this table further down. */
  readonly droppedLater: (table: Name) => boolean;
  /** Whether the file makes something of this name further down: then what is dropped comes back. */
  readonly madeLater: (name: Name) => boolean;
}

/** What a rule has to say of an act. */
export interface Remark {
  /** The table that it is about: nothing is said when that was made just now. null: it is not about a table. */
  readonly on: Name | null;
  /**
   * Where it counts. `not tiny`: nothing is said of a table with hardly a row. `grows`: it takes the longer the larger the
   * table is, so neither of a tiny one, and it is worse of a large one. Default: anywhere.
   */
  readonly weight?: 'anywhere' | 'not tiny' | 'grows';
  /** Default: the rule's. */
  readonly severity?: Severity;
  readonly message: string;
  readonly instead: string;
  readonly sql?: string;
  /** Where, as an offset in the statement's SQL. Default: the act's. */
  readonly at?: number;
}

/** What a rule has to say of a file. */
export interface FileRemark {
  readonly message: string;
  readonly instead: string;
  readonly severity?: Severity;
  readonly line: number;
}

/** One thing that advice looks for; one file each in `rules/`. */
export interface Rule {
  /** As in `-- +gander ALLOW name: reason`, and the name of its file. */
  readonly name: string;
  /** How bad it is, where nothing else is known. */
  readonly severity: Severity;
  /** What it finds, in a sentence without its end: `a column type change that writes the table anew`. */
  readonly finds: string;
  /** The page of PostgreSQL's manual that tells more: `sql-createindex.html`; null: it is not PostgreSQL's matter. */
  readonly docs: string | null;
  /** Whether it is enough to say it once of what runs in one transaction. */
  readonly once?: boolean;
  readonly onAct?: (act: Act, scene: Scene) => Remark | null;
  /** What it finds in a statement whatever that does. */
  readonly onStatement?: (scene: Scene) => Remark | null;
  /** What it finds in a file that is applied. `known` are the names of all rules. */
  readonly onFile?: (migration: Migration, known: ReadonlySet<string>) => readonly FileRemark[];
}

/** A rule's look at acts of one kind: of others it says nothing. */
export function when<D extends Does>(
  does: D | readonly D[],
  look: (act: ActOf<D>, scene: Scene) => Remark | null,
): (act: Act, scene: Scene) => Remark | null {
  const wanted: readonly string[] = typeof does === 'string' ? [does] : does;
  return (act, scene) => (wanted.includes(act.does) ? look(act as ActOf<D>, scene) : null);
}
