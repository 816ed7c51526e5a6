/** Several workers at once, until together they have struck often enough. */
import type { Place } from './server.ts';
import { work } from './worker.ts';

/** How often each kind of strike led to what, and what it took. */
export interface Campaign {
  readonly seed: number;
  readonly tookMs: number;
  readonly hits: ReadonlyMap<string, number>;
}

/** A worker for each of the places. @throws Error with the seed and the whole story when one finds a fault */
export async function killAll(
  places: readonly Omit<Place, 'stop'>[],
  kills: number,
  seed: number,
): Promise<Campaign> {
  const started = performance.now();
  const hits = new Map<string, number>();
  let left = kills;
  const onHits = (found: readonly string[]): boolean => {
    for (const hit of found) hits.set(hit, (hits.get(hit) ?? 0) + 1);
    left -= found.length;
    return left > 0;
  };
  const ends = await Promise.allSettled(
    places.map(async (place, index) => {
      const name = `gander_kill_${process.pid}_${index}`;
      await work({ ...place, name, seed: seed * 100 + index, onHits }).catch((error: unknown) => {
        left = 0;
        throw error;
      });
    }),
  );
  const faults = ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as Error).message] : []));
  if (faults.length > 0) throw new Error(`With seed ${seed}: ${faults.join('\n\n')}`);
  return { seed, tookMs: performance.now() - started, hits };
}

/** `  12  kill: dirty in doubt up`, a line for each kind. */
export function report({ seed, tookMs, hits }: Campaign): string {
  const total = [...hits.values()].reduce((sum, times) => sum + times, 0);
  const lines = [...hits].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `${total} kills with seed ${seed} in ${Math.round(tookMs / 1000)} s: what was shown was true, and every way out led to the end.`,
    ...lines.map(([what, times]) => `${String(times).padStart(6)}  ${what}`),
  ].join('\n');
}
