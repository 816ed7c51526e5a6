import { createInterface } from 'node:readline/promises';
import type { RunRequest, RunResult } from '../engine/index.ts';
import { UsageError } from './arguments.ts';
import type { Context } from './context.ts';

/**
 * Rolls back what is above a version. Before everything is rolled back it asks, on a terminal; elsewhere `--yes` has to be
 * given.
 *
 * @param to the version that stays
 * @throws UsageError without an agreement
 */
export async function rollBackTo(context: Context, request: RunRequest, to: bigint): Promise<RunResult> {
  const isVersioned = context.options['no-versioning'] !== true;
  const fingerprint = await (isVersioned
    ? confirmPlan(context, request, to)
    : confirmFiles(context, request, to));
  return context.runner.down({ ...request, to, fingerprint });
}

/** @returns the fingerprint of the plan that was seen */
async function confirmPlan(context: Context, { signal }: RunRequest, to: bigint): Promise<string> {
  const { steps, stays, fingerprint } = await context.migrator.plan({ direction: 'down', to });
  if (stays === null && steps.length > 0)
    await confirm(context, `Roll back all ${steps.length} migrations of ${context.database}?`, signal);
  return fingerprint;
}

async function confirmFiles(context: Context, { signal }: RunRequest, to: bigint): Promise<undefined> {
  const { files } = await context.source.list();
  if (files.length > 0 && files.every(({ version }) => version > to))
    await confirm(context, `Run the Down of all ${files.length} files on ${context.database}?`, signal);
}

async function confirm(
  { options }: Context,
  question: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (options.yes === true) return;
  const whole = `${question} What their tables hold is lost.`;
  if (!process.stdin.isTTY) throw new UsageError(whole, 'Say --yes to do it without being asked.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // While it reads a line, Ctrl-C is a key like others.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const asked = terminal.question(`${whole} [y/N] `, signal === undefined ? {} : { signal });
  const answer = await asked.finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('The answer was not yes.', 'Nothing was done.');
}
