import { setTimeout as sleep } from 'node:timers/promises';
import { GanderError, messageOf, type Migrator } from './engine/index.ts';

/** Together with what a settling takes, its death is told within five seconds. */
const PAUSE_MS = 3_000;

export interface Settling {
  readonly runner: Pick<Migrator, 'settle'>;
  /** Whether somebody watches a run: then its death is seen at once, and need not be looked for. */
  readonly isWatching: () => boolean;
  readonly print: (line: string) => void;
  readonly stopping: AbortSignal;
}

/** Closes, now and again, runs whose process has died: any dashboard does it for all. Ends when `stopping` is aborted. */
export async function keepSettling(settling: Settling): Promise<void> {
  const { isWatching, stopping } = settling;
  while (!stopping.aborted) {
    await sleep(PAUSE_MS, undefined, { signal: stopping, ref: false }).catch(() => {}); // told to stop
    if (!stopping.aborted && !isWatching()) await settleOne(settling);
  }
}

/** A database that is away, or does not let us, is asked again later: pages tell about it. */
export async function settleOne({ runner, print }: Pick<Settling, 'runner' | 'print'>): Promise<void> {
  try {
    const id = await runner.settle();
    if (id !== null)
      print(`Settled     run ${id}, whose process had stopped: see what became of it in the dashboard`);
  } catch (error) {
    if (!(error instanceof GanderError)) print(`NOT settled ${messageOf(error)}`);
  }
}
