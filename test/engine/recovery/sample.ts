import type { Facts, Recorded, StatementFinding } from '../../../server/engine/recovery/finding.ts';
import { positionOf } from '../../../server/engine/recovery/position.ts';
import { inOrder, standingOf } from '../../../server/engine/recovery/standing.ts';
import type { Ground } from '../../../server/engine/recovery/ways-out.ts';
import type { Verdict } from '../../../server/engine/probes/index.ts';

/** `record verdict`: what the journal has of a statement, and what the catalogs say. `data` has no verdict, and what is
 * `old` is done, but may have been so before. */
type Sample = `${Recorded}: ${Told}`;
type Told = Verdict | 'data' | 'harmless' | 'old';

const INDEX = 'public.a_n';

/** Findings made of such samples, as `inspect` makes them. */
export function statementsOf(samples: readonly Sample[]): StatementFinding[] {
  const all = samples.map((sample, at): StatementFinding => {
    const [recorded, told] = sample.split(': ') as [Recorded, Told];
    const verdict = told === 'data' ? 'cannot tell' : told === 'harmless' || told === 'old' ? 'done' : told;
    const again = told === 'data' ? 'does it twice' : told === 'harmless' ? 'changes nothing' : 'fails';
    return {
      number: at + 1,
      line: at + 2,
      does: `does ${at + 1}`,
      text: `STATEMENT ${at + 1}`,
      recorded,
      verdict,
      found: verdict === 'half done' ? 'The index a_n on a is there but invalid.' : `Found ${verdict}.`,
      looks: [],
      repairs:
        verdict === 'half done'
          ? [
              {
                how: 'drop',
                label: `Drop the invalid index ${INDEX}`,
                sql: [`DROP INDEX CONCURRENTLY ${INDEX}`],
                afterwards: 'run it',
              },
              {
                how: 'rebuild',
                label: `Rebuild the invalid index ${INDEX}`,
                sql: [`REINDEX INDEX CONCURRENTLY ${INDEX}`],
                afterwards: 'it is done',
              },
            ]
          : [],
      again,
      ...standingOf({ recorded, verdict, mayBeOld: told === 'old', again, leavesTraces: false }),
    };
  });
  const standings = inOrder(all);
  return all.map((one, at) => ({ ...one, standing: standings[at]! }));
}

export function factsOf(samples: readonly Sample[], more: Partial<Facts> = {}): Facts {
  const statements = statementsOf(samples);
  return {
    direction: 'up',
    kind: 'partial',
    transaction: false,
    isModule: false,
    statements,
    position: positionOf(statements),
    ...more,
  };
}

export function groundOf(samples: readonly Sample[], more: Partial<Ground> = {}): Ground {
  const facts = { ...factsOf(samples), ...more };
  return {
    ...facts,
    inFile: facts.statements,
    runsInTransaction: facts.transaction,
    notRunnable: null,
    notResumable: null,
    edited: null,
    down: [],
    up: [],
    ...more,
  };
}
