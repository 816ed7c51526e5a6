import type { Client } from '../postgres.ts';
import type { Journal, JournalState, NewRun, StatementRecord, StoredText } from './journal.ts';
import { type AppliedRow, type DirtyRow, type OpenRow, toApplied, toDirty, toOpen } from './rows.ts';

/** The journal of one history table. @param historyTable `schema.name`, as it stands in the rows. */
export function postgresJournal(historyTable: string): Journal {
  return {
    present: true,
    read: (client) => readState(client, historyTable),
    storedTexts: (client, versions) => readTexts(client, historyTable, versions),
    async settleInterrupted(client) {
      await client.query(SETTLE, [historyTable]);
    },
    openRun: (client, run) => openRun(client, historyTable, run),
    async startStep(client, runId, step, sql) {
      await client.query(
        `UPDATE gander.steps SET state = 'running', started_at = clock_timestamp(), sql = $3
         WHERE run_id = $1 AND position = $2`,
        [runId, step, sql],
      );
    },
    statements: writeStatements,
    async endStep(client, runId, step, end) {
      await client.query(END_STEP, [runId, step, end.state, end.tookMs, asJson(end.failure)]);
    },
    async closeRun(client, runId, state) {
      await client.query(CLOSE, [runId, state]);
    },
    async applied(client, record) {
      await client.query(appliedSql(record.historyId), [
        historyTable,
        record.version.toString(),
        record.name,
        record.file,
        record.sql,
        record.checksum,
        record.runId,
        record.actor,
        record.tookMs === 'since begin' ? null : record.tookMs,
        record.tookMs === 'since begin',
      ]);
    },
    async rolledBack(client, version) {
      await client.query('DELETE FROM gander.applied WHERE history_table = $1 AND version = $2', [
        historyTable,
        version.toString(),
      ]);
    },
    async markDirty(client, record) {
      await client.query(MARK_DIRTY, [
        historyTable,
        record.version.toString(),
        record.kind,
        record.direction,
        record.runId,
        record.step,
        asJson(record.failure),
      ]);
    },
    async clearDirty(client, version) {
      await client.query('DELETE FROM gander.dirty WHERE history_table = $1 AND version = $2', [
        historyTable,
        version.toString(),
      ]);
    },
  };
}

const appliedSql = (historyId: string): string => `
  INSERT INTO gander.applied (history_table, version, name, file, sql, checksum, run_id, actor, took_ms, history_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
    CASE WHEN $10 THEN extract(epoch FROM clock_timestamp() - now()) * 1000 ELSE $9 END, ${historyId})
  ON CONFLICT (history_table, version) DO UPDATE SET
    name = excluded.name, file = excluded.file, sql = excluded.sql, checksum = excluded.checksum, run_id = excluded.run_id,
    actor = excluded.actor, took_ms = excluded.took_ms, history_id = excluded.history_id, applied_at = excluded.applied_at`;

const MARK_DIRTY = `
  INSERT INTO gander.dirty (history_table, version, kind, direction, run_id, step, failure)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (history_table, version) DO UPDATE SET
    kind = excluded.kind, direction = excluded.direction, run_id = excluded.run_id, step = excluded.step,
    failure = excluded.failure, since = excluded.since`;

/** What is applied takes as long as its step did, COMMIT included: one duration for one thing. */
const END_STEP = `
  WITH step AS (
    UPDATE gander.steps SET state = $3, took_ms = $4, failure = $5 WHERE run_id = $1 AND position = $2 RETURNING run_id, version
  )
  UPDATE gander.applied a SET took_ms = $4 FROM step WHERE a.run_id = step.run_id AND a.version = step.version`;

const CLOSE = `
  WITH ended AS (
    UPDATE gander.runs SET state = $2, finished_at = clock_timestamp() WHERE id = $1
  )
  UPDATE gander.steps SET state = 'not run' WHERE run_id = $1 AND state = 'waiting'`;

/**
 * A step that was running when its process died has happened exactly if what it writes in its own transaction is there:
 * going up its row in `applied`, going down the absence of one.
 */
const SETTLE = `
  WITH dead AS (
    UPDATE gander.runs SET state = 'interrupted', finished_at = clock_timestamp()
    WHERE history_table = $1 AND state = 'running' RETURNING id, direction
  )
  UPDATE gander.steps s SET
    state = CASE
      WHEN s.state = 'waiting' THEN 'not run'
      WHEN (d.direction = 'up') = EXISTS (
        SELECT FROM gander.applied a WHERE a.history_table = $1 AND a.version = s.version) THEN 'done'
      ELSE 'failed' END,
    failure = CASE WHEN s.state = 'running' THEN jsonb_build_object('message', 'The process that ran this step died.') END
  FROM dead d WHERE s.run_id = d.id AND s.state IN ('waiting', 'running')`;

/**
 * Three lists in one round trip. Versions are text, because JSON numbers lose the last digits of a bigint; the JSON itself
 * is text too, so that no parser set on the caller's pool can bend it.
 */
const READ = `
  SELECT
    (SELECT json_agg(json_build_object('version', version::text, 'name', name, 'file', file, 'checksum', checksum,
       'run_id', run_id::text, 'actor', actor, 'took_ms', took_ms, 'history_id', history_id, 'at', extract(epoch FROM applied_at) * 1000))
     ::text FROM gander.applied WHERE history_table = $1) AS applied,
    (SELECT json_agg(json_build_object('version', version::text, 'kind', kind, 'direction', direction,
       'run_id', run_id::text, 'failure', failure, 'since', extract(epoch FROM since) * 1000))
     ::text FROM gander.dirty WHERE history_table = $1) AS dirty,
    (SELECT json_build_object('id', r.id::text, 'pid', r.backend_pid, 'version', s.version::text)::text
     FROM gander.runs r LEFT JOIN gander.steps s ON s.run_id = r.id AND s.state = 'running'
     WHERE r.history_table = $1 AND r.state = 'running' ORDER BY r.id DESC LIMIT 1) AS open`;

interface StateRow {
  applied: string | null;
  dirty: string | null;
  open: string | null;
}

async function readState(client: Client, historyTable: string): Promise<JournalState> {
  const { rows } = await client.query<StateRow>(READ, [historyTable]);
  const row = rows[0]!;
  const [applied, dirty, open] = [row.applied, row.dirty, row.open].map((json) =>
    JSON.parse(json ?? 'null'),
  ) as [AppliedRow[] | null, DirtyRow[] | null, OpenRow | null];
  return {
    applied: new Map((applied ?? []).map(toApplied).map((one) => [one.version, one])),
    dirty: new Map((dirty ?? []).map(toDirty).map((one) => [one.version, one])),
    open: open === null ? null : toOpen(open),
  };
}

async function readTexts(
  client: Client,
  historyTable: string,
  versions: readonly bigint[],
): Promise<Map<bigint, StoredText>> {
  if (versions.length === 0) return new Map();
  const { rows } = await client.query(
    `SELECT version::text, name, file, sql, checksum FROM gander.applied WHERE history_table = $1 AND version = ANY ($2)`,
    [historyTable, versions.map(String)],
  );
  return new Map(rows.map(({ version, ...text }) => [BigInt(version), text as StoredText]));
}

async function openRun(client: Client, historyTable: string, run: NewRun): Promise<string> {
  const { rows } = await client.query(
    `WITH run AS (
       INSERT INTO gander.runs (history_table, direction, target, actor, backend_pid) VALUES ($1, $2, $3, $4, $5) RETURNING id
     ), steps AS (
       INSERT INTO gander.steps (run_id, position, version, name, action, transaction, checksum)
       SELECT run.id, s.position, s.version, s.name, s.action, s.transaction, s.checksum
       FROM run, jsonb_to_recordset($6) AS s (position integer, version bigint, name text, action text, transaction boolean,
                                              checksum text)
     ) SELECT id::text FROM run`,
    [
      historyTable,
      run.direction,
      run.target?.toString() ?? null,
      run.actor,
      run.pid,
      JSON.stringify(
        run.steps.map((step, position) => ({ ...step, position, version: step.version.toString() })),
      ),
    ],
  );
  return rows[0].id;
}

async function writeStatements(
  client: Client,
  runId: string,
  step: number,
  records: readonly StatementRecord[],
): Promise<void> {
  if (records.length === 0) return;
  await client.query(
    `INSERT INTO gander.statements (run_id, step, position, line, kind, object, state, took_ms, row_count, notices)
     SELECT $1, $2, s.position, s.line, s.kind, s.object, s.state, s."tookMs", s."rowCount", s.notices
     FROM jsonb_to_recordset($3) AS s (position integer, line integer, kind text, object text, state text,
                                       "tookMs" double precision, "rowCount" bigint, notices jsonb)
     ON CONFLICT (run_id, step, position) DO UPDATE SET
       state = excluded.state, took_ms = excluded.took_ms, row_count = excluded.row_count, notices = excluded.notices`,
    [runId, step, JSON.stringify(records)],
  );
}

/** pg would write an object into jsonb as it is, but null as SQL's NULL: which is what is wanted. */
function asJson(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
