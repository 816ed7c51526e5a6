// How an error is told: loaded only when there is one.
import { ConfigError } from '../config.ts';
import {
  type Failure,
  GanderError,
  messageOf,
  type Plan,
  RunStopped,
  type RunResult,
  type Step,
} from '../engine/index.ts';
import { UsageError } from './arguments.ts';
import { EXIT, exitCodes } from './exit-codes.ts';
import { problemJson, runJson } from './json.ts';
import type { Output } from './output.ts';
import { linesOf, passage } from './passage.ts';
import { fileOf } from './run-text.ts';
import { Stopped } from './stop.ts';

/** What helps to show where it went wrong. */
export interface Scene {
  /** The folder of migrations. */
  readonly dir?: string;
  /** What was run, and the step of it that was begun last. */
  readonly plan?: Plan | null;
  readonly step?: Step | null;
}

/**
 * Tells an error on standard error, and as JSON on standard output if that was asked for. Where something was given up
 * that would not end, the process ends here: nobody can close what it uses.
 *
 * @returns the exit code
 */
export async function tell(output: Output, error: unknown, scene: Scene = {}): Promise<number> {
  output.status?.clear();
  if (!(error instanceof Stopped)) return report(output, error, exitCodeOf(error), scene);
  const { cause, reason } = error;
  const exitCode = await report(output, cause ?? error, reason.exitCode, scene);
  return cause === undefined ? process.exit(exitCode) : exitCode;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof GanderError) return exitCodes[error.code];
  return error instanceof ConfigError || error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

async function report(output: Output, error: unknown, exitCode: number, scene: Scene): Promise<number> {
  if (output.json) output.result({ error: { ...errorJson(error), exitCode } }, '');
  if (error instanceof GanderError) await tellGanderError(output, error, scene);
  else if (error instanceof ConfigError)
    for (const problem of error.problems) output.note(`gander: ${problem}`);
  else output.note(`gander: ${messageOf(error)}`);
  if (error instanceof UsageError) output.note(`  → ${error.next}`);
  return exitCode;
}

function errorJson(error: unknown): object {
  const nothing = { next: null, file: null, place: null, run: null };
  if (error instanceof GanderError) {
    return { ...problemJson(error), run: error instanceof RunStopped ? runJson(error.run) : null };
  }
  const message = messageOf(error);
  if (error instanceof UsageError) return { code: 'usage', message, ...nothing, next: error.next };
  if (error instanceof ConfigError) return { code: 'settings', message, ...nothing };
  return { code: error instanceof Stopped ? 'cancelled' : 'unexpected', message, ...nothing };
}

async function tellGanderError(output: Output, error: GanderError, scene: Scene): Promise<void> {
  const paint = output.paintNote;
  const run = error instanceof RunStopped ? error.run : null;
  const failure = run?.steps.find(({ outcome }) => outcome === 'failed')?.failure ?? null;
  output.note(`${paint('red', 'gander:')} ${error.place === null ? '' : `${error.where}: `}${error.message}`);
  const lines = await linesOf(error, scene.dir ?? null);
  if (lines.length > 0) output.note(`\n${passage(lines, failure?.exact ?? true, paint)}\n`);
  const said = failure === null ? [] : saidByServer(failure);
  const became = run === null ? [] : whatBecameOf(run, scene);
  for (const line of [...said, ...became]) output.note(line);
  if (error.next !== null) output.note(`  → ${error.next}`);
}

function saidByServer({ detail, hint, context }: Failure): string[] {
  return [...row('detail', detail ?? ''), ...row('hint', hint ?? ''), ...row('where', context ?? '')];
}

/** What was done, what failed, and what was not begun: nobody is to wonder what is in the database now. */
function whatBecameOf({ steps, direction }: RunResult, { plan, step }: Scene): string[] {
  const files = (outcome: string): string[] =>
    steps.flatMap((one, index) => (one.outcome === outcome ? [fileOf(plan?.steps[index] ?? one)] : []));
  const failure = steps.find(({ outcome }) => outcome === 'failed')?.failure ?? null;
  const statements = step?.migration?.script[direction].statements ?? [];
  const at = failure?.statement ?? null;
  const of = statements.length === 0 ? '' : ` of ${statements.length}`;
  const where = at === null ? '' : `, statement ${at + 1}${of}`;
  return [
    row(direction === 'up' ? 'applied' : 'undone', list(files('done'))),
    row('failed', `${list(files('failed'))}${where}`),
    row('not run', list(files('not run'))),
  ].flat();
}

function row(name: string, text: string): string[] {
  return text === '' ? [] : [`  ${name.padEnd(8)} ${text.replaceAll('\n', `\n${' '.repeat(11)}`)}`];
}

const NAMED = 5;

/** `1_a.sql, 2_b.sql`; of many, how many there are and the first ones. */
function list(files: readonly string[]): string {
  if (files.length <= NAMED) return files.join(', ');
  return `${files.length}: ${files.slice(0, NAMED - 1).join(', ')} …`;
}
