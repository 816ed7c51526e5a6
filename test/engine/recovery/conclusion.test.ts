// One sentence for what was found.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conclude } from '../../../server/engine/recovery/conclusion.ts';
import type { Facts } from '../../../server/engine/recovery/finding.ts';
import { listOf } from '../../../server/engine/recovery/numbers.ts';
import { factsOf } from './sample.ts';

const ROLLED_BACK: Partial<Facts> = { transaction: true, kind: 'rolled back' };
const DOWN: Partial<Facts> = { direction: 'down' };

const cases: readonly [what: string, facts: Facts, sentence: string][] = [
  [
    'some are done, the next failed',
    factsOf(['done: done', 'done: done', 'failed: not done']),
    'Statements 1 and 2 are in the database, 3 is not: it can go on with statement 3.',
  ],
  [
    'many are done, and several left',
    factsOf([
      'done: done',
      'done: data',
      'done: done',
      'failed: data',
      'not run: not done',
      'not run: harmless',
    ]),
    'Statements 1 to 3 are in the database, 4 to 6 are not: it can go on with statement 4.',
  ],
  [
    'a transaction that PostgreSQL undid',
    factsOf(['undone: not done', 'failed: not done', 'not run: data'], ROLLED_BACK),
    'PostgreSQL undid all of it: nothing of it is in the database. It can be tried again from the start.',
  ],
  [
    'a transaction that PostgreSQL undid, of a table that was there before',
    factsOf(['failed: done', 'not run: not done'], ROLLED_BACK),
    'Statement 1 did not come to its end, but the database is as it would have left it: somebody or something else did it. Statement 1 is in the database, 2 is not: it cannot go on in the middle, because it runs in a transaction.',
  ],
  [
    'nothing was begun',
    factsOf(['failed: not done']),
    'Nothing of it is in the database: it can be tried again from the start.',
  ],
  [
    'an index is half-built',
    factsOf(['done: done', 'failed: half done', 'not run: data']),
    'Statement 1 is in the database; statement 2 is half done: The index a_n on a is there but invalid. That has to be set right before it can go on.',
  ],
  [
    'an index is half-built at once',
    factsOf(['failed: half done']),
    'Statement 1 is half done: The index a_n on a is there but invalid. That has to be set right before it can go on.',
  ],
  [
    'cut off in the middle of data',
    factsOf(['done: done', 'in doubt: data', 'not run: not done']),
    'Statement 1 is in the database; whether statement 2 happened cannot be told from here: somebody has to look, and say so.',
  ],
  [
    'cut off in the middle of what can be told',
    factsOf(['done: done', 'in doubt: done', 'not run: not done']),
    'Statements 1 and 2 are in the database, 3 is not: it can go on with statement 3.',
  ],
  [
    'cut off in a transaction of its own, of which one part can be told',
    factsOf(['in doubt: data', 'in doubt: done', 'in doubt: data', 'not run: data']),
    'Statements 1 to 3 are in the database, 4 is not: it can go on with statement 4.',
  ],
  [
    'finished by hand',
    factsOf(['done: done', 'failed: done', 'not run: done']),
    'Statements 2 and 3 did not come to their end, but the database is as they would have left it: somebody or something else did it. Everything that it does is in the database: it can be recorded as applied.',
  ],
  [
    'undone by hand',
    factsOf(['done: not done', 'failed: not done']),
    'Statement 1 was done, but the database is not as it left it any more: somebody has changed it since. Nothing of it is in the database: it can be tried again from the start.',
  ],
  [
    'undone by hand in the middle',
    factsOf(['done: done', 'done: not done', 'done: done', 'failed: not done']),
    'Statement 2 was done, but the database is not as it left it any more: somebody has changed it since. Statements 1 and 3 are in the database, statements 2 and 4 are not: that is no order in which it could have happened. It has to be made one or the other by hand.',
  ],
  [
    'a flag that somebody set by hand, over what is all there',
    factsOf(['unknown: done', 'unknown: data', 'unknown: done']),
    'Everything that it does is in the database: it can be recorded as applied.',
  ],
  [
    'a flag that somebody set by hand, over nothing',
    factsOf(['unknown: not done', 'unknown: data']),
    'Nothing of it is in the database: it can be tried again from the start.',
  ],
  [
    'a flag that somebody set by hand, over half of it',
    factsOf(['unknown: done', 'unknown: data', 'unknown: not done']),
    'Statement 1 is in the database; whether statement 2 happened cannot be told from here: somebody has to look, and say so.',
  ],
  [
    'done by somebody else, with data after it',
    factsOf(['failed: done', 'not run: data', 'not run: not done']),
    'Statement 1 did not come to its end, but the database is as it would have left it: somebody or something else did it. Statement 1 is in the database; whether statement 2 happened cannot be told from here: somebody has to look, and say so.',
  ],
  [
    'done by somebody else, with data in between',
    factsOf(['failed: done', 'not run: data', 'not run: done', 'not run: not done']),
    'Statements 1 and 3 did not come to their end, but the database is as they would have left it: somebody or something else did it. Statement 1 is in the database; whether statement 2 happened cannot be told from here, though statement 3 is in the database: somebody has to look, and say so.',
  ],
  [
    'a name that may have been there before',
    factsOf(['done: done', 'failed: old', 'not run: not done']),
    'Statement 1 is in the database; whether statement 2 happened cannot be told from here: somebody has to look, and say so.',
  ],
  [
    'a name that was not there before, because the statement was run',
    factsOf(['done: done', 'done: old', 'failed: not done']),
    'Statements 1 and 2 are in the database, 3 is not: it can go on with statement 3.',
  ],
  [
    'a rollback that stopped half-way',
    factsOf(['done: done', 'failed: not done', 'not run: not done'], DOWN),
    'Statement 1 is done, 2 and 3 are not: the rollback can go on with statement 2.',
  ],
  [
    'a rollback that was finished by hand',
    factsOf(['done: done', 'unknown: done'], DOWN),
    'Everything that its Down does has happened: it can be recorded as rolled back.',
  ],
  [
    'no text is left of it',
    factsOf([]),
    'Nothing is known of what it was to leave in the database, so somebody has to look.',
  ],
  [
    'JavaScript',
    factsOf([], { isModule: true }),
    'It is JavaScript: what it left in the database cannot be told from here, so somebody has to look.',
  ],
];

describe('what was found comes to', () => {
  for (const [what, facts, sentence] of cases) test(what, () => assert.equal(conclude(facts), sentence));
});

test('numbers are listed as people do', () => {
  assert.equal(listOf([1]), '1');
  assert.equal(listOf([1, 2]), '1 and 2');
  assert.equal(listOf([1, 2, 3, 5]), '1 to 3 and 5');
  assert.equal(listOf([1, 3, 4, 6, 7, 8]), '1, 3, 4 and 6 to 8');
  const odd = Array.from({ length: 2_000 }, (_one, at) => 2 * at + 1);
  assert.equal(listOf(odd), '1, 3, 5, 7, 9, 11, 13, 15, 17, 19 and 1,990 more');
  assert.equal(listOf(odd.slice(0, 12)), '1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21 and 23');
});
