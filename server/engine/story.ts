import { type ErrorCode, GanderError } from './errors.ts';
import type { RunResult, StepResult } from './events.ts';
import { names, title } from './plan.ts';
import { MigrationFailed, RunStopped } from './run-stopped.ts';
import type { ExcerptLine } from './sql/position.ts';

/**
 * Everything that is to be said of an error, as lines of text: what happened, where in the file, what the server said, what
 * was applied, what failed, what was not run, and what to do next. Nothing in it is secret.
 */
export function tellStory(error: GanderError): string {
  const lines = [
    `${error.place === null ? '' : `${error.where}: `}${error.message}`,
    ...(error instanceof MigrationFailed ? [...marked(error.excerpt), ...serverSaid(error.run)] : []),
    ...(error instanceof RunStopped ? account(error.run) : []),
    ...(error.next === null ? [] : [`→ ${error.next}`]),
  ];
  return lines.join('\n');
}

/** Where something else is wrong, nobody knows that it is not; or it is ahead. */
const BEHIND: ReadonlySet<ErrorCode> = new Set([
  'migration_failed',
  'cancelled',
  'locked',
  'dirty',
  'out_of_order',
  'invalid_file',
]);

/** The error that a service ends with when it cannot start: the same code, and the whole story for a message. */
export function withStory(error: unknown): unknown {
  if (!(error instanceof GanderError)) return error;
  const { code, next, file, place } = error;
  const opening = BEHIND.has(code) ? 'The database is not up to date. ' : '';
  return new GanderError(code, `${opening}${tellStory(error)}`, {
    cause: error,
    ...(next === null ? {} : { next }),
    ...(file === null ? {} : { file }),
    ...(place === null ? {} : { place }),
  });
}

function marked(excerpt: readonly ExcerptLine[]): string[] {
  const width = Math.max(...excerpt.map(({ number }) => String(number).length), 0);
  return excerpt.flatMap(({ number, text, caret }) => {
    const line = `${caret === null ? ' ' : '>'} ${String(number).padStart(width)} | ${text}`;
    return caret === null ? [line] : [line, `  ${' '.repeat(width)} | ${indentOf(text, caret)}^`];
  });
}

/** Tabs stay tabs, so that the caret stands where the reader's tabs put it. */
export function indentOf(line: string, caret: number): string {
  return Array.from(line)
    .slice(0, caret - 1)
    .map((letter) => (letter === '\t' ? '\t' : ' '))
    .join('');
}

function serverSaid({ steps }: RunResult): string[] {
  const failure = steps.find(({ outcome }) => outcome === 'failed')?.failure;
  if (failure === undefined || failure === null) return [];
  const { detail, hint, context } = failure;
  return Object.entries({ detail, hint, context }).flatMap(([name, text]) =>
    text === null ? [] : [`${name}: ${text}`],
  );
}

function account({ steps, direction }: RunResult): string[] {
  const of = (wanted: StepResult['outcome']): StepResult[] =>
    steps.filter(({ outcome }) => outcome === wanted);
  const done = of('done');
  const verb = direction === 'up' ? 'applied' : 'rolled back';
  return [
    `${verb}: ${done.length === 0 ? 'none' : names(done)}`,
    ...of('failed').map((step) => `failed: ${title(step)}`),
    ...(of('not run').length === 0 ? [] : [`not run: ${names(of('not run'))}`]),
  ];
}
