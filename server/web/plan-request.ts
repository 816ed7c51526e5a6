import type { PlanRequest } from '../engine/index.ts';
import { WebError } from './errors.ts';

/** A plan's address: what a link or a form says of it. */
export interface PlanFields {
  readonly direction: string;
  readonly to: string;
  readonly steps: string;
}

/** Reads a plan's address. `''` means absent. @throws WebError 400 for anything but `up`, `down` and whole numbers */
export function planRequest({ direction, to, steps }: PlanFields): PlanRequest {
  if (direction !== 'up' && direction !== 'down') throw new WebError(400, 'A plan goes up or down.');
  return {
    direction,
    to: to === '' ? undefined : BigInt(digits(to, 19)),
    steps: steps === '' ? undefined : Number(digits(steps, 6)),
  };
}

function digits(text: string, most: number): string {
  if (/^\d+$/.test(text) && text.length <= most) return text;
  throw new WebError(400, `“${text.slice(0, 40)}” is not a number that a plan can use.`);
}
