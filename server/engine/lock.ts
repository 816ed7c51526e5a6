import { setTimeout as sleep } from 'node:timers/promises';
import { GanderError } from './errors.ts';
import type { Client } from './postgres.ts';

/** The key of goose's own session lock (goose 3.27, lock/postgres.go): Gander and goose keep each other out. */
export const MIGRATION_LOCK = 4097083626n;
/** Taken while Gander brings its own tables up to date, which must not wait for somebody's long migration. */
export const OWN_TABLES_LOCK = MIGRATION_LOCK + 1n;

/** The session that holds the lock, as far as this role may see it. */
export interface LockHolder {
  readonly pid: number;
  readonly application: string | null;
  readonly user: string | null;
  readonly address: string | null;
  /** When that session was opened. */
  readonly connectedAt: Date | null;
}

export interface LockOptions {
  readonly key: bigint;
  /** Milliseconds to wait for the lock; 0 tries once. */
  readonly wait: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the lock is not free at once. */
  readonly onWait?: ((holder: LockHolder | null) => void) | undefined;
}

/**
 * Runs `work` while this session holds the advisory lock, and gives it back afterwards.
 *
 * The lock is polled: a session that *waits* in `pg_advisory_lock` holds a snapshot, and a CREATE INDEX CONCURRENTLY
 * of the holder waits for that snapshot for ever (40P01).
 *
 * @throws GanderError `locked` with the holder when the lock is not free within `wait`.
 */
export async function withLock<T>(client: Client, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(client, options);
  try {
    return await work();
  } finally {
    // A lost connection has given the lock back already.
    await client.query(`SELECT ${GIVE_BACK}, ${GIVE_BACK}`, [options.key.toString()]).catch(() => {});
  }
}

async function acquire(client: Client, options: LockOptions): Promise<void> {
  const deadline = performance.now() + options.wait;
  for (
    let pause = 50, told = false;
    !(await tryLock(client, options.key));
    pause = Math.min(pause * 2, 500)
  ) {
    const holder = await lockHolder(client, options.key);
    if (performance.now() >= deadline || options.signal?.aborted) {
      throw options.signal?.aborted === true ? cancelled() : locked(holder, options.wait);
    }
    if (!told) options.onWait?.(holder);
    told = true;
    await sleep(Math.min(pause, Math.max(deadline - performance.now(), 0)));
  }
}

const GIVE_BACK = 'pg_advisory_unlock($1)';

/** Takes the lock twice (docs: 13.3.5, session-level locks are counted): see `stillHeld`. */
async function tryLock(client: Client, key: bigint): Promise<boolean> {
  const { rows } = await client.query(
    'SELECT CASE WHEN pg_try_advisory_lock($1) THEN pg_try_advisory_lock($1) ELSE false END AS taken',
    [key.toString()],
  );
  return rows[0].taken === true;
}

/**
 * SQL that tells whether this session still holds the lock: of the two times it was taken, one is given back, which works
 * only as long as it is held, and taken again, while the other one keeps everybody out. Much cheaper than `pg_locks`.
 */
export function stillHeld(key: bigint): string {
  return `CASE WHEN pg_advisory_unlock(${key}) THEN pg_try_advisory_lock(${key}) ELSE false END`;
}

/** Who holds the lock now; null when it is free. */
export async function lockHolder(client: Client, key: bigint = MIGRATION_LOCK): Promise<LockHolder | null> {
  const { rows } = await client.query(`${HOLDER} LIMIT 1`, [key.toString()]);
  return rows[0] === undefined ? null : toHolder(rows[0]);
}

/** An advisory lock's bigint key is split over classid and objid, with objsubid 1 (docs: 53.13, pg_locks). */
const HELD = `
  l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.classid = ($1::bigint >> 32)::int::oid AND l.objid = ($1::bigint & 4294967295)::oid
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const HOLDER = `
  SELECT l.pid, a.application_name, a.usename, host(a.client_addr) AS address, extract(epoch FROM a.backend_start) * 1000 AS since
  FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE ${HELD}`;

interface HolderRow {
  pid: number;
  application_name: string | null;
  usename: string | null;
  address: string | null;
  since: string | number | null;
}

function toHolder(row: HolderRow): LockHolder {
  return {
    pid: row.pid,
    application: row.application_name || null,
    user: row.usename,
    address: row.address,
    connectedAt: row.since === null ? null : new Date(Number(row.since)),
  };
}

function cancelled(): GanderError {
  return new GanderError('cancelled', 'The run was cancelled while it waited for the lock; nothing was run.');
}

/** The error that says who holds the lock. @param wait how long it was waited for, in milliseconds */
export function locked(holder: LockHolder | null, wait: number): GanderError {
  const who = holder === null ? 'another session' : describeHolder(holder);
  const waited = wait === 0 ? '' : ` I waited ${Math.round(wait / 1000)} s.`;
  const end =
    holder === null ? '' : ` If that session is dead, end it: SELECT pg_terminate_backend(${holder.pid}).`;
  return new GanderError('locked', `Migrations are being run by ${who}.${waited}`, {
    next: `Wait for it to finish.${end}`,
  });
}

/** `gander up (process 4711, user app, from 10.0.0.5)` */
export function describeHolder(holder: LockHolder): string {
  const facts = [`process ${holder.pid}`];
  if (holder.user !== null) facts.push(`user ${holder.user}`);
  if (holder.address !== null) facts.push(`from ${holder.address}`);
  return `${holder.application ?? 'another session'} (${facts.join(', ')})`;
}
