import { pageOf, type RunAction, type RunPages } from '../../engine/index.ts';
import type { Role } from '../../store/users.ts';
import { type Moment, moment } from '../format.ts';
import { type RunRow, runRow } from '../pages/run_list.ts';
import { type NowView, nowView } from './now-view.ts';
import { stepView, type StepView } from './step-view.ts';

/** Who looks at a run, and at which of its pages: all that makes two views of it differ. */
export interface Viewer {
  readonly role: Role;
  /** From 1; 0 follows what happens. */
  readonly page: number;
}

/** A run's page, ready to print. */
export interface RunView {
  readonly head: HeadView;
  readonly overall: OverallView;
  readonly now: NowView;
  readonly list: ListView;
}

export interface HeadView {
  readonly run: RunRow;
  readonly state: string;
  readonly isOver: boolean;
  readonly elapsedMs: number | null;
  /** How it gets a migration out of dirty, and why; empty for an ordinary run. */
  readonly resolution: readonly Remark[];
  readonly actions: readonly ActionView[];
  readonly again: string | null;
  /** Where cancelling is asked for; null where nothing is to be cancelled, or not by this viewer. */
  readonly cancel: string | null;
}

/** `Reason`, and what it was. */
export interface Remark {
  readonly what: string;
  readonly text: string;
}

export interface ActionView {
  readonly sentence: string;
  readonly at: Moment | null;
}

export interface OverallView {
  readonly state: string;
  readonly words: string;
  readonly value: number;
  readonly max: number;
}

export interface ListView {
  readonly steps: readonly StepView[];
  readonly page: number;
  readonly pages: number;
  readonly previous: string | null;
  readonly next: string | null;
  /** The page with the step that failed or is running, where that is another one. */
  readonly toCurrent: string | null;
}

/** So many lines of statements are on a page; those of more steps are a link away. */
const MOST_STATEMENTS = 100;

export function runView(run: RunPages, { role, page }: Viewer): RunView {
  const context = { runId: run.id, showsQueries: role !== 'viewer', mayEnd: role === 'admin' };
  return {
    head: headView(run, role),
    overall: overallView(run),
    now: nowView(run, context),
    list: listView(run, page),
  };
}

function headView(run: RunPages, role: Role): HeadView {
  const { id, state, isOver, direction, target, now, startedAt } = run;
  const mayCancel = role !== 'viewer' && state === 'running';
  // What was dirty before is gone on with by its recovery, not by a plan.
  const isAgain = isOver && state !== 'done' && run.resolution === null && run.current?.transaction !== false;
  return {
    run: runRow(run),
    state,
    isOver,
    elapsedMs: isOver ? null : now.getTime() - startedAt.getTime(),
    resolution: resolutionOf(run),
    actions: run.actions.map((action) => ({ sentence: sentenceOf(action), at: moment(action.at) })),
    again: isAgain ? `/plan?direction=${direction}${target === null ? '' : `&to=${target}`}` : null,
    cancel: mayCancel ? `/runs/${id}/cancellation` : null,
  };
}

function resolutionOf({ resolution }: RunPages): Remark[] {
  if (resolution === null) return [];
  const { label, reason, conclusion, overruled } = resolution;
  const remarks: readonly [what: string, text: string | null][] = [
    ['Found before', conclusion],
    ['Way out', label],
    ['Overruled', overruled.length === 0 ? null : overruledIn(overruled)],
    ['Reason', reason],
  ];
  return remarks.flatMap(([what, text]) => (text === null ? [] : [{ what, text }]));
}

function overruledIn(numbers: readonly number[]): string {
  const which = numbers.length === 1 ? 'statement' : 'statements';
  return `What the database said of ${which} ${numbers.join(', ')}.`;
}

function sentenceOf({ kind, actor, session }: RunAction): string {
  if (kind === 'cancel') return `${actor} asked for it to be cancelled`;
  const who =
    session === null ? 'a session' : `${session.application ?? 'the session'} (process ${session.pid})`;
  return `${actor} ended ${who}, which it waited for`;
}

function overallView({ state, counts, steps, current }: RunPages): OverallView {
  const of = (wanted: keyof RunPages['counts']): number => counts[wanted] ?? 0;
  const words = [
    `${of('done').toLocaleString('en')} of ${steps.toLocaleString('en')} done`,
    ...(['running', 'failed', 'waiting', 'not run'] as const)
      .filter((wanted) => of(wanted) > 0 && (wanted !== 'waiting' || state === 'running'))
      .map(
        (wanted) =>
          `${of(wanted).toLocaleString('en')} ${state === 'interrupted' && wanted !== 'not run' ? state : wanted}`,
      ),
  ];
  const part =
    current?.state === 'running' && current.of !== null && current.of > 0 ? current.done / current.of : 0;
  return { state, words: words.join(', '), value: of('done') + part, max: Math.max(steps, 1) };
}

function listView(run: RunPages, asked: number): ListView {
  const { id, pages, currentPage, current, shown, now } = run;
  const page = asked === 0 ? currentPage : Math.min(asked, pages);
  const own = shown.filter(({ position }) => pageOf(position) === page);
  let room = MOST_STATEMENTS;
  const steps = own.map((step) => {
    const isAbove = step.position === current?.position;
    const isOpen = !isAbove && step.statements.length <= room;
    if (isOpen) room -= step.statements.length;
    const died = run.state === 'interrupted' && isAbove;
    return stepView(step, { runId: id, state: died ? 'interrupted' : step.state, now, isOpen });
  });
  const href = (number: number): string => `/runs/${id}?page=${number}`;
  return {
    steps,
    page,
    pages,
    previous: page > 1 ? href(page - 1) : null,
    next: page < pages ? href(page + 1) : null,
    toCurrent:
      current === null || currentPage === page ? null : `${href(currentPage)}#step-${current.version}`,
  };
}
