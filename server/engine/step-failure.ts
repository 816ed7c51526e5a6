import { failureOf } from './failure.ts';
import type { DirtyKind, Failure } from './journal/index.ts';
import type { SectionWork } from './session.ts';
import { recordOf, StatementError } from './statements.ts';

/** Why a step failed and what that leaves in the database. */
export class StepFailure extends Error {
  readonly kind: DirtyKind;
  readonly failure: Failure;

  constructor(kind: DirtyKind, failure: Failure, cause?: unknown) {
    super(failure.message, cause === undefined ? {} : { cause });
    this.kind = kind;
    this.failure = failure;
  }
}

/** The server's error is kept as the cause, unless it may hold a value that ENVSUB put in. */
export function toFailure(kind: DirtyKind, error: unknown, { migration }: SectionWork): StepFailure {
  const cause = causeOf(error);
  return new StepFailure(
    kind,
    error instanceof StatementError
      ? failureOf(cause, error.at, migration, error.position)
      : failureOf(cause, null, migration),
    migration.script.secrets.length > 0 ? undefined : cause,
  );
}

/** What the server said, or what else it was. */
export function causeOf(error: unknown): unknown {
  return error instanceof StatementError ? error.cause : error;
}

/** Notes which statement it was. */
export function noteFailed({ notebook, position }: SectionWork, error: unknown): void {
  if (!(error instanceof StatementError)) return;
  notebook.statement(position, recordOf({ statements: [error.at] }, 'failed'));
}
