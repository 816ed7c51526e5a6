import { ACTIVITY, type Activity } from '../activity.ts';
import { hasLock } from '../lock.ts';
import type { Client } from '../postgres.ts';
import type { DirtyKind, Failure, StatementRecord, StepAction, StepState } from './journal.ts';
import { toFailure } from './rows.ts';
import { type RunSummary, SUMMARY, type SummaryRow, toSummary } from './runs.ts';

/** So many steps are on a page of a run, … */
export const STEPS_A_PAGE = 50;
/** … of each its last so many statements, and of each of those its last so many notices. */
const STATEMENTS_SHOWN = 20;
const NOTICES_SHOWN = 5;

/** The page that a step is on. @param position from 0 */
export function pageOf(position: number): number {
  return Math.floor(position / STEPS_A_PAGE) + 1;
}

/** A statement of a run's page. */
export interface ShownStatement extends StatementRecord {
  /** How many notices there are, of which the last are in `notices`. */
  readonly noticeCount: number;
}

/** A step of a run's page. */
export interface ShownStep {
  /** Its place in the run, from 0. */
  readonly position: number;
  readonly version: bigint;
  readonly name: string;
  /** The name of its file; null where that is not recorded. */
  readonly file: string | null;
  readonly action: StepAction;
  readonly transaction: boolean;
  readonly state: StepState;
  readonly startedAt: Date | null;
  readonly tookMs: number | null;
  readonly failure: Failure | null;
  /** How many statements its file has; null where that is not recorded, or nothing is run. */
  readonly of: number | null;
  /** How many of them are done. */
  readonly done: number;
  /** How many lines of the journal tell of them. */
  readonly lines: number;
  /** The last of those lines. */
  readonly statements: readonly ShownStatement[];
}

/** The step that is running or failed, with its text if it failed. */
export interface CurrentStep extends ShownStep {
  readonly sql: string | null;
  /** What its failure left behind then; null where it did not fail, or its process died. */
  readonly left: DirtyKind | null;
  /** How its migration is dirty now, by this run or by a later one; null when the journal has no flag for it. */
  readonly dirty: DirtyKind | null;
}

/** What somebody did about a run while it was going on. */
export interface RunAction {
  readonly kind: 'cancel' | 'end session';
  readonly actor: string;
  readonly at: Date;
  /** The session that was ended. */
  readonly session: EndedSession | null;
}

/** A session that was ended, as it was known then; what the role could not see is null. */
export interface EndedSession {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly address: string | null;
}

/** A run as its page shows it: what counts now, and some of its steps. */
export interface RunPages extends RunSummary {
  readonly table: string;
  /** Whether nothing more will be written about it. One whose process died is `interrupted`, and not over until that is settled. */
  readonly isOver: boolean;
  /** The database's clock. */
  readonly now: Date;
  /** How many steps are in each state. */
  readonly counts: Readonly<Partial<Record<StepState, number>>>;
  readonly pages: number;
  /** The page, from 1, that has what is going on, or what ended the run. */
  readonly currentPage: number;
  /** The steps of the pages that were asked for, in order. */
  readonly shown: readonly ShownStep[];
  readonly current: CurrentStep | null;
  /** Why the next step could not begin; null where it could, or there was none. */
  readonly stopped: string | null;
  readonly actions: readonly RunAction[];
  readonly activity: Activity | null;
}

const STEP = `
  'position', s.position, 'version', s.version::text, 'name', s.name, 'action', s.action, 'transaction', s.transaction,
  'state', s.state, 'started', extract(epoch FROM s.started_at) * 1000, 'tookMs', s.took_ms, 'failure', s.failure, 'of', s.statements, 'file', s.file,
  'done', (SELECT coalesce(sum(t.count), 0) FROM gander.statements t
           WHERE t.run_id = s.run_id AND t.step = s.position AND t.state IN ('done', 'open', 'earlier')),
  'lines', (SELECT count(*) FROM gander.statements t WHERE t.run_id = s.run_id AND t.step = s.position),
  'statements', (
    SELECT coalesce(json_agg(t.line ORDER BY t.position), '[]') FROM (
      SELECT t.position, json_build_object('position', t.position, 'count', t.count, 'line', t.line, 'kind', t.kind,
        'object', t.object, 'state', t.state, 'tookMs', t.took_ms, 'rowCount', t.row_count,
        'noticeCount', jsonb_array_length(t.notices), 'notices', (
          SELECT coalesce(json_agg(left(n.text, 500) ORDER BY n.number), '[]')
          FROM jsonb_array_elements_text(t.notices) WITH ORDINALITY n (text, number)
          WHERE n.number > jsonb_array_length(t.notices) - ${NOTICES_SHOWN})) AS line
      FROM gander.statements t WHERE t.run_id = s.run_id AND t.step = s.position
      ORDER BY t.position DESC LIMIT ${STATEMENTS_SHOWN}) t)`;

const AT_WORK = `EXISTS (
  SELECT FROM pg_stat_activity b WHERE b.pid = r.backend_pid AND b.backend_start < r.started_at AND b.state <> 'idle')`;

const READ = `
  WITH r AS (SELECT * FROM gander.runs WHERE id = $1),
  total AS (SELECT count(*)::int4 AS steps FROM gander.steps WHERE run_id = $1),
  current AS (
    SELECT position, state FROM gander.steps WHERE run_id = $1 AND state IN ('running', 'failed') ORDER BY position DESC LIMIT 1
  ),
  place AS (
    SELECT coalesce((SELECT position FROM current),
                    (SELECT max(position) FROM gander.steps WHERE run_id = $1 AND state = 'done' AND (SELECT state FROM r) = 'running'),
                    0) / ${STEPS_A_PAGE} AS page
  ),
  wanted AS (
    SELECT DISTINCT least(CASE WHEN asked = 0 THEN place.page ELSE asked - 1 END, (total.steps - 1) / ${STEPS_A_PAGE}) AS page
    FROM unnest($2::int4[]) asked, place, total
  )
  SELECT ${SUMMARY}, place.page, extract(epoch FROM clock_timestamp()) * 1000 AS now,
    NOT ${hasLock('AND l.pid = r.backend_pid')} AND NOT ${AT_WORK} AS forsaken,
    (SELECT json_object_agg(state, number) FROM (SELECT state, count(*) AS number FROM gander.steps WHERE run_id = $1 GROUP BY state) c)::text AS counts,
    (SELECT json_agg(json_build_object(${STEP}) ORDER BY s.position) FROM gander.steps s JOIN wanted ON s.position / ${STEPS_A_PAGE} = wanted.page
     WHERE s.run_id = $1)::text AS shown,
    (SELECT json_build_object(${STEP}, 'sql', CASE WHEN s.state = 'failed' AND s.action = 'run' THEN (SELECT x.sql FROM gander.texts x WHERE x.checksum = s.checksum) END,
       'left', s.failure->>'kind', 'dirty', (SELECT d.kind FROM gander.dirty d WHERE d.history_table = r.history_table AND d.version = s.version))
     FROM gander.steps s JOIN current USING (position) WHERE s.run_id = $1)::text AS current,
    (SELECT s.failure->>'message' FROM gander.steps s
     WHERE s.run_id = $1 AND s.state = 'not run' AND s.failure IS NOT NULL LIMIT 1) AS stopped,
    (SELECT json_agg(json_build_object('kind', a.kind, 'actor', a.actor, 'at', extract(epoch FROM a.at) * 1000, 'session', a.session) ORDER BY a.id)
     FROM gander.actions a WHERE a.run_id = $1)::text AS actions,
    ${ACTIVITY}::text AS activity
  FROM r, place`;

/**
 * A run and its steps on some pages, in one query; two when its process seems to be dead: a run is closed before its lock is
 * given back, so who says `running` before **and** after its session was seen without the lock is dead.
 *
 * @param pages from 1; 0 is the page where something happens. One beyond the last is the last.
 * @returns null when there is no run of this id
 */
export async function readRunPages(
  client: Client,
  id: string,
  pages: readonly number[],
): Promise<RunPages | null> {
  const read = async (): Promise<Row | undefined> =>
    (await client.query<Row>(READ, [id, [...new Set(pages)]])).rows[0];
  const first = await read();
  const row = seemsDead(first) ? await read() : first;
  return row === undefined ? null : toPages(row, seemsDead(row));
}

function seemsDead(row: Row | undefined): boolean {
  return row?.state === 'running' && row.forsaken;
}

interface Row extends SummaryRow {
  readonly table: string;
  readonly page: number;
  readonly now: string | number;
  readonly forsaken: boolean;
  readonly counts: string | null;
  readonly shown: string | null;
  readonly current: string | null;
  readonly stopped: string | null;
  readonly actions: string | null;
  readonly activity: string | null;
}

type StepRow = Omit<ShownStep, 'version' | 'startedAt'> & { version: string; started: number | null };
type CurrentRow = StepRow & Pick<CurrentStep, 'sql' | 'left' | 'dirty'>;

function toPages(row: Row, isDead: boolean): RunPages {
  const summary = toSummary(row);
  const current = JSON.parse(row.current ?? 'null') as CurrentRow | null;
  const actions = JSON.parse(row.actions ?? '[]') as (Omit<RunAction, 'at'> & { at: number })[];
  return {
    ...summary,
    state: isDead ? 'interrupted' : summary.state,
    isOver: summary.state !== 'running',
    table: row.table,
    now: new Date(Number(row.now)),
    counts: JSON.parse(row.counts ?? '{}'),
    pages: Math.max(1, Math.ceil(summary.steps / STEPS_A_PAGE)),
    currentPage: row.page + 1,
    shown: (JSON.parse(row.shown ?? '[]') as StepRow[]).map(toStep),
    current: current === null ? null : toCurrent(current),
    stopped: row.stopped,
    actions: actions.map((action) => ({ ...action, at: new Date(action.at) })),
    activity: JSON.parse(row.activity ?? 'null'),
  };
}

function toCurrent({ sql, left, dirty, ...step }: CurrentRow): CurrentStep {
  return { ...toStep(step), sql, left, dirty };
}

function toStep({ started, version, failure, ...step }: StepRow): ShownStep {
  return {
    ...step,
    version: BigInt(version),
    startedAt: started === null ? null : new Date(started),
    failure: toFailure(failure),
  };
}
