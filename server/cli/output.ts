import {
  describeHolder,
  GanderError,
  messageOf,
  type RunEvent,
  type RunResult,
  title,
} from '../engine/index.ts';
import { ConfigError } from '../config.ts';
import { duration } from '../words.ts';
import { EXIT, exitCodes } from './exit-codes.ts';

/** Where a command speaks: results on standard output, everything else on standard error. */
export class Output {
  readonly #json: boolean;

  constructor(json: boolean) {
    this.#json = json;
  }

  /** One result in both forms; versions are strings in JSON, because numbers there lose their last digits. */
  result(json: unknown, text: string): void {
    process.stdout.write(
      this.#json ? `${JSON.stringify(json, versionsAsText)}\n` : text === '' ? '' : `${text}\n`,
    );
  }

  /** A line for whoever watches. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** What a run tells while it goes on: a line for each migration, as goose prints it. */
  event(event: RunEvent): void {
    if (event.type === 'waiting') this.note(`waiting: ${describeWaiting(event.holder)}`);
    if (event.type === 'note') this.note(event.message);
    if (event.type === 'notice') this.note(`  notice: ${event.message}`);
    if (event.type !== 'ended' || this.#json) return;
    const { outcome, tookMs, action } = event.result;
    const mark = outcome === 'done' ? 'OK  ' : 'FAIL';
    const what =
      action === 'run' ? '' : action === 'forget' ? ' forgotten, nothing was run' : ' flag cleared';
    process.stdout.write(`${mark} ${title(event.result)}${what} (${duration(tookMs)})\n`);
  }

  /** What a run came to. */
  summary(run: RunResult): void {
    const at = run.current === null ? 'nothing is applied' : `at version ${run.current}`;
    const done =
      run.steps.length === 0
        ? 'nothing to do'
        : `${run.steps.length} ${run.direction === 'up' ? 'applied' : 'rolled back'}`;
    this.result(run, `gander: ${done}, ${at}`);
  }

  /** An error in one place for all commands, told on standard error and, as JSON, as the result. @returns the exit code */
  failure(error: unknown): number {
    if (error instanceof ConfigError) return this.#refuse('settings', error.problems, EXIT.usage);
    if (!(error instanceof GanderError)) return this.#refuse('unexpected', [messageOf(error)], EXIT.failed);
    if (this.#json) this.result({ error: errorJson(error) }, '');
    this.note(`gander: ${error.place === null ? '' : `${error.where}: `}${error.message}`);
    if (error.next !== null) this.note(`  → ${error.next}`);
    return exitCodes[error.code];
  }

  #refuse(code: string, problems: readonly string[], exitCode: number): number {
    if (this.#json) this.result({ error: { code, message: problems.join('\n') } }, '');
    for (const problem of problems) this.note(`gander: ${problem}`);
    return exitCode;
  }
}

function errorJson(error: GanderError): object {
  const { code, message, next, file, place } = error;
  return { code, message, next, file, place, ...('run' in error ? { run: error.run } : {}) };
}

function versionsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function describeWaiting(holder: Parameters<typeof describeHolder>[0] | null): string {
  return holder === null
    ? 'somebody else is running migrations'
    : `migrations are being run by ${describeHolder(holder)}`;
}
