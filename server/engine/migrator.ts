import { type EngineOptions, execute, observe, planNow, type RunRequest } from './execute.ts';
import type { RunEvent, RunResult } from './events.ts';
import { findHistory, tableKey } from './history/index.ts';
import {
  openJournal,
  readRun,
  readRuns,
  readRunsOf,
  type RunOfMigration,
  type RunRecord,
  type RunSummary,
} from './journal/index.ts';
import { prepareOwnTables } from './own-tables.ts';
import type { Plan, PlanRequest } from './plan.ts';
import { type Client, withClient } from './postgres.ts';
import { resolve, type Resolution } from './resolve.ts';
import type { State } from './state.ts';

export type MigratorOptions = Omit<EngineOptions, 'lockKey'>;

export interface UpRequest extends RunRequest {
  /** The last version to apply. Default: all. */
  readonly to?: bigint | undefined;
  /** At most so many migrations. Default: all. */
  readonly steps?: number | undefined;
}

export interface DownRequest extends RunRequest {
  /** The version that stays; 0 rolls back all. Default: only the newest migration is rolled back. */
  readonly to?: bigint | undefined;
  readonly steps?: number | undefined;
}

/**
 * The engine: what a folder of migrations and a database have to do with each other.
 *
 * Every call reads folder and database anew. Nothing but `up`, `down` and `resolve` writes.
 * Every call throws GanderError `unreachable` when the database is, and `foreign_table` or `source_missing` when the
 * history table or the folder is not what it should be.
 */
export class Migrator {
  readonly #options: EngineOptions;

  constructor(options: MigratorOptions) {
    const prepare = async (emit: (event: RunEvent) => void): Promise<void> => {
      const refusal = await prepareOwnTables(options.pool);
      if (refusal !== null)
        emit({ type: 'note', message: `${refusal.message} The run is not recorded. ${refusal.next}` });
    };
    this.#options = options.journal === false ? options : { ...options, prepare };
  }

  /** What is applied, pending, dirty. Needs the right to read only; a database without a history is all pending. */
  async status(): Promise<State> {
    return withClient(this.#options.pool, (client) => observe(this.#options, client, 'read'));
  }

  /** What would run; a plan without steps when there is nothing to do. @throws what `makePlan` throws */
  async plan(request: PlanRequest): Promise<Plan> {
    return (await this.stateAndPlan(request)).plan;
  }

  /** A plan and the state it was made of, read at the same moment. */
  async stateAndPlan(request: PlanRequest): Promise<{ state: State; plan: Plan }> {
    return withClient(this.#options.pool, (client) => planNow(this.#options, client, request));
  }

  /**
   * Applies pending migrations in order, each in its own transaction with its history row, and stops at the first that
   * fails. Two at once: one runs, the other waits (`lockWait`) and then finds nothing to do.
   *
   * @returns a result without steps when nothing is pending
   * @throws MigrationFailed, or GanderError `locked`, `plan_changed`, `out_of_order`, `dirty`, `invalid_file`
   */
  async up(request: UpRequest = {}): Promise<RunResult> {
    return execute(this.#options, { ...request, direction: 'up' });
  }

  /**
   * Rolls back applied migrations, newest first. Where the file is gone, the Down that was stored when it ran is used.
   *
   * @returns a result without steps when nothing above `to` is applied
   * @throws MigrationFailed, or GanderError `locked`, `plan_changed`, `irreversible`, `file_missing`, `dirty`
   */
  async down(request: DownRequest = {}): Promise<RunResult> {
    return execute(this.#options, { ...request, direction: 'down' });
  }

  /**
   * Takes the flag off a dirty migration, on a person's word for what is in the database.
   *
   * @throws GanderError `invalid_request` when it is not dirty, `unknown_version`, `locked`
   */
  async resolve(
    version: bigint,
    resolution: Resolution,
    request: Pick<RunRequest, 'lockWait' | 'actor'> = {},
  ): Promise<void> {
    return resolve(this.#options, version, resolution, request);
  }

  /** Runs of this history, newest first. Empty without a journal. @param before only runs older than this id */
  async runs(page: { before?: string | undefined; limit: number }): Promise<RunSummary[]> {
    return this.#withJournal([], (client, table) =>
      readRuns(client, table, { before: page.before ?? null, limit: page.limit }),
    );
  }

  /** The newest runs that had a step of this version. */
  async runsOf(version: bigint, limit: number): Promise<RunOfMigration[]> {
    return this.#withJournal([], (client, table) => readRunsOf(client, table, version, limit));
  }

  /** One run with all its steps; null when there is none of this id in this history. */
  async run(id: string): Promise<RunRecord | null> {
    return this.#withJournal(null, async (client, table) => {
      const run = await readRun(client, id);
      return run?.table === table ? run : null;
    });
  }

  async #withJournal<T>(without: T, read: (client: Client, table: string) => Promise<T>): Promise<T> {
    return withClient(this.#options.pool, async (client) => {
      const { table, tableFormat: format } = this.#options;
      const { history } = await findHistory(client, { table, format });
      const journal = await openJournal(client, history.table, 'read');
      return journal.present ? read(client, tableKey(history.table)) : without;
    });
  }
}
