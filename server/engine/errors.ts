import type { Place } from './migration.ts';

/** Every way in which Gander says no. The command maps them to exit codes, the pages to HTTP statuses. */
export type ErrorCode =
  /** A file cannot be read or run, or the folder is ambiguous: bad names, two files of one version. */
  | 'invalid_file'
  /** There is no such folder. */
  | 'source_missing'
  | 'unknown_version'
  /** The call itself makes no sense. */
  | 'invalid_request'
  /** A rollback of migrations without a Down, which nobody has agreed to forget. */
  | 'irreversible'
  /** Migrations older than the newest applied one, which nobody has agreed to apply. */
  | 'out_of_order'
  /** A rollback of a migration of which neither the file nor a stored text is left. */
  | 'file_missing'
  /** A person has to say first what became of a migration. */
  | 'dirty'
  /** Somebody else has the migration lock. */
  | 'locked'
  /** What would run is not the plan that was seen. */
  | 'plan_changed'
  | 'migration_failed'
  | 'cancelled'
  /** A file is no longer what ran (policy `refuse`), or what has been done is no longer what the file says. */
  | 'changed'
  /** The database is ahead of the folder (policy `refuse`). */
  | 'newer'
  /** The history table is another tool's. */
  | 'foreign_table'
  /** A pooler in between lends connections by the transaction. */
  | 'transaction_pooler'
  /** The role may not do it, or the server is read-only. */
  | 'not_permitted'
  /** PostgreSQL refused, outside a migration. */
  | 'refused'
  /** What has to be read is locked at the moment. */
  | 'busy'
  /** The database cannot be reached, or the connection broke. */
  | 'unreachable';

export interface ErrorDetails {
  /** What the reader can do now; one sentence or two. */
  readonly next?: string;
  readonly file?: string;
  readonly place?: Place;
  readonly cause?: unknown;
}

/** The one error of the engine: a code for machines, and sentences that say what, where and what next. */
export class GanderError extends Error {
  override readonly name = 'GanderError';
  readonly code: ErrorCode;
  readonly next: string | null;
  readonly file: string | null;
  readonly place: Place | null;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.next = details.next ?? null;
    this.file = details.file ?? null;
    this.place = details.place ?? null;
  }

  /** `file:line:column`, as far as it is known; null without a file. */
  get where(): string | null {
    if (this.file === null) return null;
    return this.place === null ? this.file : `${this.file}:${this.place.line}:${this.place.column}`;
  }
}

/** What to show of any error: its own sentence, never a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
