import type { Finding } from './advice/finding.ts';
import type { Advised } from './advise.ts';
import type { RollbackCost } from './cost/cost.ts';
import type { RunEvent, RunResult } from './events.ts';
import { execute } from './execute.ts';
import type { LintRequest, LintResult } from './lint-folder.ts';
import { observe } from './observe.ts';
import type { DownRequest, EngineOptions, RunRequest, UpRequest } from './options.ts';
import type { Plan, PlanRequest } from './plan.ts';
import { withClient } from './postgres.ts';
import { RecordedRuns } from './recorded-runs.ts';
import type { Findings } from './recovery/finding.ts';
import type { StateAndFindings } from './recovery/findings.ts';
import type { RedoResult } from './redo.ts';
import type { Rehearsal } from './rehearsal/rehearsal.ts';
import type { RehearsalRequest } from './rehearsal/rehearse.ts';
import type { Resolution } from './resolution.ts';
import type { ResolveRequest } from './resolve.ts';
import type { State } from './state.ts';

/** What a Migrator works with: `pool` and `source` are needed, all else has a default. */
export type MigratorOptions = Omit<EngineOptions, 'prepare'>;

/**
 * The engine: what a folder of migrations and a database have to do with each other.
 *
 * Every call reads folder and database anew. `status`, `plan`, `stateAndPlan`, `advise`, `lint`, `runs`, `runsOf` and `run` only read: no lock is
 * taken and nothing written. The others take the migration lock, the same one as goose's; they write nothing when there is
 * nothing to do.
 *
 * Every call throws GanderError: `unreachable` when the database is, `not_permitted`, `busy` and `refused` for what else it says
 * outside a migration, `foreign_table` or `source_missing` when the history table or the folder is not what it should be,
 * `invalid_request` when the pool does not fit (one connection only, an old pg). Those that run also throw `locked` when
 * the lock is not to be had, `plan_changed` when a `fingerprint` was given and something else would run now, `cancelled`
 * when `signal` was aborted, and `transaction_pooler` when there is one in between.
 *
 * An error of a run that had begun is a RunStopped, and a MigrationFailed where a migration failed: its `run` tells what was
 * done, what failed, and what was not run.
 */
export class Migrator extends RecordedRuns {
  readonly #options: EngineOptions;

  constructor(options: MigratorOptions) {
    super(options);
    const prepare = async (emit: (event: RunEvent) => void): Promise<void> => {
      const { prepareOwnTables } = await import('./own-tables.ts');
      const refusal = await prepareOwnTables(options.pool);
      if (refusal !== null)
        emit({ type: 'note', message: `${refusal.message} The run is not recorded. ${refusal.next}` });
    };
    this.#options = options.journal === false ? options : { ...options, prepare };
  }

  /**
   * What is applied, pending, dirty, in one list by version. Needs the right to read only; a database without a history is
   * all pending. Files that are faulty are not thrown but told: `problems`, and each migration's `problem`.
   */
  async status(): Promise<State> {
    return withClient(this.#options.pool, (client) => observe(this.#options, client, 'read'));
  }

  /**
   * What would run, with the SQL; a plan without steps when there is nothing to do. Give its `fingerprint` to `up` or `down`,
   * and nothing else than this will run.
   *
   * @throws GanderError `invalid_file`, `dirty`, `file_missing`, `unknown_version`
   */
  async plan(request: PlanRequest): Promise<Plan> {
    return (await this.stateAndPlan(request)).plan;
  }

  /** A plan and the state it was made of, read at the same moment. @throws as `plan` */
  async stateAndPlan(request: PlanRequest): Promise<{ state: State; plan: Plan }> {
    const { planNow } = await import('./planning.ts');
    return withClient(this.#options.pool, (client) => planNow(this.#options, client, request));
  }

  /** What a plan, or one migration, will do to this database and what to do instead, by its text and what the catalogs say. */
  async advise(subject: Advised): Promise<Finding[]> {
    const { advise } = await import('./advise.ts');
    return withClient(this.#options.pool, (client) => advise(client, subject));
  }

  /** The same of what is pending, or of `files`, applied or not. @throws GanderError `invalid_request`: no such file */
  async lint(request: LintRequest = {}): Promise<LintResult> {
    const { lintAgainst } = await import('./lint.ts');
    return lintAgainst(this.#options, request);
  }

  /**
   * Runs what would run, in one transaction, and rolls it back: what it locks and for how long, what it writes anew, reads and
   * changes, what it changes in the schema, and whether its Down brings that back. It takes the locks that it tells of, and the
   * migration lock; what cannot be rehearsed is told, and the rest is. Nothing is written.
   *
   * @returns what was seen; that a migration would fail is told, not thrown
   * @throws as `plan`; GanderError `locked` when somebody migrates, `busy` when the schema is locked, `cancelled`
   */
  async rehearse(request: RehearsalRequest): Promise<Rehearsal> {
    const { rehearse } = await import('./rehearsal/rehearse.ts');
    return rehearse(this.#options, request);
  }

  /**
   * What a rollback costs, as the database is now: the tables and columns that its Downs drop, how much is in them and what
   * depends on them. From statistics and a look at first rows, in two round trips; `exactly` counts too, for at most 10 seconds.
   *
   * @param plan one that goes down; one that goes up costs nothing
   * @throws GanderError `busy` when the catalogs are locked
   */
  async rollbackCost(plan: Plan, how: 'by statistics' | 'exactly' = 'by statistics'): Promise<RollbackCost> {
    const { costOf } = await import('./cost/of-plan.ts');
    return withClient(this.#options.pool, (client) => costOf(client, plan, how));
  }

  /** The text of an applied migration as it ran; null when the journal does not have it. */
  async whatRan(version: bigint): Promise<string | null> {
    const { whatRan } = await import('./file-diff/what-ran.ts');
    return whatRan(this.#options, version);
  }

  /**
   * Applies pending migrations in order, each in its own transaction with its history row, and stops at the first that
   * fails. Two at once: one runs, the other waits (`lockWait`) and then finds nothing to do. One that failed before and was
   * rolled back is tried again; one that is partial or in doubt has to be resolved first.
   *
   * @returns a result without steps when nothing is pending
   * @throws MigrationFailed, or GanderError `out_of_order`, `dirty`, `invalid_file`, and `changed` or `newer` where the
   *   policy is to refuse
   */
  async up(request: UpRequest = {}): Promise<RunResult> {
    return execute(this.#options, { ...request, direction: 'up' });
  }

  /**
   * Rolls back applied migrations, newest first. Where the file is gone, the Down that was stored when it ran is used.
   *
   * @returns a result without steps when nothing above `to` is applied
   * @throws MigrationFailed, or GanderError `irreversible`, `file_missing`, `dirty`, `invalid_file`, `unknown_version`
   */
  async down(request: DownRequest = {}): Promise<RunResult> {
    return execute(this.#options, { ...request, direction: 'down' });
  }

  /**
   * Rolls the newest applied migration back and applies it again, under one lock.
   *
   * @returns results without steps when nothing is applied
   * @throws as `down` and `up`; an irreversible one is refused, whatever was agreed to, and so is one whose file is gone
   *   (`file_missing`): there would be no way back up
   */
  async redo(request: RunRequest = {}): Promise<RedoResult> {
    const { redo } = await import('./redo.ts');
    return redo(this.#options, { ...request, irreversible: false });
  }

  /**
   * Records everything up to `version` as applied, running nothing: for a database that had its schema before its history.
   *
   * @returns a result without steps when all of it is applied already
   * @throws GanderError `unknown_version`, `dirty`, `invalid_file`
   */
  async baseline(version: bigint, request: RunRequest = {}): Promise<RunResult> {
    const { baseline } = await import('./baseline.ts');
    return baseline(this.#options, version, request);
  }

  /**
   * What a dirty migration has left behind: each statement with its recorded outcome and what the catalogs say of it, what
   * that comes to, and the ways out, with what each needs first. Needs the right to read only, takes no lock, and answers
   * while others hold theirs.
   *
   * @throws GanderError `unknown_version`; `invalid_request` when it is not dirty
   */
  async findings(version: bigint): Promise<Findings> {
    const { findingsOf } = await import('./recovery/findings.ts');
    return findingsOf(this.#options, version);
  }

  /** The findings and the state they belong to, read at the same moment; findings are null when it is not dirty. */
  async stateAndFindings(version: bigint): Promise<StateAndFindings> {
    const { stateAndFindings } = await import('./recovery/findings.ts');
    return stateAndFindings(this.#options, version);
  }

  /**
   * Gets a migration out of dirty: on a person's word for what is in the database (`applied`, `not applied`), by running it
   * again, from the start (`retry`) or, without a transaction, from the statement where it stopped (`resume`), by undoing it
   * with its own Down (`down`), or by setting right what is half done (`repair`). It is a run of its own, with its reason in
   * the journal. The flag goes only if the catalogs agree: what they say otherwise has to be overruled by name.
   *
   * @throws GanderError `invalid_request` when it is not dirty, or only a person can tell where to go on; `dirty` while an
   *   index that it builds is there but invalid, or the database does not agree; `changed` when what is done is no longer
   *   what the file says; `plan_changed` when somebody else has resolved it, or what was found has changed since;
   *   `unknown_version`
   * @throws MigrationFailed when it fails again
   */
  async resolve(version: bigint, resolution: Resolution, request: ResolveRequest = {}): Promise<RunResult> {
    const { resolve } = await import('./resolve.ts');
    return resolve(this.#options, version, resolution, request);
  }

  /**
   * What a service calls before it listens: all that is pending is applied when this returns, and otherwise it throws the
   * whole story, so that the service does not start. Where nothing is pending it takes no lock, so instances of the old
   * release start while the new one migrates; and several of a new release wait for each other.
   *
   * @returns what was applied; a result without steps when nothing was pending
   * @throws as `up`; the message tells what was applied, what failed and where, what was not run, and what to do, and holds no
   *   secret; `cause` is what `up` threw
   */
  async ensureUpToDate(request: RunRequest = {}): Promise<RunResult> {
    return execute(this.#options, { ...request, direction: 'up' }).catch(async (error: unknown) => {
      const { withStory } = await import('./story.ts');
      throw withStory(error);
    });
  }
}
