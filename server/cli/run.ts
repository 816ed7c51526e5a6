import type { DownRequest, RunResult, UpRequest } from '../engine/index.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';

/** Applies or rolls back, tells how it goes and what came of it. @returns the exit code */
export async function runAndReport(
  { migrator, flags, output }: Context,
  direction: 'up' | 'down',
  request: Pick<UpRequest & DownRequest, 'to' | 'steps' | 'fingerprint'> = {},
): Promise<number> {
  const run = await withSignals((signal) =>
    migrator[direction]({
      ...request,
      signal,
      outOfOrder: flags.allowMissing,
      irreversible: flags.allowIrreversible,
      onEvent: (event) => output.event(event),
    }),
  );
  output.summary(run);
  return EXIT.done;
}

/** The first Ctrl-C cancels the running statement and lets its end be written down; a second one ends at once. */
async function withSignals(work: (signal: AbortSignal) => Promise<RunResult>): Promise<RunResult> {
  const abort = new AbortController();
  const stop = (): void => {
    if (abort.signal.aborted) process.exit(EXIT.failed);
    abort.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  try {
    return await work(abort.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, stop);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
