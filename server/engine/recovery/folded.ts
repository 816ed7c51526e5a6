import type { Verdict } from '../probes/index.ts';
import type { StatementFinding } from './finding.ts';

/** Statements in a row of which the same is to be said. */
export interface Fold {
  readonly first: StatementFinding;
  readonly last: StatementFinding;
  readonly statements: readonly StatementFinding[];
  /** Where they stand: what the catalogs do not tell of some of them, the record does. */
  readonly verdict: Verdict;
}

const STAND: Readonly<Record<StatementFinding['standing'], Verdict>> = {
  in: 'done',
  either: 'done',
  out: 'not done',
  half: 'half done',
  unknown: 'cannot tell',
};

/** Fewer are shown one by one. */
const MANY = 5;

/**
 * Many statements in a row that all stand alike are told of together; each of the others stands for itself. Half done,
 * surprising and doubtful ones always do. Pure.
 */
export function folded(statements: readonly StatementFinding[]): readonly (StatementFinding | Fold)[] {
  const rows: StatementFinding[][] = [];
  for (const one of statements) {
    const row = rows.at(-1);
    if (row !== undefined && isAlike(row.at(-1)!, one)) row.push(one);
    else rows.push([one]);
  }
  return rows.flatMap((row): (StatementFinding | Fold)[] => {
    if (row.length < MANY) return row;
    return [{ first: row[0]!, last: row.at(-1)!, statements: row, verdict: STAND[row[0]!.standing] }];
  });
}

function isAlike(a: StatementFinding, b: StatementFinding): boolean {
  return isPlain(a) && isPlain(b) && a.recorded === b.recorded && a.standing === b.standing;
}

function isPlain({ surprising, recorded, standing }: StatementFinding): boolean {
  return !surprising && recorded !== 'failed' && standing !== 'half' && standing !== 'unknown';
}
