import { GanderError } from '../errors.ts';
import type { Facts, Position } from './finding.ts';
import { range, statements as named } from './numbers.ts';

/**
 * Which statement to go on with, from 0. Pure.
 *
 * @param asked what the person said, from 1
 * @throws GanderError `invalid_request` when only a person can tell, or what was asked for would leave something out
 */
export function startOf(
  { position, statements }: Pick<Facts, 'position' | 'statements'>,
  asked: number | undefined,
): number {
  const possible = possibleStarts(position, statements.length);
  if (asked !== undefined && possible.includes(asked)) return asked - 1;
  if (asked !== undefined) throw cannotGoOnWith(asked, possible, statements.length);
  if (position.at === 'clear' || position.at === 'half') return position.from;
  throw position.at === 'unknown' ? onlyAPersonKnows(position, statements) : noOrder();
}

/** The statement after may have been done by hand, where the catalogs do not tell. */
function possibleStarts(position: Position, count: number): number[] {
  if (position.at === 'tangled') return range(1, count + 1);
  const last = position.at === 'unknown' ? position.or + 1 : position.from + 2;
  return range(position.from + 1, Math.min(last, count + 1));
}

function cannotGoOnWith(asked: number, possible: readonly number[], count: number): GanderError {
  const [first = 1] = possible;
  const done = first === 2 ? 'One statement is' : `${first - 1} statements are`;
  return new GanderError(
    'invalid_request',
    `${done} done, of ${count}: it cannot go on with statement ${asked}.`,
    {
      next: `Go on with ${possible.join(' or ')}.`,
    },
  );
}

function onlyAPersonKnows(
  { from, or }: Extract<Position, { at: 'unknown' }>,
  statements: Facts['statements'],
): GanderError {
  const doubtful = range(from + 1, or);
  const line = doubtful.length === 1 ? ` (line ${statements[from]?.line})` : '';
  return new GanderError(
    'invalid_request',
    `Nobody can tell from here whether ${named(doubtful)}${line} happened.`,
    {
      next: `Look into the database; then say --from ${from + 1} if ${doubtful.length === 1 ? 'it' : 'they'} did not, --from ${or + 1} if ${doubtful.length === 1 ? 'it' : 'they'} did.`,
    },
  );
}

function noOrder(): GanderError {
  return new GanderError(
    'invalid_request',
    'What is done and what is not is no order in which it could have happened.',
    {
      next: 'Make the database one or the other by hand, then say --applied or --not-applied; or say which statement to go on with: --from.',
    },
  );
}
