import type { At } from './failure.ts';

/** What goes to the server in one message: a statement, or many small ones. */
export interface Message {
  readonly statements: readonly [At, ...At[]];
  readonly sql: string;
}

/** From so many statements on, the small ones among them share messages: each by itself would take five times as long. */
const MANY = 200;
const MESSAGE_SIZE = 64 * 1024;
const BETWEEN = ';\n';

/** What seeds are made of. Others are sent alone, so that each has its own time. */
const SMALL_KINDS: ReadonlySet<string> = new Set(['insert', 'update', 'delete']);

/** The messages that statements of a transaction are sent in, in order. */
export function messagesOf(statements: readonly At[]): Message[] {
  if (statements.length < MANY) return statements.map(alone);
  const messages: Message[] = [];
  for (let start = 0, end = 0; start < statements.length; start = end) {
    for (let size = 0; end < statements.length; end++) {
      size += statements[end]!.statement.sql.length;
      if (end > start && (size > MESSAGE_SIZE || !areAlike(statements[start]!, statements[end]!))) break;
    }
    messages.push(joined(statements.slice(start, end) as [At, ...At[]]));
  }
  return messages;
}

function areAlike(a: At, b: At): boolean {
  return SMALL_KINDS.has(a.statement.kind) && a.statement.kind === b.statement.kind;
}

function alone(at: At): Message {
  return { statements: [at], sql: at.statement.sql };
}

function joined(statements: readonly [At, ...At[]]): Message {
  return { statements, sql: statements.map(({ statement }) => statement.sql).join(BETWEEN) };
}

/**
 * Which statement of a message failed, and where in it.
 *
 * @param completed how many had been done before
 * @param position in the whole message, in code points from 1, as the server tells it; undefined where it does not
 */
export function failedOf(
  { statements }: Message,
  completed: number,
  position: number | undefined,
): { readonly at: At; readonly position: number | undefined } {
  const last = statements.length - 1;
  if (position === undefined) return { at: statements[Math.min(completed, last)]!, position };
  let before = 0;
  for (const [index, at] of statements.entries()) {
    const end = before + codePoints(at.statement.sql) + BETWEEN.length;
    if (position <= end || index === last) return { at, position: position - before };
    before = end;
  }
  return { at: statements[last]!, position };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
