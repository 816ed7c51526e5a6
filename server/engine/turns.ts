import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from './postgres.ts';

const last = new WeakMap<Pool, Promise<void>>();

/**
 * Lets one run of a pool work at a time. A run holds one connection and needs a second: several at once could each hold
 * one and wait for another for ever. They would wait for each other's lock anyway.
 *
 * @param wait milliseconds
 * @returns what `work` returns; null when its turn did not come within `wait`
 */
export async function inTurn<T>(pool: Pool, wait: number, work: () => Promise<T>): Promise<T | null> {
  const before = last.get(pool) ?? Promise.resolve();
  const mine = isOverWithin(before, wait).then((over) => (over ? work() : null));
  // The next one's turn comes when both are over: also where this one has given up waiting.
  last.set(
    pool,
    Promise.allSettled([before, mine]).then(() => undefined),
  );
  return mine;
}

async function isOverWithin(before: Promise<void>, wait: number): Promise<boolean> {
  const patience = new AbortController();
  const timer = sleep(wait, false, { signal: patience.signal }).catch(() => false);
  const over = await Promise.race([before.then(() => true), timer]);
  patience.abort();
  return over;
}
