import { type ErrorCode, GanderError } from './errors.ts';
import type { RunResult } from './events.ts';
import { type Step, title } from './plan.ts';
import { excerpt, type ExcerptLine } from './sql/position.ts';
import type { StepFailure } from './step-failure.ts';

type Details = ConstructorParameters<typeof GanderError>[2];

/** A run that did not come to its end. What was done before stays; `run` says what was done, failed, and was not run. */
export class RunStopped extends GanderError {
  readonly run: RunResult;

  constructor(code: ErrorCode, message: string, details: Details, run: RunResult) {
    super(code, message, details);
    this.run = run;
  }
}

/** A run that stopped at a failing migration. */
export class MigrationFailed extends RunStopped {
  /** The lines of the file round the place; empty where there is no place to point at. */
  readonly excerpt: readonly ExcerptLine[];

  constructor(message: string, details: Details, run: RunResult, lines: readonly ExcerptLine[]) {
    super('migration_failed', message, details, run);
    this.excerpt = lines;
  }
}

/** The error for a step that failed: what happened, where, and what to do next. */
export function failed(error: StepFailure, step: Step, run: RunResult): MigrationFailed {
  const { failure, kind, cause } = error;
  const code = failure.sqlstate === null ? '' : ` (SQLSTATE ${failure.sqlstate})`;
  const details = {
    next: nextAfter(kind, step),
    cause,
    ...(step.migration === null ? {} : { file: step.migration.file }),
    ...(failure.place === null ? {} : { place: failure.place }),
  };
  const { migration } = step;
  const lines = failure.place === null || migration === null ? [] : excerpt(migration.text, failure.place);
  return new MigrationFailed(`${title(step)} failed: ${failure.message}${code}`, details, run, lines);
}

function nextAfter(kind: StepFailure['kind'], { version, migration }: Step): string {
  if (kind === 'rolled back') return 'PostgreSQL undid all of it. Mend what it ran into, and run again.';
  if (kind === 'in doubt' && migration?.script.transaction === true) {
    return 'The connection was lost while it was being committed. When the database is back, gander status tells whether it is applied.';
  }
  const what =
    kind === 'partial'
      ? 'It has no transaction: what ran before the failure is in the database.'
      : 'The connection was lost, so it is not certain what happened.';
  const resume = migration?.script.module ? '' : ', --resume';
  return `${what} See what is there; then gander resolve ${version} --applied, --not-applied${resume} or --retry.`;
}
