import { GanderError } from './errors.ts';
import type { RunResult, StepResult } from './events.ts';
import { failureOf } from './failure.ts';
import type { Failure, StepRecord } from './journal/index.ts';
import { sectionOf } from './migration.ts';
import { type Plan, type Step, title } from './plan.ts';
import type { Client } from './postgres.ts';
import { type Session, transaction, type Work } from './session.ts';
import { markDirty, runSection, StepFailure } from './step.ts';

/** A run that stopped at a failing migration. What was applied before it stays; what comes after it was not run. */
export class MigrationFailed extends GanderError {
  readonly run: RunResult;

  constructor(
    message: string,
    details: { next: string; file: string | null; failure: Failure; cause: unknown },
    run: RunResult,
  ) {
    const { next, file, failure, cause } = details;
    super('migration_failed', message, {
      next,
      cause,
      ...(file === null ? {} : { file }),
      ...(failure.place === null ? {} : { place: failure.place }),
    });
    this.run = run;
  }

  /** The same, with where the history stands now. */
  withCurrent(current: bigint | null): MigrationFailed {
    (this as { run: RunResult }).run = { ...this.run, current };
    return this;
  }
}

/**
 * Runs a plan, one migration after the other. The caller holds the lock.
 *
 * @returns what was done; `current` is left to the caller, who reads the history again
 * @throws MigrationFailed at the first step that fails, after everything about it has been written down
 */
export async function runPlan(session: Session, plan: Plan): Promise<Omit<RunResult, 'current'>> {
  const { log, journal, emit } = session;
  await journal.settleInterrupted(log);
  const runId = await openRun(session, plan);
  emit({ type: 'started', runId, plan });
  const results: StepResult[] = [];
  const stopListening = cancelOnAbort(session);
  try {
    for (const [position, step] of plan.steps.entries()) {
      emit({ type: 'step', step });
      const { result, error } = await runStep(session, { runId, position, step, direction: plan.direction });
      results.push(result);
      emit({ type: 'ended', result });
      if (error !== null) throw failed(error, plan, step, results, runId);
    }
    await writeDown(session, () => journal.closeRun(log, runId, 'done'));
  } finally {
    stopListening();
  }
  return { id: runId || null, direction: plan.direction, steps: results };
}

async function openRun({ client, log, journal, actor }: Session, plan: Plan): Promise<string> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return transaction(log, () =>
    journal.openRun(log, {
      direction: plan.direction,
      target: plan.to,
      actor,
      pid: rows[0].pid,
      steps: plan.steps.map((step) => toRecord(step, plan)),
    }),
  );
}

function toRecord({ version, name, action, migration }: Step, { direction }: Plan): StepRecord {
  const runs = action === 'run' && migration !== null;
  return {
    version,
    name,
    action,
    transaction: migration?.script.transaction ?? true,
    checksum: migration?.checksum ?? null,
    sql: runs && sectionOf(migration.script, direction).statements.length > 0 ? migration.text : null,
  };
}

/** Cancels the running statement when the caller's signal says so. @returns what takes the listener off again */
function cancelOnAbort({ client, log, signal }: Session): () => void {
  const pid = (client as Client & { processID: number }).processID;
  const cancel = (): void => void log.query('SELECT pg_cancel_backend($1)', [pid]).catch(() => {});
  signal?.addEventListener('abort', cancel);
  return () => signal?.removeEventListener('abort', cancel);
}

async function runStep(
  session: Session,
  work: Work,
): Promise<{ result: StepResult; error: StepFailure | null }> {
  const { version, name, action } = work.step;
  const started = performance.now();
  await session.journal.startStep(session.log, work.runId, work.position);
  const error = await act(session, work).then(() => null, asFailure);
  const tookMs = performance.now() - started;
  await writeDown(session, () => recordEnd(session, work, tookMs, error));
  const outcome = error === null ? 'done' : 'failed';
  return { result: { version, name, action, outcome, tookMs, failure: error?.failure ?? null }, error };
}

function asFailure(error: unknown): StepFailure {
  return error instanceof StepFailure
    ? error
    : new StepFailure('rolled back', failureOf(error, null, null), error);
}

async function act(session: Session, work: Work): Promise<void> {
  const { client, history, journal } = session;
  const { action, version, migration } = work.step;
  if (action === 'run') return runSection(session, { ...work, migration: migration! });
  await transaction(client, async () => {
    if (action === 'forget') {
      await history.remove(client, version);
      await journal.rolledBack(client, version);
    } else {
      await history.clearDirty(client, version);
    }
    await journal.clearDirty(client, version);
  });
}

/** A failure is written down whole: the step, the run, and the flag that whoever comes next will see. */
async function recordEnd(
  session: Session,
  work: Work,
  tookMs: number,
  error: StepFailure | null,
): Promise<void> {
  const { log, journal } = session;
  const { runId, position } = work;
  if (error === null) return journal.endStep(log, runId, position, { state: 'done', tookMs, failure: null });
  await transaction(log, async () => {
    await journal.endStep(log, runId, position, { state: 'failed', tookMs, failure: error.failure });
    await journal.closeRun(log, runId, 'failed');
    await flag(session, work, error);
  });
}

/**
 * Without a journal nobody could tell afterwards that PostgreSQL undid the migration, so the flag alone would stop
 * everyone for nothing: it is left off, and the run's own report has to do.
 */
async function flag(session: Session, work: Work, { kind, failure }: StepFailure): Promise<void> {
  const { migration } = work.step;
  if (migration === null || (kind === 'rolled back' && !session.journal.present)) return;
  await markDirty(session, { ...work, migration }, kind, failure);
}

/** The record must not turn a success into a failure, nor hide the failure that it was to record. */
async function writeDown({ emit }: Session, write: () => Promise<void>): Promise<void> {
  await write().catch((error: Error) => {
    emit({ type: 'note', message: `The journal could not be written: ${error.message}` });
  });
}

function failed(
  error: StepFailure,
  plan: Plan,
  step: Step,
  results: readonly StepResult[],
  runId: string,
): MigrationFailed {
  const rest = plan.steps.slice(results.length).map(notRun);
  const { failure, kind } = error;
  const code = failure.sqlstate === null ? '' : ` (SQLSTATE ${failure.sqlstate})`;
  return new MigrationFailed(
    `${title(step)} failed: ${failure.message}${code}`,
    { next: NEXT[kind](step), file: step.migration?.file ?? null, failure, cause: error },
    { id: runId || null, direction: plan.direction, steps: [...results, ...rest], current: null },
  );
}

const NEXT: Record<StepFailure['kind'], (step: Step) => string> = {
  'rolled back': () => 'PostgreSQL undid all of it. Mend the file and run again.',
  partial: ({ version }) =>
    `It has no transaction: what ran before the failure is in the database. See what is there, then say so: gander resolve ${version} --applied, or --not-applied.`,
  'in doubt': ({ version }) =>
    `The connection was lost, so it is not certain what happened. See what is there, then say so: gander resolve ${version} --applied, or --not-applied.`,
};

function notRun({ version, name, action }: Step): StepResult {
  return { version, name, action, outcome: 'not run', tookMs: 0, failure: null };
}
