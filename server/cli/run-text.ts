// What a run looks like on a terminal: in goose's words where goose has any.
import type { LockHolder, RunEvent, RunResult, Step, StepResult } from '../engine/index.ts';
import { describeHolder } from '../engine/start.ts';
import { count, duration } from '../words.ts';
import { runJson } from './json.ts';
import type { Paint } from './output.ts';

type StatementRecord = Extract<RunEvent, { readonly type: 'statement' }>['record'];

/** The file's name; where nobody knows it any more, version and name. */
export function fileOf(step: Pick<Step, 'version' | 'name'> & Partial<Pick<Step, 'migration'>>): string {
  const { version, name, migration } = step;
  return migration?.file ?? (name === '' ? version.toString() : `${version}_${name}`);
}

/** `OK   1_create_users.sql (4.2 ms)`; EMPTY as goose has it, where there is nothing in the section. */
export function stepLine(
  result: StepResult,
  step: Step | null,
  direction: 'up' | 'down',
  paint: Paint,
): string {
  const known = step?.version === result.version ? step : null;
  const what = `${fileOf(known ?? result)}${REMARKS[result.action]} (${duration(result.tookMs)})`;
  if (result.outcome === 'failed') return `${paint('red', 'FAIL')} ${what}`;
  const script = result.action === 'run' ? known?.migration?.script : undefined;
  const empty = script?.module === null && script[direction].statements.length === 0;
  return empty ? `${paint('yellow', 'EMPTY')} ${what}` : `${paint('green', 'OK')}   ${what}`;
}

const REMARKS: Readonly<Record<StepResult['action'], string>> = {
  run: '',
  forget: ': forgotten, nothing was run',
  clear: ': its flag is cleared, nothing was run',
  mark: ': recorded as applied, nothing was run',
  repair: ': what was half done is set right',
};

/** What is said of a run at last. @param isVersioned false: without a history */
export function told(run: RunResult, isVersioned: boolean): { json: object; text: string } {
  return { json: runJson(run), text: isVersioned ? summary(run) : summaryOfFiles(run) };
}

function summary({ steps, direction, current }: RunResult): string {
  const at = current ?? 0;
  if (steps.length === 0) return `gander: no migrations to run. current version: ${at}`;
  const took = duration(steps.reduce((sum, { tookMs }) => sum + tookMs, 0));
  if (direction === 'up') {
    return `gander: successfully migrated database to version: ${at} (${count(steps.length, 'migration')}, ${took})`;
  }
  return `gander: rolled back ${count(steps.length, 'migration')} (${took}). current version: ${at}`;
}

function summaryOfFiles({ direction, current }: RunResult): string {
  return `gander: ${direction} to current file version: ${current ?? 0}`;
}

export function waiting(holder: LockHolder | null): string {
  if (holder === null) return 'waiting: somebody else is running migrations';
  return `waiting: migrations are being run by ${describeHolder(holder)}`;
}

/** A lock was not to be had. */
export function retrying({
  step,
  attempt,
  of,
  pauseMs,
  message,
}: Extract<RunEvent, { type: 'retry' }>): string {
  return `${fileOf(step)}: ${message}; undone, and tried again in ${duration(pauseMs)} (${attempt} of ${of})`;
}

/** `statement 3 of 7: create index orders_user`; several small ones go together, and how many JavaScript asks for nobody knows. */
export function statementHead(record: StatementRecord, of: number): string {
  const { position, count: many } = record;
  const which = many === 1 ? `${position + 1}` : `${position + 1}–${position + many}`;
  return `statement ${which}${of === 0 ? '' : ` of ${of}`}: ${whatItIs(record)}`;
}

/** `create index orders_user` */
export function whatItIs({ kind, object }: StatementRecord): string {
  return object === null ? kind : `${kind} ${object}`;
}

/** `4.2 ms, 3 rows` */
export function statementEnd({ state, tookMs, rowCount }: StatementRecord): string {
  if (state === 'failed' || tookMs === null) return state;
  return [duration(tookMs), ...(rowCount === null ? [] : [count(rowCount, 'row')])].join(', ');
}

/** What a person reads of a statement; a seed may be megabytes long. */
const SHOWN = 2_000;

/** A statement's text, set off from what else is told. */
export function indented(text: string, columns: number): string {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)} … (${count(text.length, 'character')})` : text;
  return shown.replaceAll(/^/gm, ' '.repeat(columns));
}
