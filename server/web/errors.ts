import { type ErrorCode, GanderError } from '../engine/index.ts';

/** Every error of the engine has its HTTP status. */
export const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid_file: 422,
  source_missing: 500,
  unknown_version: 404,
  invalid_request: 422,
  irreversible: 422,
  out_of_order: 422,
  file_missing: 422,
  dirty: 409,
  locked: 409,
  cancelled: 409,
  plan_changed: 409,
  migration_failed: 500,
  foreign_table: 500,
  not_permitted: 500,
  refused: 500,
  unreachable: 503,
};

/** A refusal of the pages themselves. */
export class WebError extends Error {
  readonly status: number;
  readonly next: string | null;

  constructor(status: number, message: string, options: { next?: string } = {}) {
    super(message);
    this.status = status;
    this.next = options.next ?? null;
  }
}

/** What an error page says: sentences, and never a stack. */
export interface Refusal {
  readonly status: number;
  readonly heading: string;
  readonly message: string;
  readonly next: string | null;
}

/** An error as a page says it. What is nobody's fault but ours is not told; `unexpected` asks for it to be logged. */
export function refusalOf(error: unknown): Refusal & { unexpected: boolean } {
  if (error instanceof WebError)
    return { ...facts(error.status, error.message, error.next), unexpected: false };
  if (error instanceof GanderError) {
    const message = error.where === null ? error.message : `${error.where}: ${error.message}`;
    return { ...facts(statuses[error.code], message, error.next), unexpected: false };
  }
  const status = statusOfExpress(error);
  if (status !== null)
    return { ...facts(status, HEADINGS[status] ?? 'The request cannot be read.', null), unexpected: false };
  return {
    ...facts(
      500,
      'Something went wrong in Gander itself. What happened is in its log.',
      'Try again; if it stays, report it.',
    ),
    unexpected: true,
  };
}

function facts(status: number, message: string, next: string | null): Refusal {
  return { status, heading: HEADINGS[status] ?? 'That did not work', message, next };
}

const HEADINGS: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'Please sign in',
  403: 'Not allowed',
  404: 'Not here',
  409: 'Not now',
  413: 'The request is too large',
  422: 'That cannot be done',
  500: 'That did not work',
  503: 'The database cannot be reached',
};

/** Express and its parsers mark what is the caller's fault with a 4xx status. */
function statusOfExpress(error: unknown): number | null {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
