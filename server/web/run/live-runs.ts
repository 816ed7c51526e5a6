import type { Migrator } from '../../engine/index.ts';
import { LiveRun, type Watcher } from './live-run.ts';

type Reader = Pick<Migrator, 'followRuns' | 'watchedRun'>;

interface Surroundings {
  /** The band as HTML, as it is when a run has ended. @param path of the page it stands on */
  readonly bandOf: (path: string) => Promise<string>;
  readonly log: (message: string) => void;
  /** Told that the process of a run has died, as often as it is seen. */
  readonly onDeath: () => void;
}

/** So long the connection is kept after the last one has looked away: most often somebody looks again. */
const LINGER_MS = 30_000;

/**
 * All runs that somebody watches in this process, over one connection that hears of changes, whoever runs them. A change
 * is read once, however many watch.
 */
export class LiveRuns {
  readonly #reader: Reader;
  readonly #surroundings: Surroundings;
  readonly #runs = new Map<string, LiveRun>();
  #unfollow: (() => Promise<void>) | null = null;
  #lingering: NodeJS.Timeout | undefined;

  constructor(reader: Reader, surroundings: Surroundings) {
    this.#reader = reader;
    this.#surroundings = surroundings;
  }

  /** @returns to be called when the watcher has gone */
  watch(id: string, watcher: Watcher): () => void {
    clearTimeout(this.#lingering);
    this.#unfollow ??= this.#reader.followRuns((changed) => this.#hear(changed));
    const run = this.#runs.get(id) ?? this.#open(id);
    run.add(watcher);
    return () => this.#leave(id, run, watcher);
  }

  get isWatching(): boolean {
    return this.#runs.size > 0;
  }

  /** Ends everything, and gives the connection back. */
  async stop(): Promise<void> {
    clearTimeout(this.#lingering);
    for (const run of this.#runs.values()) run.end();
    this.#runs.clear();
    const unfollow = this.#unfollow;
    this.#unfollow = null;
    await unfollow?.();
  }

  #hear(changed: string | null): void {
    if (changed !== null) return this.#runs.get(changed)?.wake();
    for (const run of this.#runs.values()) run.wake();
  }

  #open(id: string): LiveRun {
    const run = new LiveRun({
      read: (pages) => this.#reader.watchedRun(id, pages),
      bandOf: () => this.#surroundings.bandOf(`/runs/${id}`),
      onEnd: () => this.#forget(id, run),
      log: this.#surroundings.log,
      onDeath: this.#surroundings.onDeath,
    });
    this.#runs.set(id, run);
    return run;
  }

  #leave(id: string, run: LiveRun, watcher: Watcher): void {
    run.remove(watcher);
    if (run.isWatched) return;
    run.end();
    this.#forget(id, run);
  }

  #forget(id: string, run: LiveRun): void {
    if (this.#runs.get(id) === run) this.#runs.delete(id);
    if (this.#runs.size > 0) return;
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => {
      if (this.#runs.size === 0) void this.stop();
    }, LINGER_MS).unref();
  }
}
