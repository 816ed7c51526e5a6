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

/** Told of a statement before it is sent and after it has ended; awaited, so a record goes ahead of the work. */
export type Watch = (record: StatementRecord) => Promise<void> | void;

/**
 * Sends the statements of a step, one message each, and stops at the first that fails.
 *
 * @throws StatementError when a statement fails; what `watch` throws, as it is
 */
export async function sendAll(session: Session, work: SectionWork, watch: Watch): Promise<void> {
  const { migration, direction } = work;
  for (const [index, statement] of sectionOf(migration.script, direction).statements.entries()) {
    const at: At = { migration, statement, index };
    await watch(recordOf(at, 'running'));
    const done = await send(session, work, at).catch((error: unknown) => {
      throw new StatementError(at, error);
    });
    await watch(done);
  }
}

async function send(session: Session, work: SectionWork, at: At): Promise<StatementRecord> {
  const notices: string[] = [];
  const onNotice = ({ message }: { message?: string | undefined }): void => {
    if (notices.length >= NOTICES_KEPT) return;
    notices.push(redact(message ?? '', at.migration.script.secrets));
    session.emit({ type: 'notice', step: work.step, message: notices.at(-1)! });
  };
  session.client.on('notice', onNotice);
  const started = performance.now();
  try {
    const rowCount = await run(session.client, at.statement.sql);
    return { ...recordOf(at, 'done'), tookMs: performance.now() - started, rowCount, notices };
  } finally {
    session.client.off('notice', onNotice);
  }
}

/**
 * Runs SQL for its effect: rows are dropped as they arrive, because a SELECT in a migration may return millions.
 *
 * @returns how many rows it touched, of all its commands together; null when it counts none
 */
function run(client: Client, sql: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const query = new Query({ text: sql });
    query.on('row', () => {});
    query.on('error', reject);
    query.on('end', (result: QueryResult | QueryResult[]) => resolve(rowsOf([result].flat())));
    client.query(query);
  });
}

function rowsOf(results: readonly QueryResult[]): number | null {
  const counts = results.flatMap(({ rowCount }) => rowCount ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** A statement's line in the journal, without what is only known when it has succeeded. */
export function recordOf({ statement, index }: At, state: StatementRecord['state']): StatementRecord {
  const { line, kind, object } = statement;
  return { position: index, line, kind, object, state, tookMs: null, rowCount: null, notices: [] };
}
