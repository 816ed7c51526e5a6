import { Ahead } from './ahead.ts';
import { GanderError } from './errors.ts';
import type { RunResult, StepResult } from './events.ts';
import { failureOf } from './failure.ts';
import type { KeptText, StepNote, StepRecord } from './journal/index.ts';
import { Notebook } from './journal/notebook.ts';
import { sectionOf } from './migration.ts';
import { currentAfter, type Plan, type Step, title } from './plan.ts';
import type { Client } from './postgres.ts';
import { recordSchema } from './record-schema.ts';
import { appliedRecord, rowsDirty } from './records.ts';
import { setRight } from './repair.ts';
import { failed, RunStopped } from './run-stopped.ts';
import type { SectionWork, Session, Spoilt, Work } from './session.ts';
import { atomically, send } from './transaction.ts';
import { isInEffect, type State } from './state.ts';
import { runSection } from './step.ts';
import { StepFailure } from './step-failure.ts';

/**
 * Runs a plan, one migration after the other. The caller holds the lock.
 *
 * @throws MigrationFailed at the first step that fails, after everything about it has been written down
 * @throws RunStopped before a step that could not begin (`locked`, `cancelled`, `unreachable`): nothing of it was run
 */
export async function runPlan(session: Session, state: State, plan: Plan): Promise<RunResult> {
  const runId = await openRun(session, state, plan);
  session.heed(runId);
  await recordSchema(session, runId, plan);
  const complain = complainTo(session);
  const notebook = new Notebook(session.log, session.journal, runId, complain);
  session.emit({ type: 'started', runId, plan });
  const results: StepResult[] = [];
  const soFar = (): RunResult => resultOf(runId, state, plan, results);
  const watch = watchSignal(session);
  const works: Work[] = [];
  const ahead = new Ahead(session, works);
  for (const [position, step] of plan.steps.entries())
    works.push({ runId, notebook, position, step, direction: plan.direction, ahead });
  try {
    let spoilt: Spoilt = null;
    for (const work of works) {
      const { step } = work;
      const underWay = await ahead.look(work);
      if (!underWay.isRunning) {
        spoilt ??= underWay.spoilt ?? refusalBefore(session, step);
        if (spoilt !== null) throw await stop(session, work, spoilt, soFar);
      }
      watch.begins(step);
      const { result, error, ...after } = await runStep(session, work);
      spoilt = after.spoilt;
      results.push(result);
      session.emit({ type: 'ended', result });
      if (error !== null) throw failed(error, step, soFar());
    }
    await notebook.flush().catch(complain);
    await session.log.write((log) => session.journal.closeRun(log, runId, 'done')).catch(complain);
  } finally {
    watch.stop();
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

/** The history's table, if it is not there yet, the texts that are to run, and the run: all of it, or nothing. */
async function openRun(session: Session, state: State, plan: Plan): Promise<string> {
  const { log, journal, history, actor, pid, resolution } = session;
  const { direction, to: target, steps } = plan;
  const texts = textsOf(state, plan);
  const records = steps.map((step) => toRecord(step, direction));
  const run = { direction, target, actor, pid, steps: records, resolution };
  let runId = '';
  let attempts = 0;
  await log.write((writer) =>
    atomically(writer, () => [
      // The first time it may have been written, though the answer got lost.
      ...(attempts++ === 0 ? [] : [journal.forgetUnbegun(writer, pid)]),
      ...(state.historyExists ? [] : [history.create(writer)]),
      ...(state.interrupted === null ? [] : [journal.settleInterrupted(writer, inEffect(state))]),
      journal.keepTexts(writer, texts),
      journal.openRun(writer, run).then((id) => (runId = id)),
    ]),
  );
  return runId;
}

/** The versions whose effect is in the database. */
export function inEffect({ migrations }: State): bigint[] {
  return migrations.filter((one) => isInEffect(one) === true).map(({ version }) => version);
}

/** What is to run and is not kept yet: of an applied migration the journal has what ran. */
function textsOf(state: State, { steps }: Plan): KeptText[] {
  const kept = new Set(state.migrations.map(({ applied }) => applied?.checksum));
  return steps.flatMap(({ action, migration }) =>
    migration === null || action === 'forget' || kept.has(migration.checksum)
      ? []
      : [{ checksum: migration.checksum, sql: migration.text }],
  );
}

function toRecord({ version, name, action, migration }: Step, direction: Plan['direction']): StepRecord {
  return {
    version,
    name,
    action,
    transaction: migration?.script.transaction ?? true,
    checksum: migration?.checksum ?? null,
    file: migration?.file ?? null,
    statements:
      action === 'run' && migration !== null
        ? sectionOf(migration.script, direction).statements.length
        : null,
  };
}

const CANCEL_AGAIN_MS = 500;

/**
 * Cancels the running statement when the caller's signal says so; again and again, because a cancel that arrives between
 * two statements cancels nothing. What runs outside a transaction is given time to come to an end: what it leaves behind
 * half-done, nobody undoes.
 */
function watchSignal({ log, signal, pid, limits }: Session): { begins(step: Step): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let grace = 0;
  const cancel = (): void => {
    void log.write((writer) => writer.query('SELECT pg_cancel_backend($1)', [pid])).catch(() => {});
    timer = setTimeout(cancel, CANCEL_AGAIN_MS);
  };
  const onAbort = (): void => {
    timer = setTimeout(cancel, grace);
  };
  signal.addEventListener('abort', onAbort);
  return {
    begins: ({ migration }) => (grace = migration?.script.transaction === false ? limits.cancelGrace : 0),
    stop: () => {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    },
  };
}

/** What can be said against a step before anything of it is sent. */
function refusalBefore({ signal }: Session, step: Step): GanderError | null {
  return signal.aborted ? new GanderError('cancelled', `The run was cancelled before ${title(step)}.`) : null;
}

/** Ends a run before a step that could not begin. The migration itself is none the worse for it. */
async function stop(
  session: Session,
  { notebook, runId }: Work,
  { code, message, next, cause }: GanderError,
  soFar: () => RunResult,
): Promise<RunStopped> {
  await notebook.flush().catch(complainTo(session));
  const close = (log: Client): Promise<void> => session.journal.closeRun(log, runId, 'failed', message);
  await session.log.write(close).catch(complainTo(session));
  return new RunStopped(code, message, { cause, ...(next === null ? {} : { next }) }, soFar());
}

interface Ended {
  readonly result: StepResult;
  readonly error: StepFailure | null;
  readonly spoilt: Spoilt;
}

async function runStep(session: Session, work: Work): Promise<Ended> {
  const { version, name, action } = work.step;
  const { notebook, position } = work;
  const started = performance.now();
  session.emit({ type: 'step', step: work.step });
  notebook.begins(position);
  const { error, spoilt } = await act(session, work).then(
    (after) => ({ error: null, spoilt: after }),
    (reason: unknown) => ({ error: asFailure(reason, work.step), spoilt: null }),
  );
  const tookMs = performance.now() - started;
  const failure = error?.failure ?? null;
  notebook.ends(position, { ...endOf(error), tookMs });
  if (error !== null) await recordFailure(session, work, error);
  const outcome = error === null ? 'done' : 'failed';
  return { result: { version, name, action, outcome, tookMs, failure }, error, spoilt };
}

function endOf(error: StepFailure | null): Pick<StepNote, 'failure'> & { state: 'done' | 'failed' } {
  if (error === null) return { state: 'done', failure: null };
  return { state: 'failed', failure: { ...error.failure, kind: error.kind } };
}

/** What nobody has foreseen leaves nothing behind in a transaction; without one, who knows. */
function asFailure(error: unknown, { action, migration }: Step): StepFailure {
  if (error instanceof StepFailure) return error;
  const isLoose = action === 'run' && migration?.script.transaction === false;
  return new StepFailure(isLoose ? 'in doubt' : 'rolled back', failureOf(error, null, null), error);
}

async function act(session: Session, work: Work): Promise<Spoilt> {
  const { client, history, journal } = session;
  const { action, version, migration, repair } = work.step;
  if (repair !== null) return setRight(session, work, repair);
  if (action === 'run' && migration !== null) return runSection(session, { ...work, migration });
  const stands = action === 'mark' && work.step.flagged !== null && (await isRecorded(session, version));
  const rows = [
    ...(action === 'forget' ? [history.remove(version), journal.rolledBack(version)] : []),
    ...(action === 'clear' || stands ? [history.clearDirty(version)] : []),
    ...(action === 'mark' && !stands
      ? [history.markApplied(version, work.step.flagged === null ? 'pending' : 'dirty')]
      : []),
    ...(action === 'mark' && migration !== null
      ? [journal.applied(appliedRecord(session, { ...work, migration }, null))]
      : []),
    journal.clearDirty(version),
  ];
  await atomically(client, () => [send(client, rows)]);
  return null;
}

/** A Down that failed half-way has left the record standing in goose's table: it is as it should be. */
async function isRecorded({ client, history }: Session, wanted: bigint): Promise<boolean> {
  const records = await history.read(client);
  return records.some(({ version, dirty }) => version === wanted && !dirty);
}

/** A failure is written down whole: the step, the run, and the flag that whoever comes next will see. */
async function recordFailure(session: Session, work: Work, error: StepFailure): Promise<void> {
  const { journal, log } = session;
  const complain = complainTo(session);
  await work.notebook.flush().catch(complain);
  const write = (writer: Client): Promise<void> =>
    atomically(writer, () => [
      journal.closeRun(writer, work.runId, 'failed'),
      send(writer, flag(session, work, error)),
    ]);
  await log.write(write).catch(complain);
}

/**
 * Two failures are not flagged. A transaction of which nobody knows whether it was committed: its history row was part of
 * it, and tells as soon as it can be read. And, without a journal, one that PostgreSQL undid: nobody could tell that
 * afterwards, and the flag alone would stop everyone for nothing.
 */
function flag(
  { history, journal, ...session }: Session,
  work: Work,
  { kind, failure }: StepFailure,
): readonly string[] {
  const { migration, version, flagged } = work.step;
  if (migration === null || (kind === 'in doubt' && migration.script.transaction)) return [];
  if (kind !== 'rolled back' || journal.present) {
    const section: SectionWork = { ...work, migration };
    // What an earlier run has left behind is still there, though this one was undone.
    const left = kind === 'rolled back' && flagged !== null && flagged !== 'rolled back';
    // A transaction that was committed, and is not what it was to be, is not applied.
    const isCommitted = migration.script.transaction && kind === 'partial' && work.direction === 'up';
    return [
      ...(isCommitted ? [history.remove(version), journal.rolledBack(version)] : []),
      ...rowsDirty({ ...session, history, journal }, section, left ? 'partial' : kind, failure),
    ];
  }
  return [work.direction === 'up' ? history.remove(version) : history.clearDirty(version)];
}

/** The record must not turn a success into a failure, nor hide the failure that it was to record. */
function complainTo({ emit }: Session): (error: Error) => void {
  return (error) => emit({ type: 'note', message: `The journal could not be written: ${error.message}` });
}
