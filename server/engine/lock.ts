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
  /** Milliseconds to wait for the lock; 0 tries once. */
  readonly wait: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the lock is not free at once. */
  readonly onWait?: ((holder: LockHolder | null) => void) | undefined;
  /** Asked while the lock is waited for: whether there is nothing left to do with it. */
  readonly isMoot?: (() => Promise<boolean>) | undefined;
}

/**
 * Runs `work` while this session holds the advisory lock, and gives it back afterwards.
 *
 * The lock is polled: a session that *waits* in `pg_advisory_lock` holds a snapshot, and a CREATE INDEX CONCURRENTLY
 * of the holder waits for that snapshot for ever (40P01).
 *
 * @returns what `work` returns; null when there was nothing left to do with the lock, before it was free
 * @throws GanderError `locked` with the holder when the lock is not free within `wait`.
 */
export async function withLock<T>(
  client: Client,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T | null> {
  if (!(await acquire(client, options))) return null;
  try {
    return await work();
  } finally {
    // A lost connection has given the lock back already.
    await client.query(`SELECT ${GIVE_BACK}, ${GIVE_BACK}`).catch(() => {});
  }
}

/** Many may wait at once, and all but one of them find nothing to do: the sooner they see it, the sooner they are up. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 500;

async function acquire(client: Client, options: LockOptions): Promise<boolean> {
  const deadline = performance.now() + options.wait;
  for (
    let pause = FIRST_PAUSE_MS;
    !(await tryLock(client));
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)
  ) {
    const holder = await lockHolder(client);
    if (options.signal?.aborted === true) throw cancelled();
    if (performance.now() >= deadline) throw locked(holder, options.wait);
    if (pause === FIRST_PAUSE_MS) options.onWait?.(holder);
    await sleep(Math.min(pause * (0.7 + Math.random() * 0.6), Math.max(deadline - performance.now(), 0)));
    if ((await options.isMoot?.()) === true) return false;
  }
  return true;
}

const GIVE_BACK = `pg_advisory_unlock(${MIGRATION_LOCK})`;
const TAKE = `pg_try_advisory_lock(${MIGRATION_LOCK})`;

/** Takes the lock twice (docs: 13.3.5, session-level locks are counted): see `STILL_HELD`. */
async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query(`SELECT CASE WHEN ${TAKE} THEN ${TAKE} ELSE false END AS taken`);
  return rows[0].taken === true;
}

/**
 * SQL that tells whether this session still holds the lock: of the two times it was taken, one is given back, which works
 * only as long as it is held, and taken again, while the other one keeps everybody out. Much cheaper than `pg_locks`.
 */
export const STILL_HELD = `CASE WHEN ${GIVE_BACK} THEN ${TAKE} ELSE false END`;

/** Who holds the lock now; null when it is free. */
export async function lockHolder(client: Client): Promise<LockHolder | null> {
  const { rows } = await client.query(HOLDER, [MIGRATION_LOCK.toString()]);
  return rows[0] === undefined ? null : toHolder(rows[0]);
}

/** An advisory lock's bigint key is split over classid and objid, with objsubid 1 (docs: 53.13, pg_locks). */
const HOLDER = `
  SELECT l.pid, a.application_name, a.usename, host(a.client_addr) AS address, extract(epoch FROM a.backend_start) * 1000 AS since
  FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.classid = ($1::bigint >> 32)::int::oid AND l.objid = ($1::bigint & 4294967295)::oid
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  LIMIT 1`;

/** SQL that tells whether nobody has the lock. */
export const LOCK_IS_FREE = `NOT ${hasLock('')}`;

/** SQL that tells whether a session has the lock. @param and what else must be true of its row `l` in pg_locks */
export function hasLock(and: string): string {
  return `EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 ${and}
      AND l.classid = ${MIGRATION_LOCK >> 32n} AND l.objid = ${MIGRATION_LOCK & 0xffff_ffffn}
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;
}

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

/** `gander up (process 4711, user app, from 10.0.0.5, since 2026-01-31 09:30:00 UTC)` */
export function describeHolder(holder: LockHolder): string {
  const facts = [`process ${holder.pid}`];
  if (holder.user !== null) facts.push(`user ${holder.user}`);
  if (holder.address !== null) facts.push(`from ${holder.address}`);
  if (holder.connectedAt !== null)
    facts.push(`since ${holder.connectedAt.toISOString().replace('T', ' ').slice(0, 19)} UTC`);
  return `${holder.application ?? 'another session'} (${facts.join(', ')})`;
}
