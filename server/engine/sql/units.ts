import type { Range } from './statements.ts';

/** Statements that go to the server in one message. */
export type Unit = readonly [Range, ...Range[]];

/** In a transaction each statement goes by itself, however goose would have sent it: the effect is the same. */
export function* oneByOne(ranges: Iterable<Range>): Generator<Unit> {
  for (const range of ranges) yield [range];
}

/**
 * Without a transaction each message is one implicit transaction ("Multiple Statements in a Simple Query" in the manual's
 * chapter on the protocol). So what goose would send together stays together: statements are apart only where goose cuts
 * between them, and none is ever cut in two.
 */
export function* asGooseSends(ranges: Iterable<Range>, cuts: readonly number[]): Generator<Unit> {
  let unit: [Range, ...Range[]] | null = null;
  let next = 0;
  for (const range of ranges) {
    const end = unit?.at(-1)?.end ?? -1;
    while (next < cuts.length && cuts[next]! <= end) next++;
    const isCutOff = next < cuts.length && cuts[next]! <= range.start;
    if (unit !== null && !isCutOff) {
      unit.push(range);
      continue;
    }
    if (unit !== null) yield unit;
    unit = [range];
  }
  if (unit !== null) yield unit;
}
