import { GanderError, messageOf } from './errors.ts';
import type { Failure } from './journal/index.ts';
import type { Migration, Statement } from './migration.ts';
import { serverError } from './postgres.ts';
import { placeAt, placeOf } from './sql/position.ts';
import { redact } from './sql/redact.ts';

/** Which statement of a migration, counted from 0 within its section. */
export interface At {
  readonly migration: Migration;
  readonly statement: Statement;
  readonly index: number;
}

/**
 * What is kept and shown of an error: the server's own words, the place in the file, and no ENVSUB value.
 *
 * Many errors carry no position (a missing table in ALTER TABLE, a unique violation, a cancel), and that of an error
 * inside a function counts in the function's text: then the place is where the statement begins.
 *
 * @param at null when it was none of the statements (COMMIT, or the connection between two of them)
 * @param position where in the statement, in code points from 1; undefined where the server names no place
 */
export function failureOf(
  error: unknown,
  at: At | null,
  migration: Migration | null,
  position?: number,
): Failure {
  const server = serverError(error);
  const own = error instanceof GanderError ? error : null;
  const secrets = migration?.script.secrets ?? [];
  const clean = (text: string | undefined): string | null => (text ? redact(text, secrets) : null);
  return {
    message: clean(messageOf(error)) ?? 'The connection to the database was lost.',
    detail: clean(server?.detail),
    hint: clean(server?.hint ?? own?.next ?? undefined),
    sqlstate: server?.code ?? null,
    context: clean(server?.where),
    statement: at?.index ?? null,
    place: at === null ? (own?.place ?? null) : place(at, position),
    exact: at === null ? (own?.place ?? null) !== null : position !== undefined,
  };
}

function place({ migration, statement }: At, position: number | undefined): Failure['place'] {
  if (position === undefined) return placeAt(migration.text, statement.offset);
  return placeOf(migration.text, statement, position);
}
