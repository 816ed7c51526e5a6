import type { GooseCut } from './passage.ts';
import type { Range } from './statements.ts';

/** Statements that go to the server in one message. */
export type Unit = readonly [Range, ...Range[]];

/** In a transaction each statement goes by itself, however goose would have sent it: the effect is the same. */
export function oneByOne(ranges: readonly Range[]): Unit[] {
  return ranges.map((range) => [range]);
}

/**
 * Without a transaction each message is one implicit transaction ("Multiple Statements in a Simple Query" in the manual's
 * chapter on the protocol). So what goose would send together stays together: statements are apart only where goose cuts
 * between them, and none is ever cut in two.
 */
export function asGooseSends(ranges: readonly Range[], cuts: readonly GooseCut[]): Unit[] {
  const units: [Range, ...Range[]][] = [];
  let next = 0;
  for (const range of ranges) {
    const end = endOfUnit(units.at(-1));
    while (next < cuts.length && (cuts[next]?.at ?? 0) <= end) next++;
    const cut = cuts[next];
    const unit = units.at(-1);
    if (unit === undefined || (cut !== undefined && cut.at <= range.start)) units.push([range]);
    else unit.push(range);
  }
  return units;
}

function endOfUnit(unit: Unit | undefined): number {
  return unit?.at(-1)?.end ?? -1;
}
