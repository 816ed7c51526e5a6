/** What the session of a run is doing just now, as PostgreSQL sees it. Durations are milliseconds. */
export interface Activity {
  /** How long its statement has been running; null between two of them. */
  readonly statementMs: number | null;
  /** The lock that it waits for; null when it does not wait for one. */
  readonly wait: LockWait | null;
  /** How many sessions wait for it in turn; counted up to 100. */
  readonly behind: number;
  /** How far it is with what PostgreSQL counts: building an index, COPY, CLUSTER, VACUUM, ANALYZE. */
  readonly progress: Progress | null;
}

/** A lock that a session waits for, and who is in its way. */
export interface LockWait {
  /** PostgreSQL's words: `relation`, `transactionid`, `virtualxid`, `advisory` … */
  readonly type: string;
  /** `AccessExclusiveLock` */
  readonly mode: string;
  /** The table or index, `schema.name`; null where the lock is on something else. */
  readonly relation: string | null;
  readonly ms: number | null;
  /** Who has it, or waits for it ahead of this one; at most five. */
  readonly holders: readonly Holder[];
}

/** A session that others wait for. What this role may not see of it is null. */
export interface Holder {
  /** 0 stands for a prepared transaction, which has no session. */
  readonly pid: number;
  /** When the session was opened, as the server writes it: with `pid`, what tells it from all others. */
  readonly startedAt: string | null;
  readonly application: string | null;
  readonly user: string | null;
  readonly address: string | null;
  /** `client backend`, `autovacuum worker` … */
  readonly kind: string | null;
  /** `active`, `idle in transaction` … */
  readonly state: string | null;
  /** How long its transaction has been open. */
  readonly transactionMs: number | null;
  /** What it runs, or ran last: the first 300 characters. */
  readonly query: string | null;
}

/** How far a statement is, by what PostgreSQL counts. */
export interface Progress {
  /** `CREATE INDEX`, `COPY FROM` … */
  readonly command: string;
  /** PostgreSQL's words for where it is: `building index: scanning table`. */
  readonly phase: string | null;
  readonly done: number | null;
  /** Of how many; null where nobody knows. */
  readonly total: number | null;
  readonly unit: string;
}

const SINCE = (moment: string): string => `extract(epoch FROM clock_timestamp() - ${moment}) * 1000`;

/**
 * What PostgreSQL counts of a session's statement. Of an index, blocks while it is scanned and tuples while it is loaded;
 * before and after that the sessions that it waits for (docs: 27.4, progress reporting).
 */
const PROGRESS = `(
  SELECT to_json(p) FROM (
    SELECT command, phase, CASE WHEN lockers_total > 0 THEN lockers_done WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END AS done,
           coalesce(nullif(lockers_total, 0), nullif(blocks_total, 0), nullif(tuples_total, 0)) AS total,
           CASE WHEN lockers_total > 0 THEN 'sessions' WHEN blocks_total > 0 THEN 'blocks' ELSE 'rows' END AS unit
    FROM pg_stat_progress_create_index WHERE pid = b.pid
    UNION ALL
    SELECT command, NULL, CASE WHEN bytes_total > 0 THEN bytes_processed ELSE tuples_processed END,
           nullif(bytes_total, 0), CASE WHEN bytes_total > 0 THEN 'bytes' ELSE 'rows' END
    FROM pg_stat_progress_copy WHERE pid = b.pid
    UNION ALL
    SELECT command, phase, heap_blks_scanned, nullif(heap_blks_total, 0), 'blocks' FROM pg_stat_progress_cluster WHERE pid = b.pid
    UNION ALL
    SELECT 'VACUUM', phase, heap_blks_scanned, nullif(heap_blks_total, 0), 'blocks' FROM pg_stat_progress_vacuum WHERE pid = b.pid
    UNION ALL
    SELECT 'ANALYZE', phase, sample_blks_scanned, nullif(sample_blks_total, 0), 'blocks' FROM pg_stat_progress_analyze WHERE pid = b.pid
    LIMIT 1
  ) p)`;

const HOLDERS = `(
  SELECT coalesce(json_agg(json_build_object('pid', p.pid, 'startedAt', extract(epoch FROM h.backend_start)::text,
    'application', nullif(h.application_name, ''), 'user', h.usename, 'address', host(h.client_addr), 'kind', h.backend_type,
    'state', h.state, 'transactionMs', ${SINCE('h.xact_start')}, 'query', nullif(left(h.query, 300), '')) ORDER BY p.n), '[]')
  FROM unnest(pg_blocking_pids(b.pid)) WITH ORDINALITY p (pid, n) LEFT JOIN pg_stat_activity h ON h.pid = p.pid WHERE p.n <= 5)`;

/** A name is read from pg_class: it answers also while the table itself is locked. */
const WAIT = `(
  SELECT json_build_object('type', l.locktype, 'mode', l.mode, 'ms', ${SINCE('l.waitstart')}, 'holders', ${HOLDERS},
    'relation', (SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = l.relation))
  FROM pg_locks l WHERE l.pid = b.pid AND NOT l.granted AND b.wait_event_type = 'Lock' LIMIT 1)`;

const BEHIND = `(
  SELECT count(*) FROM (SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> b.pid LIMIT 100) w
  WHERE b.pid = ANY (pg_blocking_pids(w.pid)))`;

/**
 * SQL for the activity, as JSON, of the session of the run `r`; NULL when that session is gone. Another one may have its
 * number by now: it was opened before the run began. Nothing here waits for anybody's lock on a table.
 */
export const ACTIVITY = `(
  SELECT json_build_object('statementMs', CASE WHEN b.state = 'active' THEN ${SINCE('b.query_start')} END,
    'wait', ${WAIT}, 'behind', ${BEHIND}, 'progress', ${PROGRESS})
  FROM pg_stat_activity b WHERE b.pid = r.backend_pid AND b.backend_start < r.started_at AND r.state = 'running')`;
