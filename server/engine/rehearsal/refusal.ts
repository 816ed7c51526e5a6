import { type At, failureOf } from '../failure.ts';
import type { Failure } from '../journal/index.ts';
import { serverError } from '../postgres.ts';
import { redact } from '../sql/redact.ts';

/** What the server said to a statement behind the door, as it would have said it without one. */
export function failureBehindDoor(error: unknown, at: At): Failure {
  const server = serverError(error);
  const isItsOwn = server?.internalQuery === at.statement.sql && server.internalPosition !== undefined;
  const position = isItsOwn ? Number(server.internalPosition) : undefined;
  const failure = failureOf(error, at, at.migration, position);
  return { ...failure, context: withoutDoor(failure.context, at) };
}

/** The last lines of the context are the door's. */
function withoutDoor(context: string | null, { statement, migration }: At): string | null {
  if (context === null) return null;
  const own = context.replace(/(^|\n)[^\n]*inline_code_block[^\n]*EXECUTE$/, '');
  const text = redact(`"${statement.sql}"`, migration.script.secrets);
  const before = own.endsWith(text) ? own.slice(0, -text.length).replace(/(^|\n)[^\n]*$/, '') : own;
  return before === '' ? null : before;
}
