import type { RunRequest, RunResult } from '../engine/index.ts';
import type { Call } from './command.ts';
import { type Context, withDatabase } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { stoppable, type StopReason } from './stop.ts';

/** What has not begun to run need not be written down: it is given a moment to end by itself. */
const PATIENCE_MS = 1_500;

/** A command that only reads: opens database and folder, and obeys `--timeout`. @returns the exit code */
export function reading(call: Call, work: (context: Context) => Promise<number>): Promise<number> {
  return withDatabase(call, async (context) => {
    try {
      const limits = { timeout: call.options.timeout ?? 0, patience: 0 };
      return await stoppable({ ...limits, isRunning: () => false, onStop: () => {} }, () => work(context));
    } catch (error) {
      const { tell } = await import('./failure.ts');
      return tell(call.output, error, { dir: context.config.migrations });
    }
  });
}

/** A result in both of its forms. */
export interface Told {
  readonly json: object;
  readonly text: string;
}

/** What a command asks of the engine, with what the options say of all runs. */
export type Run<T> = (context: Context, request: RunRequest) => Promise<T>;

/**
 * A command that runs migrations: opens database and folder, tells how it goes and what came of it.
 *
 * @param told what is said of the result at last
 * @returns the exit code
 */
export function runAndReport<T>(
  call: Call,
  run: Run<T>,
  told: (result: T) => Told | Promise<Told>,
): Promise<number> {
  const { output, options } = call;
  const loading = import('./report.ts'); // while the connection is being made
  return withDatabase(call, async (context) => {
    const { Report } = await loading;
    const report = new Report(output, options.verbose === true);
    const limits = {
      timeout: options.timeout ?? 0,
      patience: PATIENCE_MS,
      isRunning: () => report.isRunning,
    };
    const onStop = ({ what }: StopReason): void => output.note(`gander: ${what}: ${report.stopping()}`);
    try {
      const result = await stoppable({ ...limits, onStop }, (signal) =>
        run(context, { ...requestOf(options), signal, onEvent: report.hear }),
      );
      const { json, text } = await told(result);
      output.result(json, text);
      return EXIT.done;
    } catch (error) {
      const { tell } = await import('./failure.ts');
      return tell(output, error, { dir: context.config.migrations, plan: report.plan, step: report.step });
    }
  });
}

/** The same for a run up or down. */
export function runAll(call: Call, run: Run<RunResult>): Promise<number> {
  const isVersioned = call.options['no-versioning'] !== true;
  return runAndReport(call, run, async (result) => (await import('./run-text.ts')).told(result, isVersioned));
}

function requestOf(options: Call['options']): RunRequest & { outOfOrder: boolean | undefined } {
  return {
    outOfOrder: options['allow-missing'],
    irreversible: options['allow-irreversible'],
    lockWait: options['lock-wait'],
    lockTimeout: options['lock-timeout'],
    statementTimeout: options['statement-timeout'],
  };
}
