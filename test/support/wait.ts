import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition, and says what has not happened when it does not come about. @returns what `check` found */
export async function until<T>(what: string, check: () => T | Promise<T>, ms = 15_000): Promise<Found<T>> {
  for (const deadline = performance.now() + ms; ; await sleep(20)) {
    const found = await check();
    if (found) return found as Found<T>;
    assert.ok(performance.now() < deadline, `it did not happen: ${what}`);
  }
}

type Found<T> = Exclude<T, null | undefined | false>;
