/**
 * Kills `gander up` and `gander down-to 0` at random moments, and sees whether the state that is shown afterwards is true
 * and whether the way out leads to the same database as an undisturbed run.
 *
 *   npm run test:kill                          200 kills
 *   npm run test:kill -- --kills 5000 --seed 7
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { crashableServer, quietServer } from './server.ts';
import { work } from './worker.ts';

/** More of them than processors: whoever waits for a connection to be noticed as dead keeps nobody busy. */
const WORKERS = 3;

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? 200);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
process.exitCode = await main();

async function main(): Promise<number> {
  const started = performance.now();
  const folder = await mkdtemp(path.join(tmpdir(), 'gander-kill-servers-'));
  await chmod(folder, 0o711);
  try {
    const tally = await killAll(folder);
    print(
      `${[...tally.values()].reduce((sum, n) => sum + n, 0)} kills with seed ${seed} in ${Math.round((performance.now() - started) / 1000)} s, and all of it was true:`,
    );
    for (const [what, times] of [...tally].toSorted()) print(`${String(times).padStart(6)}  ${what}`);
    return 0;
  } catch (error) {
    print(`Seed ${seed}: ${(error as Error).message}`);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** @returns how often each kind of strike led to what */
async function killAll(folder: string): Promise<Map<string, number>> {
  const tally = new Map<string, number>();
  let left = kills;
  const onHits = (hits: readonly string[]): boolean => {
    for (const hit of hits) tally.set(hit, (tally.get(hit) ?? 0) + 1);
    return (left -= hits.length) > 0;
  };
  const stop = (): boolean => ((left = 0), false);
  const quiet = await quietServer(path.join(folder, 'quiet'));
  const crashing = await crashableServer(path.join(folder, 'crashing'));
  try {
    const workers = Array.from({ length: WORKERS }, (_, index) => ({
      index,
      ...(index === 0 ? crashing : quiet),
    }));
    const ends = await Promise.allSettled(
      workers.map(async ({ index, ...place }) =>
        work({ ...place, name: `kill_${index}`, seed: seed * 100 + index, onHits }).catch(
          (error: unknown) => {
            stop();
            throw error;
          },
        ),
      ),
    );
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  } finally {
    await Promise.all([quiet.stop(), crashing.stop()]);
  }
  return tally;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
