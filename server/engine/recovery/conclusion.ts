import type { Facts, StatementFinding } from './finding.ts';
import { capital, listOf, range, statements as named } from './numbers.ts';

/** What the findings come to: how far it came, and what follows from that. Pure. */
export function conclude(facts: Facts): string {
  const { statements, isModule } = facts;
  if (isModule)
    return 'It is JavaScript: what it left in the database cannot be told from here, so somebody has to look.';
  if (statements.length === 0)
    return 'Nothing is known of what it was to leave in the database, so somebody has to look.';
  return [...surprises(facts), capital(place(facts))].join(' ');
}

/** Where the database says something else than the record. */
function surprises({ statements }: Facts): string[] {
  const lost = numbersOf(statements, ({ surprising, standing }) => surprising && standing === 'out');
  const found = numbersOf(statements, ({ surprising, standing }) => surprising && standing === 'in');
  return [
    ...(lost.length === 0
      ? []
      : [
          `${capital(named(lost))} ${was(lost)} done, but the database is not as ${it(lost)} left it any more: somebody has changed it since.`,
        ]),
    ...(found.length === 0
      ? []
      : [
          `${capital(named(found))} did not come to ${its(found)} end, but the database is as ${it(found)} would have left it: somebody or something else did it.`,
        ]),
  ];
}

function place(facts: Facts): string {
  const { statements, position, transaction, direction } = facts;
  const count = statements.length;
  switch (position.at) {
    case 'clear':
      if (position.from === 0) return nothing(facts);
      if (position.from === count) return everything(facts);
      return `${doneUpTo(facts, position.from)}, ${listOf(range(position.from + 1, count))} ${count - position.from === 1 ? 'is' : 'are'} not: ${transaction === true ? 'it cannot go on in the middle, because it runs in a transaction' : `${thing(direction)} can go on with statement ${position.from + 1}`}.`;
    case 'half': {
      const { number, found } = statements[position.from]!;
      return `${before(facts, position.from)}statement ${number} is half done: ${found} That has to be set right before ${thing(direction)} can go on.`;
    }
    case 'unknown': {
      const between = statements.slice(position.from, position.or);
      const doubtful = numbersOf(between, ({ standing }) => standing === 'unknown');
      const there = numbersOf(between, ({ standing }) => standing === 'in');
      const but =
        there.length === 0
          ? ''
          : `, though ${named(there)} ${there.length === 1 ? 'is' : 'are'} ${WORDS[direction].in}`;
      return `${before(facts, position.from)}whether ${named(doubtful)} happened cannot be told from here${but}: somebody has to look, and say so.`;
    }
    default:
      return tangled(facts);
  }
}

function nothing({ transaction, kind, direction }: Facts): string {
  const what = direction === 'up' ? 'nothing of it is in the database' : 'nothing of it has happened';
  return transaction === true && kind === 'rolled back'
    ? `PostgreSQL undid all of it: ${what}. It can be tried again from the start.`
    : `${capital(what)}: it can be tried again from the start.`;
}

function everything({ direction }: Facts): string {
  return direction === 'up'
    ? 'Everything that it does is in the database: it can be recorded as applied.'
    : 'Everything that its Down does has happened: it can be recorded as rolled back.';
}

function tangled({ statements, direction }: Facts): string {
  const states = (['in', 'half', 'out', 'unknown'] as const).flatMap((standing) => {
    const numbers = numbersOf(statements, (one) => one.standing === standing);
    return numbers.length === 0
      ? []
      : [`${named(numbers)} ${numbers.length === 1 ? 'is' : 'are'} ${WORDS[direction][standing]}`];
  });
  return `${capital(states.join(', '))}: that is no order in which it could have happened. It has to be made one or the other by hand.`;
}

const WORDS = {
  up: { in: 'in the database', half: 'half done', out: 'not', unknown: 'in doubt' },
  down: { in: 'done', half: 'half done', out: 'not', unknown: 'in doubt' },
} as const;

function doneUpTo({ direction }: Facts, count: number): string {
  const numbers = range(1, count);
  return `${capital(named(numbers))} ${numbers.length === 1 ? 'is' : 'are'} ${WORDS[direction].in}`;
}

/** What comes before the statement in question, if anything does. */
function before(facts: Facts, count: number): string {
  return count === 0 ? '' : `${doneUpTo(facts, count)}; `;
}

function thing(direction: Facts['direction']): string {
  return direction === 'up' ? 'it' : 'the rollback';
}

function numbersOf(
  statements: readonly StatementFinding[],
  wanted: (one: StatementFinding) => boolean,
): number[] {
  return statements.filter(wanted).map(({ number }) => number);
}

const was = ({ length }: readonly number[]): string => (length === 1 ? 'was' : 'were');
const it = ({ length }: readonly number[]): string => (length === 1 ? 'it' : 'they');
const its = ({ length }: readonly number[]): string => (length === 1 ? 'its' : 'their');
