import { type Client, literal } from '../postgres.ts';
import {
  type Journal,
  type KeptText,
  type NewApplied,
  type NewDirty,
  type NewRun,
  type Notes,
  RUNS_CHANNEL,
  type StepProgress,
} from './journal.ts';
import { hasDirty, readState, readTexts } from './state.ts';

/** The journal of one history table. @param historyTable `schema.name`, as it stands in the rows. */
export function postgresJournal(historyTable: string, writable: boolean): Journal {
  const table = literal(historyTable);
  return {
    present: true,
    writable,
    read: (client) => readState(client, historyTable),
    hasDirty: (client) => hasDirty(client, historyTable),
    storedTexts: (client, versions) => readTexts(client, historyTable, versions),
    progressOf: (client, version) => progressOf(client, historyTable, version),
    async settleInterrupted(client, inEffect) {
      await client.query(SETTLE, [historyTable, inEffect.map(String)]);
    },
    keepTexts,
    openRun: (client, run) => openRun(client, historyTable, run),
    async forgetUnbegun(client, pid) {
      await client.query(FORGET, [historyTable, pid]);
    },
    note,
    async closeRun(client, runId, state, why = null) {
      await client.query(CLOSE, [runId, state, why]);
    },
    applied: (record) => applied(table, record),
    rolledBack: (version) =>
      `DELETE FROM gander.applied WHERE history_table = ${table} AND version = ${version}`,
    markDirty: (record) => markDirty(table, record),
    clearDirty: (version) =>
      `DELETE FROM gander.dirty WHERE history_table = ${table} AND version = ${version}`,
  };
}

function applied(table: string, record: NewApplied): string {
  const { version, name, file, checksum, runId, actor, tookMs, historyId } = record;
  const took =
    tookMs === 'since begin' ? 'extract(epoch FROM clock_timestamp() - now()) * 1000' : literal(tookMs);
  return `
    INSERT INTO gander.applied (history_table, version, name, file, checksum, run_id, actor, took_ms, history_id)
    VALUES (${table}, ${version}, ${literal(name)}, ${literal(file)}, ${literal(checksum)}, ${literal(runId)},
            ${literal(actor)}, ${took}, ${historyId})
    ON CONFLICT (history_table, version) DO UPDATE SET
      name = excluded.name, file = excluded.file, checksum = excluded.checksum, run_id = excluded.run_id,
      actor = excluded.actor, took_ms = excluded.took_ms, history_id = excluded.history_id, applied_at = excluded.applied_at`;
}

function markDirty(table: string, record: NewDirty): string {
  const { version, kind, direction, runId, step } = record;
  const failure = record.failure === null ? null : JSON.stringify(record.failure);
  return `
    INSERT INTO gander.dirty (history_table, version, kind, direction, run_id, step, failure)
    VALUES (${table}, ${version}, ${literal(kind)}, ${literal(direction)}, ${literal(runId)}, ${step}, ${literal(failure)})
    ON CONFLICT (history_table, version) DO UPDATE SET
      kind = excluded.kind, direction = excluded.direction, run_id = excluded.run_id, step = excluded.step,
      failure = excluded.failure, since = excluded.since`;
}

const FORGET = `
  WITH unbegun AS (
    SELECT id FROM gander.runs r
    WHERE history_table = $1 AND backend_pid = $2 AND state = 'running'
      AND NOT EXISTS (SELECT FROM gander.steps s WHERE s.run_id = r.id AND s.state <> 'waiting')
  ), resolutions AS (
    DELETE FROM gander.resolutions WHERE run_id IN (SELECT id FROM unbegun)
  ), steps AS (
    DELETE FROM gander.steps WHERE run_id IN (SELECT id FROM unbegun)
  )
  DELETE FROM gander.runs WHERE id IN (SELECT id FROM unbegun)`;

/** Whoever watches a run is told of every change of its record, as soon as that is committed. */
const TELL = `SELECT pg_notify('${RUNS_CHANNEL}', id::text)`;

const CLOSE = `
  WITH ended AS (
    UPDATE gander.runs SET state = $2, finished_at = clock_timestamp() WHERE id = $1 RETURNING id
  ), rest AS (
    UPDATE gander.steps s SET state = 'not run', failure = CASE
      WHEN $3::text IS NOT NULL AND s.position = (SELECT min(f.position) FROM gander.steps f WHERE f.run_id = $1 AND f.state = 'waiting')
      THEN jsonb_build_object('message', $3) END
    WHERE s.run_id = $1 AND s.state = 'waiting'
  )
  ${TELL} FROM ended`;

/**
 * Steps are written down a moment after they happened, so when a process dies, the last of them are not. Whether one has
 * happened is told by what it did: going up its version is in effect, going down it is not.
 */
const SETTLE = `
  WITH dead AS (
    UPDATE gander.runs SET state = 'interrupted', finished_at = clock_timestamp()
    WHERE history_table = $1 AND state = 'running' RETURNING id, direction
  ), steps AS (
    UPDATE gander.steps s SET
      state = CASE
        WHEN s.action <> 'repair' AND (d.direction = 'up') = (s.version = ANY ($2::bigint[])) THEN 'done'
        WHEN s.state = 'waiting' THEN 'not run'
        ELSE 'failed' END,
      failure = CASE WHEN s.state = 'running' AND (s.action = 'repair' OR (d.direction = 'up') <> (s.version = ANY ($2::bigint[])))
        THEN jsonb_build_object('message', 'The process that ran this step died.') END
    FROM dead d WHERE s.run_id = d.id AND s.state IN ('waiting', 'running')
  )
  ${TELL} FROM dead`;

/** About so much text goes in one message: several are never in memory at once. */
const TEXTS_AT_ONCE = 4_000_000;

async function keepTexts(client: Client, texts: readonly KeptText[]): Promise<void> {
  for (let start = 0, end = 0; start < texts.length; start = end) {
    for (let size = 0; end < texts.length && size < TEXTS_AT_ONCE; end++) size += texts[end]!.sql.length;
    const some = texts.slice(start, end);
    await client.query(
      `INSERT INTO gander.texts (checksum, sql) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING`,
      [some.map(({ checksum }) => checksum), some.map(({ sql }) => sql)],
    );
  }
}

async function openRun(client: Client, historyTable: string, run: NewRun): Promise<string> {
  const { rows } = await client.query(
    `WITH run AS (
       INSERT INTO gander.runs (history_table, direction, target, actor, backend_pid) VALUES ($1, $2, $3, $4, $5) RETURNING id
     ), steps AS (
       INSERT INTO gander.steps (run_id, position, version, name, action, transaction, checksum, file, statements)
       SELECT run.id, s.position, s.version, s.name, s.action, s.transaction, s.checksum, s.file, s.statements
       FROM run, jsonb_to_recordset($6) AS s (position integer, version bigint, name text, action text, transaction boolean,
                                              checksum text, file text, statements integer)
     ), resolution AS (
       INSERT INTO gander.resolutions (run_id, version, way, label, reason, conclusion, overruled)
       SELECT run.id, r.version, r.way, r.label, r.reason, r.conclusion, r.overruled
       FROM run, jsonb_to_record($7) AS r (version bigint, way text, label text, reason text, conclusion text, overruled integer[])
       WHERE r.version IS NOT NULL
     ) SELECT id::text, pg_notify('${RUNS_CHANNEL}', id::text) FROM run`,
    [
      historyTable,
      run.direction,
      run.target?.toString() ?? null,
      run.actor,
      run.pid,
      JSON.stringify(
        run.steps.map((step, position) => ({ ...step, position, version: step.version.toString() })),
      ),
      JSON.stringify(
        run.resolution === null ? {} : { ...run.resolution, version: run.resolution.version.toString() },
      ),
    ],
  );
  return rows[0].id;
}

/** Steps and statements in one round trip and one transaction, however many there are. */
const NOTE = `
  WITH steps AS (
    UPDATE gander.steps s SET
      state = n.state, took_ms = n."tookMs", failure = n.failure,
      started_at = coalesce(clock_timestamp() - n."beganAgoMs" * interval '1 millisecond', s.started_at)
    FROM jsonb_to_recordset($2) AS n (position integer, state text, "tookMs" double precision, failure jsonb,
                                      "beganAgoMs" double precision)
    WHERE s.run_id = $1 AND s.position = n.position
  ), statements AS (
    INSERT INTO gander.statements (run_id, step, position, count, line, kind, object, state, took_ms, row_count, notices)
    SELECT $1, n.step, n.position, n.count, n.line, n.kind, n.object, n.state, n."tookMs", n."rowCount", n.notices
    FROM jsonb_to_recordset($3) AS n (step integer, position integer, count integer, line integer, kind text, object text,
                                      state text, "tookMs" double precision, "rowCount" bigint, notices jsonb)
    ON CONFLICT (run_id, step, position) DO UPDATE SET
      state = excluded.state, count = excluded.count, took_ms = excluded.took_ms, row_count = excluded.row_count,
      notices = excluded.notices
  )
  ${TELL} FROM (SELECT $1::bigint AS id) run`;

async function note(client: Client, runId: string, { steps, statements }: Notes): Promise<void> {
  await client.query(NOTE, [runId, JSON.stringify(steps), JSON.stringify(statements)]);
}

async function progressOf(
  client: Client,
  historyTable: string,
  version: bigint,
): Promise<StepProgress | null> {
  const { rows } = await client.query<{ sql: string; statements: string | null }>(
    `SELECT x.sql, (
       SELECT json_agg(json_build_object('position', t.position, 'count', t.count, 'line', t.line, 'kind', t.kind,
         'object', t.object, 'state', t.state, 'tookMs', t.took_ms, 'rowCount', t.row_count, 'notices', t.notices)
         ORDER BY t.position)::text
       FROM gander.statements t WHERE t.run_id = s.run_id AND t.step = s.position) AS statements
     FROM gander.dirty d
     JOIN gander.steps s ON s.run_id = d.run_id AND s.position = d.step
     JOIN gander.texts x ON x.checksum = s.checksum
     WHERE d.history_table = $1 AND d.version = $2`,
    [historyTable, version.toString()],
  );
  const row = rows[0];
  return row === undefined ? null : { sql: row.sql, statements: JSON.parse(row.statements ?? '[]') };
}
