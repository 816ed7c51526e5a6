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

/**
 * The messages that statements of a transaction are sent in, in order.
 *
 * @param total how many statements there are: few are sent each by itself
 */
export function* messagesOf(statements: Iterable<At>, total: number): Generator<Message> {
  let together: At[] = [];
  let size = 0;
  for (const at of statements) {
    const [first] = together;
    size += at.statement.sql.length;
    if (first !== undefined && (total < MANY || size > MESSAGE_SIZE || !areAlike(first, at))) {
      yield joined(together);
      together = [];
      size = at.statement.sql.length;
    }
    together.push(at);
  }
  if (together.length > 0) yield joined(together);
}

function areAlike(a: At, b: At): boolean {
  return SMALL_KINDS.has(a.statement.kind) && a.statement.kind === b.statement.kind;
}

function joined(statements: readonly At[]): Message {
  const sql = statements.map(({ statement }) => statement.sql).join(BETWEEN);
  return { statements: statements as readonly [At, ...At[]], sql };
}

/** What a client and a server are given to chew on at once, in UTF-16 units: of a longer file one part after the other. */
const PORTION = 1024 * 1024;

/** Messages in portions, none of which is empty. */
export function* portionsOf(messages: Iterable<Message>): Generator<Message[]> {
  let portion: Message[] = [];
  let size = 0;
  for (const message of messages) {
    portion.push(message);
    size += message.sql.length;
    if (size < PORTION) continue;
    yield portion;
    portion = [];
    size = 0;
  }
  if (portion.length > 0) yield portion;
}

/** Whether all of a text fits into one portion. */
export function fitsOnce(text: string): boolean {
  return text.length <= PORTION;
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
