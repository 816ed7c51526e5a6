import type { RunPages } from '../../engine/index.ts';
import type { FailureView } from '../failure-view.ts';
import type { NowView, Trouble } from './now-view.ts';
import { type RunView, runView } from './run-view.ts';
import type { StatementView, StepView } from './step-view.ts';

/**
 * A run as plain text, for a ticket or a chat: what failed and where, what the server said, what is in the database, what to
 * do next. Nothing in it is secret: the journal holds no value that ENVSUB put in.
 *
 * @param database `shop on db1`
 */
export function reportOf(run: RunPages, database: string): string {
  const view = runView(run, { role: 'viewer', page: 0 });
  const sections = [headOf(run, view, database), toldOf(view.now), listOf(view, run.steps)];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headOf(run: RunPages, { head, overall }: RunView, database: string): string[] {
  const { what, actor, startedAt, took } = head.run;
  return [
    `Run ${run.id} on ${database}: ${what}: ${run.state}`,
    `${startedAt?.exact ?? ''} by ${actor}${run.isOver ? `, took ${took}` : ''}`,
    overall.words,
    ...head.resolution.map(({ what: part, text }) => `${part}: ${text}`),
    ...head.actions.map(({ sentence, at }) => `${at?.exact ?? ''}: ${sentence}`),
  ];
}

function toldOf(now: NowView): string[] {
  if (now.kind === 'stopped') return [now.message, now.next];
  if (now.kind === 'failed' || now.kind === 'interrupted') return troubleOf(now);
  return [];
}

function troubleOf({ heading, step, failure, cause, left, next }: Trouble): string[] {
  return [
    `${heading} (${step.version}${step.transaction ? '' : ', no transaction'})`,
    ...(failure === null ? [] : ['', ...failureOf(failure)]),
    '',
    ...(cause === null
      ? []
      : [`${cause.todo === '' ? 'Why' : 'It usually means'}: ${cause.means} ${cause.todo}`.trimEnd()]),
    `In the database: ${left}`,
    `Next: ${next}`,
    ...(step.statements.length === 0 ? [] : ['', 'Statements:', ...step.statements.map(statementLine)]),
  ];
}

function failureOf({ message, sqlstate, where, excerpt, detail, hint, context }: FailureView): string[] {
  const width = Math.max(0, ...excerpt.map(({ number }) => String(number).length));
  const marked = excerpt.flatMap(({ number, text, hit, indent }) => [
    `${hit ? '>' : ' '} ${String(number).padStart(width)} | ${text}`,
    ...(indent === null ? [] : [`  ${' '.repeat(width)} | ${indent}^`]),
  ]);
  return [
    `${message}${sqlstate === null ? '' : ` (SQLSTATE ${sqlstate})`}`,
    ...(where === null ? [] : [`at ${where}`]),
    ...marked,
    ...Object.entries({ detail, hint, context }).flatMap(([name, text]) =>
      text === null ? [] : [`${name}: ${text}`],
    ),
  ];
}

function statementLine({ number, state, what, line, took }: StatementView): string {
  return `  ${String(number).padStart(4)} ${state.padEnd(8)} ${what}, line ${line}${took === '' ? '' : `, ${took}`}`;
}

function listOf({ list }: RunView, all: number): string[] {
  const { steps, pages, page } = list;
  const which = pages === 1 ? '' : ` (page ${page} of ${pages}, of ${all.toLocaleString('en')})`;
  return [`Migrations${which}:`, ...steps.map(stepLine)];
}

function stepLine({ state, version, name, took, note }: StepView): string {
  return `  ${state.padEnd(11)} ${version}${name === '' ? '' : `_${name}`}${took === '' ? '' : `, ${took}`}${note === '' ? '' : `, ${note}`}`;
}
