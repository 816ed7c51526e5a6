import type { ShownStatement, ShownStep, StatementRecord, StatementsPage } from '../../engine/index.ts';
import { count } from '../../words.ts';
import { took } from '../format.ts';

/** A step's state as its run's page says it: `interrupted` where the process died in it. */
export type ShownState = ShownStep['state'] | 'interrupted';

/** A statement's line, ready to print. */
export interface StatementView {
  /** From 1: what its anchor is called. */
  readonly number: number;
  readonly line: number;
  readonly what: string;
  readonly state: string;
  readonly took: string;
  readonly rows: string;
  readonly notices: readonly string[];
  /** `95 more notices`; '' where all are shown. */
  readonly more: string;
}

/** A step's line, ready to print. */
export interface StepView {
  readonly version: string;
  readonly name: string;
  readonly href: string;
  readonly state: ShownState;
  readonly note: string;
  readonly transaction: boolean;
  readonly took: string;
  /** How long it has been running; null when it is not. Not part of what makes a line another one: browsers count on. */
  readonly elapsedMs: number | null;
  readonly statements: readonly StatementView[];
  /** Where all of them are, and how many; null where they are here, or there are none. */
  readonly all: AllStatements | null;
}

export interface AllStatements {
  readonly href: string;
  readonly label: string;
}

/** A transaction that failed has taken with it what its statements had done. */
export function isUndone(transaction: boolean, state: ShownState): boolean {
  return transaction && (state === 'failed' || state === 'interrupted');
}

const NOTES: Readonly<Record<ShownStep['action'], string>> = {
  run: '',
  forget: 'forgotten, nothing was run',
  mark: 'recorded as applied, nothing was run',
  clear: 'flag cleared, nothing was run',
  repair: 'what was half done is set right',
};

export interface StepContext {
  readonly runId: string;
  readonly state: ShownState;
  readonly now: Date;
  /** Whether its statements are shown with it. */
  readonly isOpen: boolean;
  /** Whether it is known what became of it, or will not be known better; true unless told. */
  readonly isOver?: boolean;
}

export function stepView(
  step: ShownStep,
  { runId, state, now, isOpen, isOver = true }: StepContext,
): StepView {
  const { version, name, action, transaction, tookMs, startedAt, statements, lines } = step;
  return {
    version: String(version),
    name,
    href: `/migrations/${version}`,
    state,
    note: NOTES[action],
    transaction,
    took: tookMs === null ? '' : took(tookMs),
    elapsedMs:
      state === 'running' && startedAt !== null ? Math.max(0, now.getTime() - startedAt.getTime()) : null,
    statements: isOpen
      ? statements.map((one) => statementView(one, { transaction, state: isOver ? state : 'running' }))
      : [],
    all: lines > (isOpen ? statements.length : 0) ? allOf(runId, step) : null,
  };
}

function allOf(runId: string, { position, of, lines }: ShownStep): AllStatements {
  return { href: `/runs/${runId}/steps/${position}`, label: count(of ?? lines, 'statement') };
}

export function statementView(
  one: ShownStatement | StatementsPage['statements'][number],
  step: { readonly transaction: boolean; readonly state: ShownState },
): StatementView {
  const { position, line, state, tookMs, rowCount, notices, noticeCount } = one;
  const hidden = noticeCount - notices.length;
  return {
    number: position + 1,
    line,
    what: whatOf(one),
    state: stateOf(state, step),
    took: tookMs === null ? '' : took(tookMs),
    rows: rowCount === null ? '' : rowCount.toLocaleString('en'),
    notices,
    more: hidden > 0 ? `${count(hidden, 'notice')} before` : '',
  };
}

/** `create table users`, `insert orders × 500` */
export function whatOf({
  kind,
  object,
  count: many,
}: Pick<StatementRecord, 'kind' | 'object' | 'count'>): string {
  const words = object === null ? kind : `${kind} ${object}`;
  return many === 1 ? words : `${words} × ${many.toLocaleString('en')}`;
}

/** What was under way when its step ended was cut off: nobody knows whether it happened, unless all of it was undone. */
function stateOf(
  state: StatementRecord['state'],
  step: { readonly transaction: boolean; readonly state: ShownState },
): string {
  if (isUndone(step.transaction, step.state)) return state === 'failed' ? state : 'undone';
  return state === 'running' && step.state !== 'running' ? 'in doubt' : state;
}
