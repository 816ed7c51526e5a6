import type { CurrentStep, RunPages, ShownStep } from '../../engine/index.ts';
import { count } from '../../words.ts';
import { failureView, type FailureView } from '../failure-view.ts';
import {
  type ActivityContext,
  behindOf,
  progressView,
  type ProgressView,
  waitView,
  type WaitView,
} from './activity-view.ts';
import { type Cause, causeOf } from './causes.ts';
import { stepView, type StepView, whatOf } from './step-view.ts';

/** What stands above the steps: what is going on, or what ended the run. */
export type NowView =
  | { readonly kind: 'nothing' }
  | Running
  | Trouble
  | { readonly kind: 'stopped'; readonly message: string; readonly next: string };

export interface Running {
  readonly kind: 'running';
  readonly step: StepView;
  /** `statement 3 of 5: create index users_email, line 12`; null between two statements. */
  readonly statement: string | null;
  readonly elapsedMs: number | null;
  readonly wait: WaitView | null;
  readonly behind: string | null;
  readonly progress: ProgressView | null;
}

/** A step that failed, or in which the process died. */
export interface Trouble {
  readonly kind: 'failed' | 'interrupted';
  readonly heading: string;
  readonly step: StepView;
  readonly failure: FailureView | null;
  readonly cause: Cause | null;
  /** What is in the database now. */
  readonly left: string;
  readonly next: string;
  readonly link: { readonly label: string; readonly href: string };
}

export function nowView(run: RunPages, context: ActivityContext): NowView {
  const { current, state, isOver } = run;
  if (state === 'interrupted') return interrupted(run);
  if (current?.state === 'failed') return failed(run, current);
  if (current?.state === 'running' && !isOver) return running(run, current, context);
  if (state !== 'failed') return { kind: 'nothing' };
  return {
    kind: 'stopped',
    message: 'The run stopped before the next migration could begin.',
    next: `${run.stopped === null ? '' : `${run.stopped} `}What is applied stays, and nothing is half-done. Preview the rest again.`,
  };
}

function running(run: RunPages, step: CurrentStep, context: ActivityContext): Running {
  const { activity, now, id } = run;
  const last = step.statements.at(-1);
  return {
    kind: 'running',
    step: stepView(step, { runId: id, state: 'running', now, isOpen: true }),
    statement: last === undefined || last.state !== 'running' ? null : statementWords(step, last),
    elapsedMs: activity?.statementMs ?? null,
    wait: activity === null || activity.wait === null ? null : waitView(activity.wait, context),
    behind: activity === null ? null : behindOf(activity),
    progress: activity === null || activity.progress === null ? null : progressView(activity.progress),
  };
}

function statementWords({ of }: ShownStep, one: ShownStep['statements'][number]): string {
  const first = one.position + 1;
  const numbers =
    one.count === 1 ? `Statement ${first}` : `Statements ${first} to ${one.position + one.count}`;
  return `${numbers}${of === null ? '' : ` of ${of.toLocaleString('en')}`}: ${whatOf(one)}, line ${one.line}`;
}

function failed(run: RunPages, step: CurrentStep): Trouble {
  const { failure, sql, version, name, file } = step;
  const sqlstate = failure?.sqlstate ?? null;
  const cancelled = sqlstate === QUERY_CANCELED ? cancelledBy(run) : null;
  const verb = run.direction === 'up' ? 'failed' : 'could not be rolled back';
  return {
    ...troubleOf(run, step, { kind: 'failed', mayBeDirty: step.dirty !== null }),
    heading: `${name || version} ${cancelled === null ? verb : 'was cancelled'}`,
    failure: failure === null ? null : failureView(failure, sql, file ?? `${version}_${name}.sql`),
    cause: cancelled ?? causeOf(sqlstate),
    left: leftBy(step),
    next: nextAfter(step, cancelled !== null),
  };
}

const QUERY_CANCELED = '57014';

/** A person asked for it: nothing has to be explained. */
function cancelledBy({ actions }: RunPages): Cause | null {
  const asked = actions.findLast(({ kind }) => kind === 'cancel');
  return asked === undefined
    ? null
    : { means: `${asked.actor} asked for the run to be cancelled.`, todo: '' };
}

function nextAfter({ action, transaction, dirty, left }: CurrentStep, isCancelled: boolean): string {
  if (transaction && left === 'in doubt') return 'See which.';
  if (dirty === null) return RESOLVED;
  if (action === 'repair' || !transaction || dirty !== 'rolled back') return SEE;
  return isCancelled ? 'Preview it again.' : 'Mend what it ran into, then preview it again.';
}

const SEE = 'Nothing else runs until somebody has seen what is there and said how to go on.';
const RESOLVED = 'It is not dirty any more.';

function leftBy({ action, transaction, left, dirty }: CurrentStep): string {
  if (action === 'repair') return 'What is half done has not been set right.';
  if (!transaction)
    return 'It has no transaction: the statements that are done stay in the database, and the rest did not run.';
  if (left === 'in doubt')
    return 'The connection was lost while it was being committed: it is applied, or nothing of it is there.';
  if (left === 'partial')
    return 'It ended its own transaction: what it did until then stays in the database.';
  return dirty === 'partial'
    ? 'PostgreSQL undid what this run had done of it; what was there before is still there.'
    : 'PostgreSQL undid all of it: nothing half-done is in the database.';
}

function interrupted(run: RunPages): NowView {
  const { current, isOver, counts } = run;
  const rest = (counts['not run'] ?? 0) + (counts.waiting ?? 0);
  if (current === null) {
    return {
      kind: 'stopped',
      message: 'The server stopped during this run. Everything that had begun is done.',
      next: rest === 0 ? 'Nothing is left to do.' : `${count(rest, 'migration')} did not run: preview again.`,
    };
  }
  const told = {
    ...troubleOf(run, current, {
      kind: 'interrupted',
      mayBeDirty: current.dirty !== null || (!isOver && !current.transaction),
    }),
    heading: 'The server stopped during this run',
    failure: null,
    cause: null,
  };
  if (!isOver) return { ...told, left: UNSETTLED, next: 'This page will say it.' };
  return {
    ...told,
    heading: `${told.heading}; ${becameOf(current)}`,
    left: leftByDeath(current),
    next: current.transaction ? 'Preview it again.' : current.dirty === null ? RESOLVED : SEE,
  };
}

const UNSETTLED =
  'Its process, or its connection, is gone. What became of it is looked up as soon as its session in the database has ended.';

/** `statement 3 was rolled back` */
function becameOf({ statements, transaction, version, name }: ShownStep): string {
  const last = statements.findLast(({ state }) => state === 'running') ?? statements.at(-1);
  const what = last === undefined ? name || String(version) : `statement ${last.position + 1}`;
  if (transaction) return `${what} was rolled back`;
  return last?.state === 'running' ? `${what} was under way` : `${what} was its last`;
}

function leftByDeath({ transaction, statements, name, version, done }: ShownStep): string {
  if (transaction)
    return `${name || version} runs in a transaction, which ended with its session: nothing of it is in the database.`;
  const before = `${name || version} has no transaction: ${done === 0 ? 'no statement of it is' : `${count(done, 'statement')} of it ${done === 1 ? 'is' : 'are'}`} recorded as done`;
  return statements.some(({ state }) => state === 'running')
    ? `${before}, and whether the one that was under way has happened, nobody has written down.`
    : `${before}, and the rest was not begun.`;
}

function troubleOf(
  { id, now, isOver }: RunPages,
  step: ShownStep,
  { kind, mayBeDirty }: { kind: Trouble['kind']; mayBeDirty: boolean },
): Pick<Trouble, 'kind' | 'step' | 'link'> {
  const shown = stepView(step, { runId: id, state: kind, now, isOpen: true, isOver });
  const link = mayBeDirty
    ? { label: 'Review it', href: `${shown.href}/recovery` }
    : { label: 'Open the migration', href: shown.href };
  return { kind, step: shown, link };
}
