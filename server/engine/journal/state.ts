import type { Client } from '../postgres.ts';
import type { JournalState, StoredText } from './journal.ts';
import { type AppliedRow, type DirtyRow, type OpenRow, toApplied, toDirty, toOpen } from './rows.ts';

/**
 * Three lists in one round trip. Versions are text, because JSON numbers lose the last digits of a bigint; the JSON itself
 * is text too, so that no parser set on the caller's pool can bend it.
 *
 * What is applied took as long as its step did, COMMIT included: one duration for one thing. A process that dies in the
 * middle of a step leaves it in doubt only if a statement was on its way: else the statements that are done tell all.
 */
const READ = `
  SELECT
    (SELECT json_agg(json_build_object('version', a.version::text, 'name', a.name, 'file', a.file, 'checksum', a.checksum,
       'run_id', a.run_id::text, 'actor', a.actor, 'took_ms', coalesce(s.took_ms, a.took_ms), 'history_id', a.history_id,
       'at', extract(epoch FROM a.applied_at) * 1000))::text
     FROM gander.applied a LEFT JOIN gander.steps s ON s.run_id = a.run_id AND s.version = a.version AND s.action <> 'repair'
     WHERE a.history_table = $1) AS applied,
    (SELECT json_agg(json_build_object('version', d.version::text, 'direction', d.direction,
       'name', (SELECT s.name FROM gander.steps s WHERE s.run_id = d.run_id AND s.position = d.step),
       'run_id', d.run_id::text, 'failure', d.failure, 'since', extract(epoch FROM d.since) * 1000,
       'kind', CASE
         WHEN d.kind <> 'in doubt' OR d.failure IS NOT NULL OR t.running THEN d.kind
         WHEN t.done THEN 'partial' ELSE 'rolled back' END))::text
     FROM gander.dirty d CROSS JOIN LATERAL (
       SELECT coalesce(bool_or(t.state = 'running'), false) AS running, coalesce(bool_or(t.state <> 'running'), false) AS done
       FROM gander.statements t WHERE t.run_id = d.run_id AND t.step = d.step) t
     WHERE d.history_table = $1) AS dirty,
    (SELECT json_build_object('id', r.id::text, 'pid', r.backend_pid, 'version', s.version::text, 'atWork', EXISTS (
         SELECT FROM pg_stat_activity b WHERE b.pid = r.backend_pid AND b.backend_start < r.started_at AND b.state <> 'idle'
       ))::text
     FROM gander.runs r LEFT JOIN gander.steps s ON s.run_id = r.id AND s.state = 'running'
     WHERE r.history_table = $1 AND r.state = 'running' ORDER BY r.id DESC LIMIT 1) AS open`;

interface StateRow {
  applied: string | null;
  dirty: string | null;
  open: string | null;
}

/** Everything the journal knows of a history's versions, and the run that says it is going on. */
export async function readState(client: Client, historyTable: string): Promise<JournalState> {
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

export async function hasDirty(client: Client, historyTable: string): Promise<boolean> {
  const { rows } = await client.query(
    'SELECT EXISTS (SELECT FROM gander.dirty WHERE history_table = $1) AS dirty',
    [historyTable],
  );
  return rows[0].dirty === true;
}

/** The texts of these versions as they ran. */
export async function readTexts(
  client: Client,
  historyTable: string,
  versions: readonly bigint[],
): Promise<Map<bigint, StoredText>> {
  if (versions.length === 0) return new Map();
  const { rows } = await client.query(
    `SELECT a.version::text, a.name, a.file, t.sql, a.checksum
     FROM gander.applied a JOIN gander.texts t USING (checksum) WHERE a.history_table = $1 AND a.version = ANY ($2)`,
    [historyTable, versions.map(String)],
  );
  return new Map(rows.map(({ version, ...text }) => [BigInt(version), text as StoredText]));
}
