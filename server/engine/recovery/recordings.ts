import type { Facts, StatementFinding, WayOut } from './finding.ts';

/** The ways out that run nothing: they only write down what is so. Pure. */
export function recordings(facts: Facts): WayOut[] {
  const [applied, notApplied] =
    facts.direction === 'up' ? [missing(facts), present(facts)] : [present(facts), missing(facts)];
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

/** Those of which the database says that they are not done, or not whole. */
export function missing({ statements }: Pick<Facts, 'statements'>): number[] {
  return statements
    .filter(({ verdict }) => verdict === 'not done' || verdict === 'half done')
    .map(({ number }) => number);
}

/** Those of which the database says that they have left something. */
export function present({ statements }: Pick<Facts, 'statements'>): number[] {
  return statements
    .filter(({ verdict, standing }) => (verdict === 'done' && standing === 'in') || verdict === 'half done')
    .map(({ number }) => number);
}

/** An index that PostgreSQL does not use is not what was to be made, whoever says so. */
function unusable(statements: readonly StatementFinding[]): WayOut['first'] {
  return statements
    .filter(({ repairs }) => repairs.some(({ how }) => how === 'rebuild' || how === 'drop'))
    .map(({ number, found, repairs }) => ({
      what: `Statement ${number} is half done: ${found}`,
      sql: repairs.flatMap(({ how, sql }) => (how === 'rebuild' ? sql.map((text) => `${text};`) : [])),
    }));
}
