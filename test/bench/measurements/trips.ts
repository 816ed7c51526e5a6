import { type Figure, type Measurement } from '../figure.ts';
import { countRoundTrips } from '../../support/round-trips.ts';
import type { Setting } from '../setting.ts';

/** Round trips, which no noise of the machine can hide. */
export const trips: Measurement = {
  name: 'trips',
  async measure(setting: Setting): Promise<Figure[]> {
    const database = await setting.emptyDatabase();
    const { perMigration, nothingPending } = await countRoundTrips(database);
    await setting.dropDatabase(database);
    return [
      {
        what: 'round trips a transactional migration',
        measured: perMigration.toFixed(2),
        target: '1',
        met: perMigration === 1,
      },
      {
        what: 'round trips when nothing is pending, opening and closing the connection included',
        measured: String(nothingPending + 2),
        target: '≤ 4',
        met: nothingPending + 2 <= 4,
      },
    ];
  },
};
