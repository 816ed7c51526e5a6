import { GanderError, messageOf } from '../errors.ts';
import type { Migration, Place } from '../migration.ts';
import { serverError } from '../postgres.ts';
import { StatementError } from '../statements.ts';
import { placeInStack } from './stack.ts';

/** An error of a module, with its place in the file. */
export function inModule(
  message: string,
  { migration, place }: { migration: Migration; place: Place | null },
  more: { next?: string; cause?: unknown } = {},
): GanderError {
  const { file } = migration;
  return new GanderError('migration_failed', message, {
    ...more,
    file,
    ...(place === null ? {} : { place }),
  });
}

/** What a module's function has thrown, with the place in the module and without the stack; our own errors as they are. */
export function asFailure(error: unknown, migration: Migration): unknown {
  if (error instanceof StatementError || error instanceof GanderError) return error;
  const { stack, cause } = (error ?? {}) as { stack?: unknown; cause?: unknown };
  const place = placeInStack(stack, migration.script.module?.names ?? [], migration.text);
  const because = serverError(cause) === null ? '' : `: ${messageOf(cause)}`;
  return inModule(`${named(error)}${because}`, { migration, place }, { cause: error });
}

/** `TypeError: boo`; an Error that is nothing but that is its message. */
function named(error: unknown): string {
  const message = messageOf(error);
  const name = error instanceof Error ? error.name : 'Error';
  return name === 'Error' ? message || 'It threw an error without a message.' : `${name}: ${message}`;
}

export function unawaited(count: number, migration: Migration, place: Place | null): GanderError {
  const queries = count === 1 ? 'a query' : `${count} queries`;
  return inModule(
    `The function ended while ${queries} that it had asked for had not.`,
    { migration, place },
    {
      next: 'Await every client.query(), or Promise.all of them: what is not waited for may not run.',
    },
  );
}

export function cancelled(): GanderError {
  return new GanderError('cancelled', 'The run was cancelled.');
}

/** A query after a function that went well: its migration may be committed by now, and nobody waits to be told. */
export function warnTooLate({ file }: Migration, place: Place | null): void {
  const where = place === null ? file : `${file}:${place.line}:${place.column}`;
  process.emitWarning(`${where} asked for a query after its migration had ended: it was not sent. Await it.`);
}
