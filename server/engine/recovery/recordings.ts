import type { Difference, Facts, StatementFinding, WayOut } from './finding.ts';
import type { Ground } from './ways-out.ts';

/** The ways out that run nothing: they only write down what is so. Pure. */
export function recordings(facts: Ground): WayOut[] {
  // What is applied is the file as it is now; what may be left is what ran.
  const [applied, notApplied] =
    facts.direction === 'up'
      ? [missing(facts.inFile), present(facts)]
      : [notThere(facts), missing(facts.statements)];
  return [
    {
      way: 'applied',
      from: null,
      repair: null,
      label:
        facts.direction === 'up'
          ? 'It is done: record it as applied'
          : 'It is all there still: leave it applied',
      consequences:
        'Nothing is run. It counts as applied from then on, so no statement of it is ever run here again.',
      first: facts.direction === 'up' ? unusable(facts.statements) : [],
      overrules: applied,
    },
    {
      way: 'not applied',
      from: null,
      repair: null,
      label:
        facts.direction === 'up'
          ? 'It never happened: record it as not applied'
          : 'It is undone: record it as not applied',
      consequences:
        'Nothing is run. It counts as pending from then on: the next apply runs all of it, from its first statement.',
      first: [],
      overrules: notApplied,
    },
  ];
}

/** That nothing of a Down was done does not say that all of the Up is there: it may have been half done itself. */
function notThere({ up, ...facts }: Ground): Difference[] {
  if (up.length === 0) return present(facts);
  return missing(up).map(({ number, found }) => ({ number, found, section: 'up' }));
}

/** Those of which the database says that they are not done, or not whole. */
export function missing(statements: readonly StatementFinding[]): StatementFinding[] {
  return statements.filter(({ verdict }) => verdict === 'not done' || verdict === 'half done');
}

/** Those of which the database says that they have left something. */
export function present({ statements }: Pick<Facts, 'statements'>): StatementFinding[] {
  return statements.filter(
    ({ verdict, standing }) => (verdict === 'done' && standing === 'in') || verdict === 'half done',
  );
}

/** The others are told of when these are set right. */
const MOST = 5;

/** An index that PostgreSQL does not use is not what was to be made, whoever says so. */
function unusable(statements: readonly StatementFinding[]): WayOut['first'] {
  return statements
    .filter(({ repairs }) => repairs.some(({ how }) => how === 'rebuild' || how === 'drop'))
    .slice(0, MOST)
    .map(({ number, found, repairs }) => ({
      what: `Statement ${number} is half done: ${found}`,
      sql: repairs.flatMap(({ how, sql }) => (how === 'rebuild' ? sql.map((text) => `${text};`) : [])),
    }));
}
