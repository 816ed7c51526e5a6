import { setTimeout as sleep } from 'node:timers/promises';
import { GanderError } from '../engine/index.ts';

/**
 * A lock makes a question fail soon (`lock_timeout`). What else can keep it, a new connection that waits for a lock or a
 * network that swallows everything, is waited for so long before the last answer has to do.
 */
const PATIENCE_MS = 1_500;
/** What was found locked is not asked for again at once: each try keeps somebody waiting. */
const PAUSE_MS = 1_000;

/** An answer, and since when it may not be true any more; null when it was had just now. */
export interface Answered<T> {
  readonly value: T;
  readonly asOf: Date | null;
}

interface Kept {
  readonly value: unknown;
  readonly at: Date;
}

/**
 * The last answers to some questions, for when the database does not answer in time because somebody has locked a table. Each
 * question is asked anew all the same; what the database *refuses*, or that it is away, is told as ever.
 */
export class LastAnswers {
  readonly #capacity: number;
  readonly #kept = new Map<string, Kept>();
  /** Questions that are not asked again before this time, by the process's clock. */
  readonly #paused = new Map<string, number>();

  /** @param capacity how many answers are kept; the oldest give way */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * @param hurry `no time`: where there is an earlier answer, nothing is asked
   * @throws what `read` throws, unless it is `busy` and there is an earlier answer
   */
  async ask<T>(
    key: string,
    read: () => Promise<T>,
    hurry: 'some time' | 'no time' = 'some time',
  ): Promise<Answered<T>> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return { value: await this.#read(key, read), asOf: null };
    if (hurry === 'no time' || (this.#paused.get(key) ?? 0) > performance.now()) return stale(kept);
    const patience = new AbortController();
    try {
      return await Promise.race([
        this.#read(key, read).then((value) => ({ value, asOf: null })),
        sleep(PATIENCE_MS, undefined, { signal: patience.signal }).then(() => this.#fallBack<T>(key, kept)),
      ]);
    } catch (error) {
      if (error instanceof GanderError && error.code === 'busy') return this.#fallBack(key, kept);
      throw error;
    } finally {
      patience.abort();
    }
  }

  /** Whether there is an earlier answer. */
  has(key: string): boolean {
    return this.#kept.has(key);
  }

  forget(key: string): void {
    this.#kept.delete(key);
    this.#paused.delete(key);
  }

  #fallBack<T>(key: string, kept: Kept): Answered<T> {
    this.#paused.set(key, performance.now() + PAUSE_MS);
    return stale(kept);
  }

  async #read<T>(key: string, read: () => Promise<T>): Promise<T> {
    const value = await read();
    this.forget(key);
    // Nothing is no answer to fall back on.
    if (value === null || value === undefined) return value;
    this.#kept.set(key, { value, at: new Date() });
    if (this.#kept.size > this.#capacity) this.forget(this.#kept.keys().next().value!);
    return value;
  }
}

function stale<T>({ value, at }: Kept): Answered<T> {
  return { value: value as T, asOf: at };
}
