import type { Verdict } from '../probes/index.ts';
import type { Again, Recorded, Standing } from './finding.ts';

interface Evidence {
  readonly recorded: Recorded;
  readonly verdict: Verdict;
  /** Whether what is done may have been so before it was run: then only the record tells. */
  readonly mayBeOld: boolean;
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
export function standingOf({ recorded, verdict, mayBeOld, again, leavesTraces }: Evidence): Judged {
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
      if (shouldBe === 'out' && mayBeOld) return { standing: 'unknown', surprising: false };
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

interface Stands extends Judged {
  readonly recorded: Recorded;
  readonly verdict: Verdict;
}

/**
 * What statements tell of each other: they ran in order, so what came before one that is done is done as well, and what
 * comes after one that is not, is not. Those that are in doubt together are one transaction: what is so of one of them is so
 * of all. Only what nobody could tell is settled by this; and where somebody else has been at work, the record of what
 * follows no longer tells either. Pure.
 */
export function inOrder(statements: readonly Stands[]): Standing[] {
  const standings = withOthers(statements);
  const [lastIn, firstOut] = [standings.lastIndexOf('in'), standings.indexOf('out')];
  const together = statements.find(
    ({ recorded, standing }) => recorded === 'in doubt' && ['in', 'out'].includes(standing),
  );
  return statements.map(({ recorded }, at) => {
    const standing = standings[at]!;
    if (standing !== 'unknown') return standing;
    if (recorded === 'in doubt' && together !== undefined) return together.standing;
    if (at < lastIn && SHOULD_BE[recorded] === 'unknown') return 'in';
    return firstOut >= 0 && at > firstOut ? 'out' : standing;
  });
}

/** What this run has not done, somebody else may have, when he has done what comes before it. */
function withOthers(statements: readonly Stands[]): Standing[] {
  const first = statements.findIndex(({ standing, surprising }) => surprising && standing === 'in');
  return statements.map(({ standing, verdict }, at) =>
    first >= 0 && at > first && standing === 'out' && verdict === 'cannot tell' ? 'unknown' : standing,
  );
}
