import type { QueryResult } from 'pg';
import { GanderError } from './errors.ts';
import type { At } from './failure.ts';
import type { StatementRecord } from './journal/index.ts';
import { sectionOf } from './migration.ts';
import type { Session, SectionWork } from './session.ts';
import { redact } from './sql/redact.ts';

/** No page reads more; a trigger that raises a notice for each row must not fill the memory. */
const NOTICES_KEPT = 100;

/** An error of one statement, and which one it was. */
export class StatementError extends Error {
  readonly at: At;

  constructor(at: At, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.at = at;
  }
}

/** Called before a statement is sent and after it has ended. */
type Watch = (record: StatementRecord) => Promise<void> | void;

/**
 * Sends the statements of a step, one message each, and stops at the first that fails.
 *
 * @param watch is awaited, so what it writes is written before the next statement begins
 * @throws StatementError with the server's error as its cause
 */
export async function sendAll(
  session: Session,
  work: SectionWork,
  watch: Watch,
  check: (at: At) => void,
): Promise<void> {
  const { migration, direction } = work;
  for (const [index, statement] of sectionOf(migration.script, direction).statements.entries()) {
    const at: At = { migration, statement, index };
    try {
      if (session.signal?.aborted) throw cancelled();
      await watch(record(at, 'running', null, null, []));
      await watch(await send(session, work, at));
      check(at);
    } catch (error) {
      throw error instanceof StatementError ? error : new StatementError(at, error);
    }
  }
}

async function send(session: Session, work: SectionWork, at: At): Promise<StatementRecord> {
  const notices: string[] = [];
  const secrets = at.migration.script.secrets;
  const onNotice = ({ message }: { message?: string | undefined }): void => {
    if (notices.length >= NOTICES_KEPT) return;
    notices.push(redact(message ?? '', secrets));
    session.emit({ type: 'notice', step: work.step, message: notices.at(-1)! });
  };
  session.client.on('notice', onNotice);
  const started = performance.now();
  try {
    const result: QueryResult | QueryResult[] = await session.client.query(at.statement.sql);
    return record(at, 'done', performance.now() - started, rowsOf(result), notices);
  } finally {
    session.client.off('notice', onNotice);
  }
}

/** A message with several statements has several results. Commands that count no rows say null. */
function rowsOf(result: QueryResult | QueryResult[]): number | null {
  const counts = [result].flat().flatMap(({ rowCount }) => rowCount ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

export function record(
  { statement, index }: At,
  state: StatementRecord['state'],
  tookMs: number | null,
  rowCount: number | null,
  notices: readonly string[],
): StatementRecord {
  const { line, kind, object } = statement;
  return { position: index, line, kind, object, state, tookMs, rowCount, notices };
}

function cancelled(): GanderError {
  return new GanderError('migration_failed', 'The run was cancelled before this statement.');
}
