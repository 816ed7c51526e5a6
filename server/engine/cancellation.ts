import type { Log } from './log.ts';

/** How a run learns that it is to stop. */
export interface Cancellable {
  /** Aborted by the caller's signal, or by a request to cancel the run. */
  readonly signal: AbortSignal;
  /** From now on a request to cancel this run is heeded, whoever asks, from wherever: see `cancelRun`. */
  readonly heed: (runId: string) => void;
}

/** @param signal the caller's own */
export function cancellable(log: Log, signal: AbortSignal | undefined): Cancellable {
  const asked = new AbortController();
  return {
    signal: signal === undefined ? asked.signal : AbortSignal.any([signal, asked.signal]),
    heed: (runId) =>
      log.onCancellation((id) => {
        if (id === runId) asked.abort();
      }),
  };
}
