import type { Measurement } from '../figure.ts';
import { apply } from './apply.ts';
import { distance } from './distance.ts';
import { lint } from './lint.ts';
import { live } from './live.ts';
import { memory } from './memory.ts';
import { noop } from './noop.ts';
import { splitter } from './splitter.ts';
import { status } from './status.ts';
import { trips } from './trips.ts';

/** Every measurement, in the order of the table. */
export const measurements: readonly Measurement[] = [
  trips,
  apply,
  noop,
  status,
  distance,
  memory,
  splitter,
  live,
  lint,
];
