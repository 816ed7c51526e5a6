import type { Verdict } from '../probes/index.ts';
import type { Again, Recorded, Standing } from './finding.ts';

interface Evidence {
  readonly recorded: Recorded;
  readonly verdict: Verdict;
  readonly again: Again;
  /** Whether it may leave something behind when it fails: a DO block that commits, a block of several transactions. */
  readonly leavesTraces: boolean;
}

interface Judged {
  readonly standing: Standing;
  readonly surprising: boolean;
}

/**
 * Where a statement stands, record and catalogs taken together. The catalogs go before the record where they can tell: what
 * was done may have been undone since, and what failed may have been done by hand. Pure.
 */
export function standingOf({ recorded, verdict, again, leavesTraces }: Evidence): Judged {
  const shouldBe = SHOULD_BE[recorded];
  switch (verdict) {
    case 'half done':
      return { standing: 'half', surprising: false };
    case 'not done':
      return { standing: 'out', surprising: shouldBe === 'in' };
    case 'done':
      if (shouldBe === 'in') return { standing: 'in', surprising: false };
      // `IF NOT EXISTS`, GRANT: it may have been so all along, and running it changes nothing.
      if (again === 'changes nothing') return { standing: 'either', surprising: false };
      return { standing: 'in', surprising: shouldBe === 'out' };
    default:
      if (recorded === 'failed' && leavesTraces) return { standing: 'unknown', surprising: false };
      return { standing: shouldBe, surprising: false };
  }
}

const SHOULD_BE: Readonly<Record<Recorded, 'in' | 'out' | 'unknown'>> = {
  done: 'in',
  failed: 'out',
  undone: 'out',
  'not run': 'out',
  'in doubt': 'unknown',
  unknown: 'unknown',
};

interface Stands {
  readonly standing: Standing;
  readonly recorded: Recorded;
}

/**
 * What statements tell of each other: they ran in order, so what came before one that is done is done as well, and what
 * comes after one that is not, is not. Those that are in doubt together are one transaction: what is so of one of them is so
 * of all. Only what nobody could tell is settled by this. Pure.
 */
export function inOrder(statements: readonly Stands[]): Standing[] {
  const standings = statements.map(({ standing }) => standing);
  const [lastIn, firstOut] = [standings.lastIndexOf('in'), standings.indexOf('out')];
  const together = statements.find(
    ({ recorded, standing }) => recorded === 'in doubt' && ['in', 'out'].includes(standing),
  );
  return statements.map(({ standing, recorded }, at) => {
    if (standing !== 'unknown') return standing;
    if (recorded === 'in doubt' && together !== undefined) return together.standing;
    if (at < lastIn) return 'in';
    return firstOut >= 0 && at > firstOut ? 'out' : standing;
  });
}
