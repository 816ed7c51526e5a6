import { setTimeout as sleep } from 'node:timers/promises';
import { RUNS_CHANNEL } from './journal/index.ts';
import { connect, type Pool } from './postgres.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Hears of every change in the records of runs, whoever runs them, over one connection of the pool. When that is lost a
 * new one is opened.
 *
 * @param onChange told of the run's id; of null when anything may have changed unheard, so also at the beginning
 * @returns ends it, and gives the connection back
 */
export function followRuns(pool: Pool, onChange: (runId: string | null) => void): () => Promise<void> {
  const stopping = new AbortController();
  const listening = keepListening(pool, onChange, stopping.signal);
  return async () => {
    stopping.abort();
    await listening;
  };
}

async function keepListening(
  pool: Pool,
  onChange: (runId: string | null) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const hasListened = await listen(pool, onChange, signal).catch(() => false);
    if (hasListened) pause = FIRST_PAUSE_MS;
    await sleep(pause, undefined, { signal }).catch(() => {}); // told to stop
  }
}

/** Listens until the connection is lost, or `signal` says so. @returns whether it came to listening */
async function listen(
  pool: Pool,
  onChange: (runId: string | null) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const client = await connect(pool);
  try {
    const over = new Promise<void>((resolve) => {
      for (const event of ['error', 'end'] as const) client.once(event, () => resolve());
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', ({ payload }) => onChange(payload ?? null));
    await client.query(`LISTEN ${RUNS_CHANNEL}`);
    onChange(null);
    if (!signal.aborted) await over;
    return true;
  } finally {
    client.release(true);
  }
}
