import type { SessionId, Urgency } from './cancel.ts';
import { tableKey } from './history/index.ts';
import type { RunOfMigration, RunPages, RunRecord, RunSummary, StatementsPage } from './journal/index.ts';
import { lookAround } from './observe.ts';
import type { EngineOptions } from './options.ts';
import { type Client, withClient } from './postgres.ts';

type Runs = typeof import('./journal/runs.ts');

/** What the journal has of the runs of a history: to be read, followed, and stopped while they go on. */
export class RecordedRuns {
  readonly #options: EngineOptions;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /**
   * Runs of this history, newest first. Empty without a journal.
   *
   * @param page at most `limit` of them, and only those older than the id `before`
   */
  async runs(page: { before?: string | undefined; limit: number }): Promise<RunSummary[]> {
    return this.#withJournal([], ({ readRuns }, client, table) =>
      readRuns(client, table, { before: page.before ?? null, limit: page.limit }),
    );
  }

  /** The newest runs that had a step of this version, at most `limit`. Empty without a journal. */
  async runsOf(version: bigint, limit: number): Promise<RunOfMigration[]> {
    return this.#withJournal([], ({ readRunsOf }, client, table) =>
      readRunsOf(client, table, version, limit),
    );
  }

  /** One run with all its steps and statements; null when there is none of this id in this history. */
  async run(id: string): Promise<RunRecord | null> {
    return this.#withJournal(null, async ({ readRun }, client, table) => {
      const run = await readRun(client, id);
      return run?.table === table ? run : null;
    });
  }

  /** A run as its page shows it; null as of `run`. @param pages of its steps: see `readRunPages` */
  async runPages(id: string, pages: readonly number[]): Promise<RunPages | null> {
    const { readRunPages } = await import('./journal/run-pages.ts');
    return this.#withJournal(null, async (_runs, client, table) => {
      const run = await readRunPages(client, id, pages);
      return run?.table === table ? run : null;
    });
  }

  /** The same in one query, of a run that is known to be one of this history. */
  async watchedRun(id: string, pages: readonly number[]): Promise<RunPages | null> {
    const { readRunPages } = await import('./journal/run-pages.ts');
    return withClient(this.#options.pool, (client) => readRunPages(client, id, pages));
  }

  /** Statements of one step of a run; null when there is no such step in this history. @param page from 1 */
  async statements(id: string, position: number, page: number): Promise<StatementsPage | null> {
    const { readStatements } = await import('./journal/run-statements.ts');
    return this.#withJournal(null, async (_runs, client, table) => {
      const step = await readStatements(client, id, position, page);
      return step?.table === table ? step : null;
    });
  }

  /**
   * Hears of changes in the records of runs: see `followRuns`.
   *
   * @returns ends it
   */
  followRuns(onChange: (runId: string | null) => void): () => Promise<void> {
    const following = import('./feed.ts').then(({ followRuns }) => followRuns(this.#options.pool, onChange));
    return async () => (await following)();
  }

  /**
   * Asks for a run to be cancelled, wherever it runs: it stops there. Written down with the run.
   *
   * @returns whether it was going on
   */
  async cancelRun(id: string, urgency: Urgency, actor: string): Promise<boolean> {
    const { cancelRun } = await import('./cancel.ts');
    return this.#withJournal(false, (_runs, client, table) =>
      cancelRun(client, { runId: id, table, actor }, urgency),
    );
  }

  /**
   * Ends a session that a run waits for. Written down with the run.
   *
   * @returns whether the run was waiting for it
   * @throws GanderError `not_permitted` when the role may not
   */
  async endBlocker(id: string, session: SessionId, actor: string): Promise<boolean> {
    const { endBlocker } = await import('./cancel.ts');
    return this.#withJournal(false, (_runs, client, table) =>
      endBlocker(client, { runId: id, table, actor }, session),
    );
  }

  /** Closes a run whose process has died: see `settleInterrupted`. Needs the journal. */
  async settle(): Promise<string | null> {
    const { settleInterrupted } = await import('./settle-interrupted.ts');
    return settleInterrupted(this.#options);
  }

  async #withJournal<T>(
    without: T,
    read: (runs: Runs, client: Client, table: string) => Promise<T>,
  ): Promise<T> {
    const runs = await import('./journal/runs.ts');
    return withClient(this.#options.pool, async (client) => {
      const { history, journal } = await lookAround(client, this.#options, 'read');
      return journal.present ? read(runs, client, tableKey(history.table)) : without;
    });
  }
}
