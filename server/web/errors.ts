import { type ErrorCode, GanderError } from '../engine/index.ts';
import { TooBusy } from '../store/passwords.ts';

/** Every error of the engine has its HTTP status. */
export const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid_file: 422,
  source_missing: 503,
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
  changed: 409,
  newer: 409,
  foreign_table: 500,
  transaction_pooler: 500,
  not_permitted: 500,
  busy: 503,
  refused: 500,
  unreachable: 503,
};

/** Where to go from an error page. */
export interface Link {
  readonly label: string;
  readonly href: string;
}

/** A refusal of the pages themselves. */
export class WebError extends Error {
  readonly status: number;
  readonly next: string | null;
  readonly link: Link | null;

  constructor(status: number, message: string, options: { next?: string; link?: Link } = {}) {
    super(message);
    this.status = status;
    this.next = options.next ?? null;
    this.link = options.link ?? null;
  }
}

/** What an error page says: sentences, and never a stack. */
export interface Refusal {
  readonly status: number;
  readonly heading: string;
  readonly message: string;
  readonly next: string | null;
  readonly link: Link | null;
}

/** An error as a page says it. What is nobody's fault but ours is not told: it is in the log. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof WebError) return facts(error.status, error.message, error.next, error.link);
  if (error instanceof GanderError) {
    const message = error.place === null ? error.message : `${error.where}: ${error.message}`;
    return facts(statuses[error.code], message, error.next);
  }
  if (error instanceof TooBusy) return facts(503, error.message, 'Try again in a moment.');
  const status = statusOfExpress(error);
  if (status !== null) return facts(status, 'The request cannot be read.', null);
  return facts(
    500,
    'Something went wrong in Gander itself. What happened is in its log.',
    'Try again; if it stays, report it.',
  );
}

function facts(status: number, message: string, next: string | null, link: Link | null = null): Refusal {
  return { status, heading: HEADINGS[status] ?? 'That did not work', message, next, link };
}

const HEADINGS: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'Please sign in',
  403: 'Not allowed',
  404: 'Not here',
  409: 'Not now',
  410: 'That is over',
  413: 'The request is too large',
  421: 'Not known by that name',
  422: 'That cannot be done',
  500: 'That did not work',
  503: 'Not now',
};

/** Express and its parsers mark what is the caller's fault with a 4xx status. */
function statusOfExpress(error: unknown): number | null {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
