import type { Place } from './migration.ts';

/** Every way in which Gander says no. The command maps them to exit codes, the pages to HTTP statuses. */
export type ErrorCode =
  | 'invalid_file'
  | 'source_missing'
  | 'unknown_version'
  | 'invalid_request'
  | 'irreversible'
  | 'out_of_order'
  | 'file_missing'
  | 'dirty'
  | 'locked'
  | 'plan_changed'
  | 'migration_failed'
  | 'cancelled'
  | 'changed'
  | 'newer'
  | 'foreign_table'
  | 'transaction_pooler'
  | 'not_permitted'
  | 'refused'
  | 'busy'
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
