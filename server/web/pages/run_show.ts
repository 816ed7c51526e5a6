import type { RunRecord, RunStep, StatementRecord } from '../../engine/index.ts';
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
  if (run === null) throw new WebError(404, `There is no run ${id.slice(0, 40)}.`);
  const row = runRow(run);
  return {
    view: 'run',
    title: `Run ${run.id}: ${row.what}`,
    state,
    refresh: run.state === 'running',
    model: model(run),
  };
};

function model(run: RunRecord): object {
  const count = (wanted: string): number => run.list.filter((step) => step.state === wanted).length;
  return {
    run: runRow(run),
    state: run.state,
    direction: run.direction,
    counts: { done: count('done'), failed: count('failed'), notRun: count('not run'), all: run.list.length },
    steps: run.list.map(stepView),
    again:
      run.state === 'failed'
        ? `/plan?direction=${run.direction}${run.target === null ? '' : `&to=${run.target}`}`
        : null,
  };
}

function stepView(step: RunStep): object {
  const { version, name, action, transaction, state, tookMs, failure, sql, statements } = step;
  return {
    version: String(version),
    name,
    href: `/migrations/${version}`,
    state,
    note:
      action === 'forget'
        ? 'irreversible: forgotten, nothing was run'
        : action === 'clear'
          ? 'flag cleared, nothing was run'
          : '',
    transaction,
    took: tookMs === null ? '' : took(tookMs),
    statements: statements.map(statementView),
    failure: failure === null ? null : failureView(failure, sql, `${version}_${name}.sql`),
  };
}

function statementView({
  position,
  line,
  kind,
  object,
  state,
  tookMs,
  rowCount,
  notices,
}: StatementRecord): object {
  return {
    number: position + 1,
    line,
    what: object === null ? kind : `${kind} ${object}`,
    state,
    took: tookMs === null ? '' : took(tookMs),
    rows: rowCount === null ? '' : rowCount.toLocaleString('en'),
    notices,
  };
}
