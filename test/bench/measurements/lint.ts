import { type Figure, type Measurement, median, ms } from '../figure.ts';
import { EMPTY_NODE, ganderCommand, timed } from '../tools.ts';

const FILES = 1_000;
const LONGEST_MS = 2_000;

/** `gander lint` of a folder, as a whole process, without a database: what it costs in CI. */
export const lint: Measurement = {
  name: 'lint',
  async measure(setting): Promise<Figure[]> {
    const dir = await setting.corpus(FILES);
    const command = ganderCommand(['lint', '--dir', dir, '--offline', '--fail-on', 'never']);
    const took: number[] = [];
    const empty: number[] = [];
    for (let round = 0; round < setting.rounds; round += 1) {
      took.push(await timed(command));
      empty.push(await timed(EMPTY_NODE));
    }
    const typical = median(took);
    return [
      {
        what: `lint of ${FILES.toLocaleString('en-US')} files, the whole process`,
        measured: `${ms(typical)} (an empty Node: ${ms(median(empty))})`,
        target: `≤ ${ms(LONGEST_MS)}`,
        met: typical <= LONGEST_MS,
      },
    ];
  },
};
