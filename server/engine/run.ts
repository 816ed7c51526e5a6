import { GanderError } from './errors.ts';
import type { RunResult, StepResult } from './events.ts';
import { failureOf } from './failure.ts';
import type { StepRecord } from './journal/index.ts';
import { currentAfter, type Plan, type Step, title } from './plan.ts';
import { type Client, unreachable, isConnectionLoss } from './postgres.ts';
import { failed, RunStopped } from './run-stopped.ts';
import { prepare, type Session, transaction, type Work } from './session.ts';
import type { State } from './state.ts';
import { markDirty, runSection, StepFailure } from './step.ts';

/**
 * Runs a plan, one migration after the other. The caller holds the lock.
 *
 * @throws MigrationFailed at the first step that fails, after everything about it has been written down
 * @throws RunStopped before a step that could not begin (`locked`, `cancelled`, `unreachable`): nothing of it was run
 */
export async function runPlan(session: Session, state: State, plan: Plan): Promise<RunResult> {
  const runId = await openRun(session, plan);
  session.emit({ type: 'started', runId, plan });
  const results: StepResult[] = [];
  const soFar = (): RunResult => resultOf(runId, state, plan, results);
  const stopListening = cancelOnAbort(session);
  try {
    for (const [position, step] of plan.steps.entries()) {
      const xid = await begin(session, step).catch((error: unknown) => stop(session, error, runId, soFar));
      const { result, error } = await runStep(session, {
        xid,
        runId,
        position,
        step,
        direction: plan.direction,
      });
      results.push(result);
      session.emit({ type: 'ended', result });
      if (error !== null) throw failed(error, step, soFar());
    }
    await writeDown(session, (log) => session.journal.closeRun(log, runId, 'done'));
  } finally {
    stopListening();
  }
  return soFar();
}

/** What of the plan has been done so far; the rest counts as not run. */
function resultOf(runId: string, state: State, plan: Plan, results: readonly StepResult[]): RunResult {
  const rest = plan.steps.slice(results.length).map(({ version, name, action }) => {
    return { version, name, action, outcome: 'not run', tookMs: 0, failure: null } as const;
  });
  const done = plan.steps.filter((_step, position) => results[position]?.outcome === 'done');
  return {
    id: runId || null,
    direction: plan.direction,
    steps: [...results, ...rest],
    current: currentAfter(state, plan.direction, done),
  };
}

async function openRun({ client, log, journal, actor }: Session, plan: Plan): Promise<string> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  const steps = plan.steps.map(toRecord);
  const { direction, to: target } = plan;
  return log.write(async (writer) => {
    await journal.settleInterrupted(writer);
    return transaction(writer, () =>
      journal.openRun(writer, { direction, target, actor, pid: rows[0].pid, steps }),
    );
  });
}

function toRecord({ version, name, action, migration }: Step): StepRecord {
  return {
    version,
    name,
    action,
    transaction: migration?.script.transaction ?? true,
    checksum: migration?.checksum ?? null,
  };
}

const CANCEL_AGAIN_MS = 500;

/**
 * Cancels the running statement when the caller's signal says so; again and again, because a cancel that arrives between
 * two statements cancels nothing. @returns what ends it
 */
function cancelOnAbort({ client, log, signal }: Session): () => void {
  const pid = (client as Client & { processID: number }).processID;
  let timer: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    void log.write((writer) => writer.query('SELECT pg_cancel_backend($1)', [pid])).catch(() => {});
  };
  const onAbort = (): void => {
    cancel();
    timer = setInterval(cancel, CANCEL_AGAIN_MS);
  };
  signal?.addEventListener('abort', onAbort);
  return () => {
    signal?.removeEventListener('abort', onAbort);
    clearInterval(timer);
  };
}

/** All that can be said against a step before anything of it is sent. */
async function begin(session: Session, step: Step): Promise<string | null> {
  if (session.signal?.aborted)
    throw new GanderError('cancelled', `The run was cancelled before ${title(step)}.`);
  return prepare(session, step);
}

/** Ends a run before a step that could not begin. The migration itself is none the worse for it. */
async function stop(session: Session, error: unknown, runId: string, soFar: () => RunResult): Promise<never> {
  await writeDown(session, (log) => session.journal.closeRun(log, runId, 'failed'));
  const known = error instanceof GanderError ? error : isConnectionLoss(error) ? unreachable(error) : null;
  if (known === null) throw error;
  throw new RunStopped(
    known.code,
    known.message,
    { cause: error, ...(known.next === null ? {} : { next: known.next }) },
    soFar(),
  );
}

async function runStep(
  session: Session,
  work: Work,
): Promise<{ result: StepResult; error: StepFailure | null }> {
  const { version, name, action, migration } = work.step;
  const sql = action === 'run' ? (migration?.text ?? null) : null;
  const started = performance.now();
  session.emit({ type: 'step', step: work.step });
  const noted = writeDown(session, (log) => session.journal.startStep(log, work.runId, work.position, sql));
  const error = await act(session, work).then(() => null, asFailure);
  const tookMs = performance.now() - started;
  const ended = writeDown(session, (log) => recordEnd(session, log, work, tookMs, error));
  // The record of a step that went well is written while the next one runs.
  if (error !== null) await Promise.all([noted, ended]);
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
  if (action === 'run' && migration !== null) return runSection(session, { ...work, migration });
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
  log: Client,
  work: Work,
  tookMs: number,
  error: StepFailure | null,
): Promise<void> {
  const { journal } = session;
  const { runId, position } = work;
  if (error === null) return journal.endStep(log, runId, position, { state: 'done', tookMs, failure: null });
  await transaction(log, async () => {
    await journal.endStep(log, runId, position, { state: 'failed', tookMs, failure: error.failure });
    await journal.closeRun(log, runId, 'failed');
    await flag(session, log, work, error);
  });
}

/**
 * Two failures are not flagged. A transaction of which nobody knows whether it was committed: its history row was part of
 * it, and tells as soon as it can be read. And, without a journal, one that PostgreSQL undid: nobody could tell that
 * afterwards, and the flag alone would stop everyone for nothing.
 */
async function flag(
  session: Session,
  log: Client,
  work: Work,
  { kind, failure }: StepFailure,
): Promise<void> {
  const { migration, version } = work.step;
  if (migration === null || (kind === 'in doubt' && migration.script.transaction)) return;
  if (kind !== 'rolled back' || session.journal.present)
    return markDirty(session, log, { ...work, migration }, kind, failure);
  await (work.direction === 'up'
    ? session.history.remove(log, version)
    : session.history.clearDirty(log, version));
}

/** The record must not turn a success into a failure, nor hide the failure that it was to record. */
async function writeDown({ log, emit }: Session, write: (log: Client) => Promise<void>): Promise<void> {
  await log.write(write).catch((error: Error) => {
    emit({ type: 'note', message: `The journal could not be written: ${error.message}` });
  });
}
