import { type Figure, type Measurement, median, ms, times } from '../figure.ts';
import { applyAll, type Race, race, ratio } from '../race.ts';
import type { ToolName } from '../tools.ts';

const DELAY_MS = 5;

/** Applying to a database that is 5 ms away, there and back. */
export const distance: Measurement = {
  name: 'distance',
  async measure(setting) {
    const run = async (size: number, rounds: number): Promise<Race> => {
      const dir = await setting.corpus(size);
      return race({ ...setting, rounds }, (tool) => applyAll(setting, tool, dir, DELAY_MS));
    };
    return [
      ...figuresOf(await run(44, setting.rounds), 44, { other: 'floor', limit: 1.2 }),
      ...figuresOf(await run(1_000, 1), 1_000, { other: 'goose', limit: 0.4 }),
    ];
  },
};

interface Against {
  readonly other: ToolName;
  /** What Gander’s time may be of the other’s. */
  readonly limit: number;
}

function figuresOf(result: Race, size: number, { other, limit }: Against): Figure[] {
  return [...result.runs].map(([tool, runs]) => {
    const what = `apply ${size.toLocaleString('en-US')} at ${DELAY_MS} ms: ${tool}`;
    const took = ms(median(runs));
    if (tool !== 'gander' || !result.runs.has(other))
      return { what, measured: took, target: null, met: null };
    const share = ratio(result, 'gander', other);
    return {
      what,
      measured: `${took}; ${times(share)} of ${other}`,
      target: `≤ ${times(limit)}`,
      met: share <= limit,
    };
  });
}
