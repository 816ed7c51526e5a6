import type { Direction } from '../migration.ts';
import type { TableLock } from './acts/act.ts';
import type { Blocked } from './locks.ts';

/** `error`: it fails, loses data, or stops everybody for long; `warning`: it may hurt; `note`: good to know. */
export const SEVERITIES = ['error', 'warning', 'note'] as const;

/** How bad it is what a migration does to those who use the database. */
export type Severity = (typeof SEVERITIES)[number];

/** What advice says of a place in a file. No secret is in it. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly version: bigint;
  readonly file: string;
  readonly direction: Direction;
  /** Both from 1; the column counts code points. */
  readonly line: number;
  readonly column: number;
  /** Which statement of its section it is about, from 0; null: the file as a whole. */
  readonly statement: number | null;
  /** What happens to you, with the table's name and size. */
  readonly message: string;
  /** What to do instead, in words. */
  readonly instead: string;
  /** The same as SQL; null where there is none to give. */
  readonly sql: string | null;
  /** Where PostgreSQL's manual says so. */
  readonly docs: string | null;
  /** The table that it is about; null: none. */
  readonly table: string | null;
  /** The lock that the statement takes on this table; null: none that matters. */
  readonly lock: { readonly mode: TableLock; readonly blocks: Blocked } | null;
  /** Why it is meant all the same, from `-- +gander ALLOW`; null: nobody has said so. */
  readonly allowed: string | null;
}
