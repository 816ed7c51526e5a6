import { Pool } from 'pg';
import { folder, Migrator } from '../../../server/engine/index.ts';
import { type Measurement, median, ms } from '../figure.ts';
import { ganderCommand, timed } from '../tools.ts';

const SIZE = 10_000;

/** The list of 10,000: as a command, and in a process that has seen the folder before (the dashboard). */
export const status: Measurement = {
  name: 'status',
  async measure(setting) {
    const url = await setting.appliedDatabase('gander', SIZE);
    const dir = await setting.corpus(SIZE);
    const command = ganderCommand(['status', '--dir', dir, '--database', url]);
    const whole: number[] = [];
    for (let round = 0; round < setting.rounds; round += 1) whole.push(await timed(command));
    const pool = new Pool({ connectionString: url, max: 2 });
    pool.on('error', () => {});
    const migrator = new Migrator({ pool, source: folder(dir) });
    const calls: number[] = [];
    for (let call = 0; call < 6; call += 1) {
      const started = performance.now();
      await migrator.status();
      calls.push(performance.now() - started);
    }
    await pool.end();
    return [
      { what: 'status of 10,000, the command', measured: ms(median(whole)), target: null, met: null },
      {
        what: 'status of 10,000, in process',
        measured: `${ms(median(calls.slice(1)))} (the first call ${ms(calls[0]!)})`,
        target: null,
        met: null,
      },
    ];
  },
};
