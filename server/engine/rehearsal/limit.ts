import type { Log } from '../log.ts';

/** A rehearsal's time, and what ends it. */
export interface TimeLimit {
  /** Milliseconds that are left. */
  readonly left: () => number;
  readonly stop: () => void;
}

/** Every statement is given what is left; one that will not hear of it is given this much longer. Milliseconds. */
const GRACE_MS = 500;

/**
 * Ends the session when its time is up, or when `signal` is aborted: whatever the text does, the server rolls all of it
 * back then.
 */
export function limitTime(log: Log, pid: number, ms: number, signal: AbortSignal | undefined): TimeLimit {
  const deadline = performance.now() + ms;
  const end = (): void => {
    void log.write((client) => client.query('SELECT pg_terminate_backend($1)', [pid])).catch(() => {});
  };
  const timer = setTimeout(end, ms + GRACE_MS);
  signal?.addEventListener('abort', end);
  return {
    left: () => deadline - performance.now(),
    stop: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    },
  };
}
