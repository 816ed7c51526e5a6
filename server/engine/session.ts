import { GanderError } from './errors.ts';
import type { RunEvent } from './events.ts';
import type { History } from './history/index.ts';
import type { Journal } from './journal/index.ts';
import { HELD } from './lock.ts';
import type { Direction, Migration } from './migration.ts';
import type { Step } from './plan.ts';
import type { Client } from './postgres.ts';

/** What a run works with: the connection that migrates and holds the lock, and another one that keeps the record. */
export interface Session {
  readonly client: Client;
  readonly log: Client;
  readonly history: History;
  readonly journal: Journal;
  readonly lockKey: bigint;
  readonly actor: string;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** A step on its way: which run it belongs to, and its place in the plan. */
export interface Work {
  readonly runId: string;
  readonly position: number;
  readonly step: Step;
  readonly direction: Direction;
}

/** A step that runs a section of a migration. */
export interface SectionWork extends Work {
  readonly migration: Migration;
}

/**
 * What a migration leaves in its session would reach the next one: role, settings (a pg_dump file empties the
 * search_path), temporary tables, LISTEN. DISCARD ALL would do it all, but it gives the advisory lock back as well.
 */
const RESET = 'RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; DEALLOCATE ALL; DISCARD TEMP';

/**
 * Makes the session as good as new and checks that it still holds the lock: a migration may have given it back.
 * One message, and with `BEGIN` at its end it opens the transaction too.
 *
 * @throws GanderError `locked` when the lock is lost; nothing has been run then
 */
export async function prepare(session: Session, then: 'BEGIN' | ''): Promise<void> {
  const held = `SELECT EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND ${HELD}) AS held`;
  const message = `${RESET}; ${held.replaceAll('$1', session.lockKey.toString())}; ${then}`;
  const results = (await session.client.query(message)) as unknown as { rows: { held?: boolean }[] }[];
  if (results.some(({ rows }) => rows[0]?.held === false)) throw lockLost();
}

function lockLost(): GanderError {
  return new GanderError(
    'locked',
    'The lock was given back while the run was going on, so it stopped here.',
    {
      next: 'See whether a migration calls pg_advisory_unlock_all() or DISCARD ALL; then run again.',
    },
  );
}

/** Runs `work` in a transaction of `client`. */
export async function transaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
