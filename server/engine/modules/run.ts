import type { QueryConfig, QueryResult } from 'pg';
import type { At } from '../failure.ts';
import type { StatementRecord } from '../journal/index.ts';
import type { Statement } from '../migration.ts';
import { type Client, isConnectionLoss, serverError } from '../postgres.ts';
import type { SectionWork, Session } from '../session.ts';
import { MARK } from '../transaction.ts';
import { type Ear, recordOf, rowsOf, StatementError, type Status } from '../statements.ts';
import { noteFailed } from '../step-failure.ts';
import { Queries } from './queries.ts';

export interface Watch {
  /** Told of a query just before it is sent, once what has been noted is in the journal where that has to go ahead. */
  readonly onBegin?: (at: At) => void;
  /** Told of each query that succeeds, by its position, and of what it left the session in. */
  readonly onEnd?: (position: number, status: Status) => void;
}

/**
 * Calls the function of a module for a step. Its queries are statements like those of a file: noted, heard, and sent one by
 * one; without a transaction, their record goes ahead of them.
 *
 * @returns the statements that were sent and build indexes CONCURRENTLY, which may be there and invalid now
 * @throws StatementError when it failed of a query, and GanderError with the place of whatever else it was
 */
export async function callModule(
  session: Session,
  work: SectionWork,
  ear: Ear,
  { onBegin = () => {}, onEnd = () => {} }: Watch,
): Promise<readonly Statement[]> {
  const { client, signal } = session;
  const { migration, direction, notebook } = work;
  const builds: Statement[] = [];
  let last: StatementRecord | null = null;
  const send = async (at: At, query: QueryConfig): Promise<QueryResult> => {
    onBegin(at);
    if (at.statement.kind.endsWith(' concurrently')) builds.push(at.statement);
    const before = last;
    ear.begins(continued(before, recordOf({ statements: [at] }, 'running')));
    if (!migration.script.transaction) await notebook.flush();
    ear.starts();
    const result = await client.query(query).catch((error: unknown) => {
      ear.fails(before);
      throw failedAt(work, at, error);
    });
    const status = client.getTransactionStatus();
    last = ear.ends(rowsOf([result].flat()), status);
    onEnd(at.index, status);
    // It takes the mark off our own transaction as well.
    if (migration.script.transaction && /\breset\s+all\b/i.test(query.text)) await client.query(MARK);
    return result;
  };
  const queries = new Queries(migration, send);
  const call = migration.script.module?.[direction] ?? null;
  if (call !== null) await queries.during(call, signal);
  if (queries.lastFailure !== null && (await isSpoilt(client))) throw queries.lastFailure;
  if (!migration.script.transaction) await notebook.flush();
  return builds;
}

/** Whoever catches an error of the server in a transaction goes on in vain, unless there was a savepoint. */
async function isSpoilt(client: Client): Promise<boolean> {
  // pg tells of an error before the server has said what it left the session in.
  await client.query(';');
  return client.getTransactionStatus() === 'E';
}

/** So many queries have a record each; a loop of a hundred thousand must not fill the journal, nor a page. */
const APART = 100;

/** The record of a query: its own, or that of the ones like it just before it. */
function continued(last: StatementRecord | null, own: StatementRecord): StatementRecord {
  if (last === null || own.position <= APART || last.position + last.count !== own.position) return own;
  const isAlike = last.line === own.line && last.kind === own.kind && last.object === own.object;
  return isAlike ? { ...last, state: 'running', count: last.count + 1 } : own;
}

function failedAt(work: SectionWork, at: At, cause: unknown): StatementError {
  const position = serverError(cause)?.position;
  const isWritten = at.statement.segments.length > 0;
  const error = new StatementError(
    at,
    cause,
    isWritten && position !== undefined ? Number(position) : undefined,
  );
  // One that was cut off stays recorded as under way: nobody knows whether it happened.
  if (!isConnectionLoss(cause)) noteFailed(work, error);
  return error;
}
