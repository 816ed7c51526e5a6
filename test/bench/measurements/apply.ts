import { type Figure, type Measurement, median, ms, times } from '../figure.ts';
import { applyAll, type Race, race, ratio } from '../race.ts';
import type { Setting } from '../setting.ts';
import type { ToolName } from '../tools.ts';

const SIZES = [44, 1_000, 10_000];

/** Everything pending on an empty database, as a whole process; the server's commits reach the disk. */
export const apply: Measurement = {
  name: 'apply',
  async measure(setting) {
    const figures: Figure[] = [];
    for (const size of SIZES) figures.push(...(await applySize(setting, size)));
    return figures;
  },
};

async function applySize(setting: Setting, size: number): Promise<Figure[]> {
  const dir = await setting.corpus(size);
  // The largest takes minutes, and what it is about is that it comes to its end.
  const rounds = size < 10_000 ? setting.rounds : 1;
  const run = (tool: ToolName): Promise<number> => applyAll(setting, tool, dir);
  const result = await race({ ...setting, rounds }, run);
  return setting.tools.map((tool) => figureOf(result, tool, size));
}

function figureOf(result: Race, tool: ToolName, size: number): Figure {
  const took = median(result.runs.get(tool)!);
  const what = `apply ${size.toLocaleString('en-US')}: ${tool}`;
  if (tool !== 'gander' || !result.runs.has('goose'))
    return { what, measured: ms(took), target: null, met: null };
  const share = ratio(result, 'gander', 'goose', result.emptyNode);
  return {
    what,
    measured: `${ms(took)}; ${times(share)} of goose without Node’s start (${ms(result.emptyNode)})`,
    target: size < 10_000 ? '< × 1.00' : 'in one go',
    met: size < 10_000 ? share < 1 : true,
  };
}
