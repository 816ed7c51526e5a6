import { Pool } from 'pg';
import { folder, Migrator } from '../../../server/engine/index.ts';
import { type Figure, type Measurement, median, ms, times } from '../figure.ts';
import { race, ratio } from '../race.ts';
import type { Setting } from '../setting.ts';
import { timed, upOf } from '../tools.ts';

const SIZES = [44, 1_000, 10_000];
const IN_PROCESS_MS = 30;
const WHOLE_PROCESS = 1.3;

/** Nothing pending: what each start of a service costs. */
export const noop: Measurement = {
  name: 'noop',
  async measure(setting) {
    const figures: Figure[] = [];
    for (const size of SIZES) figures.push(await inProcess(setting, size));
    for (const size of SIZES) figures.push(...(await asProcess(setting, size)));
    return figures;
  },
};

/** In a process that runs already and has a connection, with a Migrator that has never seen the folder. */
async function inProcess(setting: Setting, size: number): Promise<Figure> {
  const url = await setting.appliedDatabase('gander', size);
  const dir = await setting.corpus(size);
  const pool = new Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  const took: number[] = [];
  for (let call = 0; call < 12; call += 1) {
    const started = performance.now();
    await new Migrator({ pool, source: folder(dir) }).up();
    took.push(performance.now() - started);
  }
  await pool.end();
  // The first calls open the connection, and compile.
  const typical = median(took.slice(2));
  return {
    what: `nothing pending of ${size.toLocaleString('en-US')}, in process`,
    measured: `${ms(typical)} (the first call ${ms(took[0]!)})`,
    target: `≤ ${ms(IN_PROCESS_MS)}`,
    met: typical <= IN_PROCESS_MS,
  };
}

async function asProcess(setting: Setting, size: number): Promise<Figure[]> {
  const dir = await setting.corpus(size);
  const result = await race({ ...setting, rounds: Math.max(setting.rounds, 5) }, async (tool) =>
    timed(upOf(tool, dir, await setting.appliedDatabase(tool, size))),
  );
  return setting.tools.map((tool) => {
    const what = `nothing pending of ${size.toLocaleString('en-US')}: ${tool}`;
    const measured = ms(median(result.runs.get(tool)!));
    if (tool !== 'gander') return { what, measured, target: null, met: null };
    const share = ratio(result, 'gander', 'floor');
    return {
      what,
      measured: `${measured}; ${times(share)} of floor`,
      target: `≤ ${times(WHOLE_PROCESS)}`,
      met: share <= WHOLE_PROCESS,
    };
  });
}
