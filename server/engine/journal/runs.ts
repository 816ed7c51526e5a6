import { lockHolder } from '../lock.ts';
import type { Direction } from '../migration.ts';
import type { Client } from '../postgres.ts';
import type {
  Failure,
  ResolutionRecord,
  RunState,
  StatementRecord,
  StepAction,
  StepState,
} from './journal.ts';
import { toFailure } from './rows.ts';

/** A run as the journal keeps it, in short. */
export interface RunSummary {
  /** A bigint, as text. */
  readonly id: string;
  readonly direction: Direction;
  /** The version it was to go to; null when it was all there was, or a number of migrations. */
  readonly target: bigint | null;
  readonly actor: string;
  readonly state: RunState;
  /** The session that runs it: the run goes on only while that session holds the lock. */
  readonly pid: number;
  readonly startedAt: Date;
  /** null while it goes on, and when its program died. */
  readonly finishedAt: Date | null;
  /** How many migrations it was to run. */
  readonly steps: number;
  /** How many of them are done. */
  readonly done: number;
  /** How it gets a migration out of dirty; null when it is an ordinary run. */
  readonly resolution: ResolutionRecord | null;
}

/** A run as one migration sees it. */
export interface RunOfMigration extends RunSummary {
  readonly stepState: StepState;
}

/** One migration of a run, with its statements in the order in which they ran. */
export interface RunStep {
  readonly version: bigint;
  readonly name: string;
  readonly action: StepAction;
  readonly transaction: boolean;
  readonly state: StepState;
  /** The file's text as it ran, before ENVSUB; null where nothing was to be run. */
  readonly sql: string | null;
  /** Milliseconds; null until it has ended. */
  readonly tookMs: number | null;
  readonly failure: Failure | null;
  readonly statements: readonly StatementRecord[];
}

/** A run with all that the journal has of it. */
export interface RunRecord extends RunSummary {
  /** The history table it belongs to, with its schema. */
  readonly table: string;
  readonly list: readonly RunStep[];
}

export const SUMMARY = `
  r.id::text, r.direction, r.target::text, r.actor, r.state, r.backend_pid AS pid, r.history_table AS table,
  extract(epoch FROM r.started_at) * 1000 AS started, extract(epoch FROM r.finished_at) * 1000 AS finished,
  (SELECT count(*)::int4 FROM gander.steps s WHERE s.run_id = r.id) AS steps,
  (SELECT count(*)::int4 FROM gander.steps s WHERE s.run_id = r.id AND s.state = 'done') AS done,
  (SELECT json_build_object('way', o.way, 'label', o.label, 'reason', o.reason, 'version', o.version::text, 'conclusion', o.conclusion, 'overruled', o.overruled)
   FROM gander.resolutions o WHERE o.run_id = r.id)::text AS resolution`;

/**
 * A run whose process died still says that it is running. It is told from one that goes on by the lock: a run is closed
 * before its lock is given back, so who says `running` before **and** after its session was seen without the lock is dead.
 */
async function withTruth<T extends RunSummary>(client: Client, read: () => Promise<T[]>): Promise<T[]> {
  const runs = await read();
  const before = runs.filter(({ state }) => state === 'running').map(({ id }) => id);
  if (before.length === 0) return runs;
  const holder = await lockHolder(client);
  return (await read()).map((run) => {
    const dead = run.state === 'running' && before.includes(run.id) && run.pid !== holder?.pid;
    return dead ? { ...run, state: 'interrupted' } : run;
  });
}

/** Newest first. @param before only runs older than this id; null starts at the newest */
export async function readRuns(
  client: Client,
  table: string,
  page: { before: string | null; limit: number },
): Promise<RunSummary[]> {
  return withTruth(client, async () => {
    const { rows } = await client.query(
      `SELECT ${SUMMARY} FROM gander.runs r
       WHERE r.history_table = $1 AND ($2::bigint IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3`,
      [table, page.before, page.limit],
    );
    return rows.map(toSummary);
  });
}

/** Runs that had a step of this version, newest first. */
export async function readRunsOf(
  client: Client,
  table: string,
  version: bigint,
  limit: number,
): Promise<RunOfMigration[]> {
  return withTruth(client, async () => {
    const { rows } = await client.query(
      `SELECT ${SUMMARY}, own.state AS step_state
       FROM gander.runs r CROSS JOIN LATERAL (
         SELECT s.state FROM gander.steps s WHERE s.run_id = r.id AND s.version = $2
         ORDER BY s.state = 'failed' DESC, s.position DESC LIMIT 1) own
       WHERE r.id IN (SELECT run_id FROM gander.steps WHERE version = $2) AND r.history_table = $1 ORDER BY r.id DESC LIMIT $3`,
      [table, version.toString(), limit],
    );
    return rows.map((row) => ({ ...toSummary(row), stepState: row.step_state }));
  });
}

/** One run with its steps and statements; null when there is none of this id. */
export async function readRun(client: Client, id: string): Promise<RunRecord | null> {
  const [run] = await withTruth(client, async () => {
    const { rows } = await client.query(`SELECT ${SUMMARY}, ${STEPS} FROM gander.runs r WHERE r.id = $1`, [
      id,
    ]);
    return rows.map((row) => ({
      ...toSummary(row),
      table: row.table,
      list: (JSON.parse(row.list ?? '[]') as StepRow[]).map(toStep),
    }));
  });
  return run ?? null;
}

const STEPS = `
  (SELECT json_agg(json_build_object('version', s.version::text, 'name', s.name, 'action', s.action,
     'transaction', s.transaction, 'state', s.state, 'sql', (SELECT x.sql FROM gander.texts x WHERE x.checksum = s.checksum AND s.action = 'run'), 'tookMs', s.took_ms, 'failure', s.failure,
     'statements', (
       SELECT coalesce(json_agg(json_build_object('position', t.position, 'count', t.count, 'line', t.line, 'kind', t.kind, 'object', t.object,
         'state', t.state, 'tookMs', t.took_ms, 'rowCount', t.row_count, 'notices', t.notices) ORDER BY t.position), '[]')
       FROM gander.statements t WHERE t.run_id = s.run_id AND t.step = s.position)
     ) ORDER BY s.position)
   ::text FROM gander.steps s WHERE s.run_id = r.id) AS list`;

export interface SummaryRow extends Omit<
  RunSummary,
  'target' | 'startedAt' | 'finishedAt' | 'steps' | 'done' | 'resolution'
> {
  target: string | null;
  started: string | number;
  finished: string | number | null;
  steps: string | number;
  done: string | number;
  resolution: string | null;
}

type StepRow = Omit<RunStep, 'version'> & { version: string };

export function toSummary(row: SummaryRow): RunSummary {
  const { id, direction, actor, state, pid } = row;
  return {
    id,
    direction,
    actor,
    state,
    pid,
    target: row.target === null ? null : BigInt(row.target),
    startedAt: new Date(Number(row.started)),
    finishedAt: row.finished === null ? null : new Date(Number(row.finished)),
    steps: Number(row.steps),
    done: Number(row.done),
    resolution: toResolution(row.resolution),
  };
}

function toResolution(json: string | null): ResolutionRecord | null {
  if (json === null) return null;
  const row = JSON.parse(json) as Omit<ResolutionRecord, 'version'> & { version: string };
  return { ...row, version: BigInt(row.version) };
}

function toStep(row: StepRow): RunStep {
  return { ...row, version: BigInt(row.version), failure: toFailure(row.failure) };
}
