import type { QueryResult } from 'pg';
import { countingQuery } from './driver.ts';
import type { At } from './failure.ts';
import type { StatementRecord } from './journal/index.ts';
import { failedOf, type Message } from './messages.ts';
import { sectionOf } from './migration.ts';
import { type Client, serverError } from './postgres.ts';
import type { SectionWork, Session } from './session.ts';
import { MARK } from './transaction.ts';
import { redact } from './sql/redact.ts';

/** No page reads more; a trigger that raises a notice for each row must not fill the memory. */
const NOTICES_KEPT = 100;

/** What the server said to one statement, which one it was, and the place in it. Nothing else is a StatementError. */
export class StatementError extends Error {
  readonly at: At;
  /** In code points of the statement's own text, from 1; undefined where the server names no place. */
  readonly position: number | undefined;

  constructor(at: At, cause: unknown, position: number | undefined) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.at = at;
    this.position = position;
  }
}

/** What a message that has ended left the session in: `T` in a transaction, `I` out of one. */
export type Status = ReturnType<Client['getTransactionStatus']>;

/** The statements of a step that are to be sent, from the one it goes on with. */
export function* statementsOf({ migration, direction, step }: SectionWork): Generator<At> {
  const { statements } = sectionOf(migration.script, direction);
  for (let index = step.from; index < statements.length; index++)
    yield { migration, statement: statements[index]!, index };
}

/**
 * Sends the statements of a step one after the other, and stops at the first that fails. The end of one and the beginning
 * of the next are in the journal before the next is sent: whatever kills us, somebody can read how far it came.
 *
 * @param onBegin told of each, just before it is sent; what it throws ends it
 * @throws StatementError when a statement fails; what the journal throws, as it is
 */
export async function sendInTurn(
  session: Session,
  work: SectionWork,
  onBegin: (at: At) => void,
): Promise<void> {
  await listening(session, work, async (ear) => {
    for (const at of statementsOf(work)) {
      const message: Message = { statements: [at], sql: at.statement.sql };
      onBegin(at);
      ear.begins(recordOf(message, 'running'));
      await work.notebook.flush();
      ear.starts();
      await send(session.client, message, ear);
    }
    await work.notebook.flush();
  });
}

/**
 * Sends messages all at once, on a client in pipeline mode and in a transaction: one that fails makes all later ones fail
 * too. What is noted of them is on its way into the journal while they run. Of the first one `beginning` tells.
 *
 * @param onEnd told of each message that succeeds, by its first statement's position
 * @returns a promise for each message, made as it is sent
 */
export function sendTogether(
  session: Session,
  messages: readonly Message[],
  ear: Ear,
  onEnd: (position: number, status: Status) => void,
): Promise<void>[] {
  return messages.map(async (message, index) => {
    const { position } = recordOf(message, 'done');
    onEnd(position, await send(session.client, message, ear, () => beginning(ear, messages[index + 1])));
  });
}

/** A message begins to be worked on when what was sent before it has ended. */
export function beginning(ear: Ear, message: Message | undefined): void {
  if (message !== undefined) ear.begins(recordOf(message, 'running'));
}

/**
 * Runs SQL for its effect: rows are dropped as they arrive, because a SELECT in a migration may return millions. What
 * belongs to the message is taken at the very event of its end, since the next one's may follow in the same packet.
 */
function send(client: Client, message: Message, ear: Ear, onEnd: () => void = () => {}): Promise<Status> {
  return new Promise((resolve, reject) => {
    const query = countingQuery(client, textOf(message), 'counted');
    query.on('row', () => {});
    query.on('error', (error: unknown) => reject(errorOf(message, query.completed, error)));
    query.on('end', () => {
      const status = client.getTransactionStatus();
      ear.ends(query.rowCount, status);
      onEnd();
      resolve(status);
    });
    client.query(query);
  });
}

/** RESET ALL would take the mark off our own transaction. */
function textOf({ statements: [{ statement, migration }], sql }: Message): string {
  const removesMark = migration.script.transaction && statement.kind === 'reset' && /\ball$/i.test(sql);
  return removesMark ? `${sql}; ${MARK}` : sql;
}

function errorOf(message: Message, completed: number, error: unknown): StatementError {
  const position = serverError(error)?.position;
  const failed = failedOf(message, completed, position === undefined ? undefined : Number(position));
  return new StatementError(failed.at, error, failed.position);
}

/** How many rows the commands of a message touched, together; null when they count none. */
export function rowsOf(results: readonly QueryResult[]): number | null {
  const counts = results.flatMap(({ rowCount }) => rowCount ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** Follows which statement is running, what the server says meanwhile, and how long it takes. */
export class Ear {
  readonly #tell: (record: StatementRecord) => void;
  /** Whether the statements are in a transaction of Gander's; else one that is open is the file's own. */
  readonly #inTransaction: boolean;
  #record: StatementRecord | null = null;
  #notices: string[] = [];
  #begun = 0;
  /** What is done in a transaction of the file's own. */
  #open: StatementRecord[] = [];

  /** @param tell told whenever something has become of a statement */
  constructor(tell: (record: StatementRecord) => void, inTransaction: boolean) {
    this.#tell = tell;
    this.#inTransaction = inTransaction;
  }

  /** @param record what is known of it; where it goes on with earlier ones, with their rows, time and notices */
  begins(record: StatementRecord): void {
    this.#record = record;
    this.#notices = [...record.notices];
    this.starts();
    this.#tell(record);
  }

  /** From now on its time counts. */
  starts(): void {
    this.#begun = performance.now();
  }

  hears(notice: string): void {
    if (this.#record === null || this.#notices.length >= NOTICES_KEPT) return;
    this.#notices.push(notice);
    this.#tell({ ...this.#record, notices: this.#notices });
  }

  /**
   * @param rows how many it touched; null when it counts none
   * @param status what the session is in now
   * @returns what is known of it now; null when none had begun
   */
  ends(rows: number | null, status: Status): StatementRecord | null {
    if (this.#record === null) return null;
    const tookMs = (this.#record.tookMs ?? 0) + performance.now() - this.#begun;
    const rowCount = rows === null ? this.#record.rowCount : (this.#record.rowCount ?? 0) + rows;
    const ended = { ...this.#record, state: 'done', rowCount, tookMs, notices: this.#notices } as const;
    this.#record = null;
    if (!this.#inTransaction && status !== 'I') {
      this.#open.push(ended);
      this.#tell({ ...ended, state: 'open' });
    } else {
      for (const one of [...this.#open.splice(0), ended]) this.#tell(one);
    }
    return ended;
  }

  /** What ran has failed: of those that it went on with, this is what is known. */
  fails(before: StatementRecord | null): void {
    this.#record = null;
    if (before !== null) this.#tell(before);
  }
}

/** Hears the notices while `work` goes on. What it hears of statements is noted and told. */
export async function listening<T>(
  session: Session,
  section: SectionWork,
  work: (ear: Ear) => Promise<T>,
): Promise<T> {
  const { ear, start, stop } = listenerTo(session, section);
  start();
  try {
    return await work(ear);
  } finally {
    stop();
  }
}

/** An ear, which hears the notices from `start` to `stop`. */
export interface Listener {
  readonly ear: Ear;
  readonly start: () => void;
  readonly stop: () => void;
}

/** @param tell passes on what there is to note and tell, in order; default: at once */
export function listenerTo(
  { client, emit }: Session,
  { step, migration, notebook, position, direction }: SectionWork,
  tell: (what: () => void) => void = (what) => what(),
): Listener {
  const of = sectionOf(migration.script, direction).statements.length;
  const note = (record: StatementRecord): void => {
    notebook.statement(position, record);
    emit({ type: 'statement', step, record, of });
  };
  const ear = new Ear((record) => tell(() => note(record)), migration.script.transaction);
  const onNotice = (notice: { message?: string | undefined }): void => {
    const message = redact(notice.message ?? '', migration.script.secrets);
    ear.hears(message);
    tell(() => emit({ type: 'notice', step, message }));
  };
  return {
    ear,
    start: () => client.on('notice', onNotice),
    stop: () => client.off('notice', onNotice),
  };
}

/** A statement's line in the journal, without what is only known when it has succeeded. */
export function recordOf(
  { statements }: Pick<Message, 'statements'>,
  state: StatementRecord['state'],
): StatementRecord {
  const { statement, index } = statements[0];
  const { line, kind } = statement;
  const [count, object] = [statements.length, sameObject(statements)];
  return { position: index, count, line, kind, object, state, tookMs: null, rowCount: null, notices: [] };
}

function sameObject(statements: readonly At[]): string | null {
  const object = statements[0]!.statement.object;
  return statements.every(({ statement }) => statement.object === object) ? object : null;
}
