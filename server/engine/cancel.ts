import { CANCELLATIONS_CHANNEL, RUNS_CHANNEL } from './journal/index.ts';
import { type Client, hasSqlstate, SQLSTATE } from './postgres.ts';

/** Which run of which history, and who acts. */
export interface RunActor {
  readonly runId: string;
  readonly table: string;
  readonly actor: string;
}

/**
 * `in time`: what runs in a transaction is stopped at once, and what runs without one is given the run's grace to come to an
 * end. `at once`: whatever runs is stopped.
 */
export type Urgency = 'in time' | 'at once';

/** Written down and told in one breath: the process that runs it, wherever that is, stops it then. */
const ASK = `
  WITH asked AS (
    INSERT INTO gander.actions (run_id, kind, actor)
    SELECT id, 'cancel', $3 FROM gander.runs WHERE id = $1 AND history_table = $2 AND state = 'running' RETURNING run_id
  )
  SELECT pg_notify('${CANCELLATIONS_CHANNEL}', run_id::text), pg_notify('${RUNS_CHANNEL}', run_id::text) FROM asked`;

/**
 * Its process may be dead, or too busy to listen. Another session may have its number by now: that one was opened after the
 * run had begun.
 */
const STOP = `
  SELECT pg_cancel_backend(b.pid)
  FROM gander.runs r
  JOIN pg_stat_activity b ON b.pid = r.backend_pid AND b.backend_start < r.started_at AND b.state <> 'idle'
  WHERE r.id = $1 AND r.history_table = $2 AND r.state = 'running' AND ($3 OR EXISTS (
    SELECT FROM gander.steps s WHERE s.run_id = r.id AND s.state = 'running' AND s.transaction))`;

/**
 * Asks for a run to be cancelled. It stops there, not only its statement.
 *
 * @returns whether it was going on
 */
export async function cancelRun(
  client: Client,
  { runId, table, actor }: RunActor,
  urgency: Urgency,
): Promise<boolean> {
  const { rows } = await client.query(ASK, [runId, table, actor]);
  if (rows.length === 0) return false;
  await client.query(STOP, [runId, table, urgency === 'at once']).catch((error: unknown) => {
    // Another role runs it: its own process has to do it.
    if (!hasSqlstate(error, SQLSTATE.insufficientPrivilege)) throw error;
  });
  return true;
}

/** A session, and what tells it from a later one of the same number: see `Holder`. */
export interface SessionId {
  readonly pid: number;
  readonly startedAt: string;
}

/** Only what the run waits for now is ended, and only the session that was seen. All of it, or nothing, is done and written down. */
const END = `
  WITH holder AS (
    SELECT r.id AS run_id, h.pid, h.usename, h.application_name, h.client_addr
    FROM gander.runs r
    JOIN pg_stat_activity b ON b.pid = r.backend_pid AND b.backend_start < r.started_at
    JOIN pg_stat_activity h ON h.pid = $4 AND extract(epoch FROM h.backend_start)::text = $5 AND h.pid = ANY (pg_blocking_pids(b.pid))
    WHERE r.id = $1 AND r.history_table = $2 AND r.state = 'running'
  ), noted AS (
    INSERT INTO gander.actions (run_id, kind, actor, session)
    SELECT run_id, 'end session', $3, jsonb_build_object('pid', pid, 'user', usename, 'application', nullif(application_name, ''), 'address', host(client_addr))
    FROM holder
  )
  SELECT pg_terminate_backend(pid) AS ended, pg_notify('${RUNS_CHANNEL}', run_id::text) FROM holder`;

/**
 * Ends a session that a run waits for.
 *
 * @returns whether the run was waiting for it
 * @throws DatabaseError 42501 when the role may not; nothing is written down then
 */
export async function endBlocker(
  client: Client,
  { runId, table, actor }: RunActor,
  { pid, startedAt }: SessionId,
): Promise<boolean> {
  const { rows } = await client.query(END, [runId, table, actor, pid, startedAt]);
  return rows.length > 0;
}
