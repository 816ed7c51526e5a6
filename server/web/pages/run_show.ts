import { type RunRecord, type RunStep, type StatementRecord, type State, title } from '../../engine/index.ts';
import { WebError } from '../errors.ts';
import { failureView } from '../failure-view.ts';
import { took } from '../format.ts';
import type { Answer, Page } from '../visit.ts';
import { runRow } from './run_list.ts';

/** GET /runs/:id */
export const showRun: Page = async (visit, { migrator }): Promise<Answer> => {
  const id = visit.params['id'] ?? '';
  const run = /^\d{1,18}$/.test(id) ? await migrator.run(id) : null;
  // Read after the run: a page that shows it as done must not have a band from before its end, for nothing reloads it.
  const state = await migrator.status();
  if (run === null) {
    throw new WebError(404, `There is no run ${id.slice(0, 40)}.`, {
      link: { label: 'To the runs', href: '/runs' },
    });
  }
  const row = runRow(run);
  return {
    view: 'run',
    title: `Run ${run.id}: ${row.what}`,
    state,
    refresh: run.state === 'running',
    model: model(run, state),
  };
};

function model(run: RunRecord, { migrations }: State): object {
  const files = new Map(migrations.map(({ version, file }) => [version, file]));
  const count = (wanted: string): number => run.list.filter((step) => step.state === wanted).length;
  return {
    run: runRow(run),
    state: run.state,
    direction: run.direction,
    counts: { done: count('done'), failed: count('failed'), notRun: count('not run'), all: run.list.length },
    steps: run.list.map((step) =>
      stepView(
        run.state === 'interrupted' && step.state === 'running' ? { ...step, state: 'interrupted' } : step,
        files.get(step.version) ?? `${title(step)}.sql`,
      ),
    ),
    again:
      run.state === 'failed' || run.state === 'interrupted'
        ? `/plan?direction=${run.direction}${run.target === null ? '' : `&to=${run.target}`}`
        : null,
  };
}

type ShownStep = Omit<RunStep, 'state'> & { readonly state: RunStep['state'] | 'interrupted' };

/** A transaction that failed has taken with it what its statements had done. */
function isUndone({ state, transaction }: ShownStep): boolean {
  return transaction && (state === 'failed' || state === 'interrupted');
}

function nextOf({ transaction }: ShownStep): string {
  return transaction
    ? 'PostgreSQL undid all of it: nothing half-done is in the database. Mend what it ran into, then preview it again.'
    : 'It has no transaction: statements that are done stay in the database.';
}

const NOTES: Readonly<Record<RunStep['action'], string>> = {
  run: '',
  forget: 'forgotten, nothing was run',
  mark: 'recorded as applied, nothing was run',
  clear: 'flag cleared, nothing was run',
  repair: 'what was half done is set right',
};

/** @param file the name of its file, or what it most likely was */
function stepView(step: ShownStep, file: string): object {
  const { version, name, action, transaction, state, tookMs, failure, sql, statements } = step;
  return {
    version: String(version),
    name,
    href: `/migrations/${version}`,
    state,
    note: NOTES[action],
    transaction,
    took: tookMs === null ? '' : took(tookMs),
    statements: statements.map((one) => statementView(one, step)),
    next: failure === null ? '' : nextOf(step),
    failure: failure === null ? null : failureView(failure, sql, file),
  };
}

function statementView(one: StatementRecord, step: ShownStep): object {
  const { position, count, line, kind, object, state, tookMs, rowCount, notices } = one;
  const many = count === 1 ? '' : ` × ${count.toLocaleString('en')}`;
  return {
    number: position + 1,
    line,
    what: `${object === null ? kind : `${kind} ${object}`}${many}`,
    state: shownState(state, step),
    took: tookMs === null ? '' : took(tookMs),
    rows: rowCount === null ? '' : rowCount.toLocaleString('en'),
    notices,
  };
}

/** What was under way when its step ended was cut off: nobody knows whether it happened, unless all of it was undone. */
function shownState(state: StatementRecord['state'], step: ShownStep): string {
  if (isUndone(step)) return state === 'done' || state === 'running' ? 'undone' : state;
  return state === 'running' && step.state !== 'running' ? 'in doubt' : state;
}
