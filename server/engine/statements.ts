import { Query, type QueryResult } from 'pg';
import type { At } from './failure.ts';
import type { StatementRecord } from './journal/index.ts';
import { sectionOf } from './migration.ts';
import type { Client } from './postgres.ts';
import type { SectionWork, Session } from './session.ts';
import { redact } from './sql/redact.ts';

/** No page reads more; a trigger that raises a notice for each row must not fill the memory. */
const NOTICES_KEPT = 100;

/** What the server said to one statement, and which one it was. Nothing else is a StatementError. */
export class StatementError extends Error {
  readonly at: At;

  constructor(at: At, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.at = at;
  }
}

/** A statement that has ended, and what it left the session in: `T` in a transaction, `I` out of one. */
export interface Ended {
  readonly record: StatementRecord;
  readonly status: ReturnType<Client['getTransactionStatus']>;
}

/** Told of a statement before it is sent and after it has ended; awaited, so a record goes ahead of the work. */
export type Watch = (record: StatementRecord) => Promise<void>;

/**
 * Sends the statements of a step one after the other, and stops at the first that fails.
 *
 * @throws StatementError when a statement fails; what `watch` throws, as it is
 */
export async function sendInTurn(session: Session, work: SectionWork, watch: Watch): Promise<void> {
  await listening(session, work, async (ear) => {
    for (const at of statementsOf(work)) {
      await watch(recordOf(at, 'running'));
      ear.begins();
      await watch((await send(session.client, at, ear)).record);
    }
  });
}

/**
 * Sends the statements of a step all at once, on a client in pipeline mode and in a transaction: one that fails makes all
 * later ones fail too.
 *
 * @param onEnd told of each statement that succeeds, in order
 * @param then what is to follow them on the wire
 * @throws what the first in order failed with: a StatementError, or whatever `then` failed with
 */
export async function sendTogether(
  session: Session,
  work: SectionWork,
  onEnd: (ended: Ended) => void,
  then: () => readonly Promise<unknown>[],
): Promise<void> {
  await listening(session, work, async (ear) => {
    ear.begins();
    const sent = statementsOf(work).map((at) => send(session.client, at, ear).then(onEnd));
    const all = await Promise.allSettled([...sent, ...then()]);
    const failed = all.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  });
}

function statementsOf({ migration, direction }: SectionWork): At[] {
  return sectionOf(migration.script, direction).statements.map((statement, index) => ({
    migration,
    statement,
    index,
  }));
}

/**
 * Runs SQL for its effect: rows are dropped as they arrive, because a SELECT in a migration may return millions. What
 * belongs to the statement is taken at the very event of its end, since the next one's messages may follow in the same
 * packet.
 */
function send(client: Client, at: At, ear: Ear): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const query = new Query({ text: at.statement.sql });
    query.on('row', () => {});
    query.on('error', (error: unknown) => {
      ear.ends();
      reject(new StatementError(at, error));
    });
    query.on('end', (result: QueryResult | QueryResult[]) => {
      const record = { ...recordOf(at, 'done'), rowCount: rowsOf([result].flat()), ...ear.ends() };
      resolve({ record, status: client.getTransactionStatus() });
    });
    client.query(query);
  });
}

/** How many rows the commands of a message touched, together; null when they count none. */
function rowsOf(results: readonly QueryResult[]): number | null {
  const counts = results.flatMap(({ rowCount }) => rowCount ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** Hears the notices of the statement that is running, and how long it takes. Statements end in the order they begin. */
class Ear {
  #notices: string[] = [];
  #begun = 0;

  begins(): void {
    this.#begun = performance.now();
  }

  hears(notice: string): void {
    if (this.#notices.length < NOTICES_KEPT) this.#notices.push(notice);
  }

  /** The statement has ended, and the next one, if it is on the wire, begins. */
  ends(): Pick<StatementRecord, 'notices' | 'tookMs'> {
    const heard = { notices: this.#notices, tookMs: performance.now() - this.#begun };
    this.#notices = [];
    this.begins();
    return heard;
  }
}

async function listening(
  { client, emit }: Session,
  { step, migration }: SectionWork,
  work: (ear: Ear) => Promise<void>,
): Promise<void> {
  const ear = new Ear();
  const onNotice = (notice: { message?: string | undefined }): void => {
    const message = redact(notice.message ?? '', migration.script.secrets);
    ear.hears(message);
    emit({ type: 'notice', step, message });
  };
  client.on('notice', onNotice);
  try {
    await work(ear);
  } finally {
    client.off('notice', onNotice);
  }
}

/** A statement's line in the journal, without what is only known when it has succeeded. */
export function recordOf({ statement, index }: At, state: StatementRecord['state']): StatementRecord {
  const { line, kind, object } = statement;
  return { position: index, line, kind, object, state, tookMs: null, rowCount: null, notices: [] };
}
