// Which ways out there are, what each needs first, and what it overrules.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WayOut } from '../../../server/engine/recovery/finding.ts';
import { type Ground, waysOut } from '../../../server/engine/recovery/ways-out.ts';
import { groundOf, statementsOf } from './sample.ts';

/** A way in a line: `resume 3`, `retry (first)`, `applied (overrules 2, 3)`. */
function summary({ way, from, repair, first, overrules }: WayOut): string {
  const what = repair === null ? way : repair.how;
  const notes = [
    ...(first.length === 0 ? [] : ['first']),
    ...(overrules.length === 0 ? [] : [`overrules ${overrules.map(({ number }) => number).join(', ')}`]),
  ];
  return `${what}${from === null ? '' : ` ${from}`}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

const DOWN = statementsOf(['unknown: not done', 'unknown: data']);
const FAILING_DOWN = statementsOf(['unknown: not done', 'unknown: done']);

const cases: readonly [what: string, ground: Ground, ways: readonly string[]][] = [
  [
    'two are done, the third failed',
    groundOf(['done: done', 'done: done', 'failed: not done', 'not run: not done'], { down: DOWN }),
    ['resume 3', 'retry (first)', 'down', 'applied (overrules 3, 4)', 'not applied (overrules 1, 2)'],
  ],
  [
    'data that is done would be done twice',
    groundOf(['done: data', 'failed: data']),
    ['resume 2', 'retry (overrules 1)', 'applied', 'not applied'],
  ],
  [
    'what changes nothing may be run again',
    groundOf(['done: harmless', 'failed: not done']),
    ['resume 2', 'retry', 'applied (overrules 2)', 'not applied (overrules 1)'],
  ],
  [
    'a transaction that PostgreSQL undid',
    groundOf(['undone: not done', 'failed: not done'], {
      transaction: true,
      kind: 'rolled back',
      down: DOWN,
    }),
    ['retry', 'applied (overrules 1, 2)', 'not applied'],
  ],
  [
    'an index is half-built in the middle',
    groundOf(['done: done', 'failed: half done', 'not run: data']),
    [
      'drop 2',
      'rebuild 3',
      'resume 2 (first)',
      'retry (first)',
      'applied (first; overrules 2)',
      'not applied (overrules 1, 2)',
    ],
  ],
  [
    'an index is half-built by the only statement',
    groundOf(['failed: half done']),
    ['drop 1', 'rebuild 2', 'retry (first)', 'applied (first; overrules 1)', 'not applied (overrules 1)'],
  ],
  [
    'an index is half-built and the file is gone: it is set right, and that is all',
    groundOf(['done: done', 'failed: half done'], { notRunnable: 'Its file is gone.' }),
    [
      'drop',
      'rebuild',
      'resume 2 (first)',
      'retry (first)',
      'applied (first; overrules 2)',
      'not applied (overrules 1, 2)',
    ],
  ],
  [
    'cut off in the middle of data: a person says whether it happened',
    groundOf(['done: done', 'in doubt: data', 'not run: data']),
    ['resume 2', 'resume 3', 'retry (first; overrules 2)', 'applied', 'not applied (overrules 1)'],
  ],
  [
    'cut off in the last statement',
    groundOf(['done: done', 'in doubt: data']),
    ['resume 2', 'retry (first; overrules 2)', 'applied', 'not applied (overrules 1)'],
  ],
  [
    'a statement that is done was edited since',
    groundOf(['done: done', 'failed: not done'], { edited: 1 }),
    ['resume 2 (first)', 'retry (first)', 'applied (overrules 2)', 'not applied (overrules 1)'],
  ],
  [
    'only what was not done was edited since',
    groundOf(['done: done', 'failed: not done'], { edited: 2 }),
    ['resume 2', 'retry (first)', 'applied (overrules 2)', 'not applied (overrules 1)'],
  ],
  [
    'the file is gone',
    groundOf(['undone: not done'], {
      notRunnable: 'Its file is gone.',
      kind: 'rolled back',
      transaction: true,
    }),
    ['retry (first)', 'applied (overrules 1)', 'not applied'],
  ],
  [
    'everything was finished by hand',
    groundOf(['done: done', 'failed: done']),
    ['retry (first)', 'applied', 'not applied (overrules 1, 2)'],
  ],
  [
    'its Down would fail',
    groundOf(['done: done', 'failed: not done'], { down: FAILING_DOWN }),
    ['resume 2', 'retry (first)', 'down (first)', 'applied (overrules 2)', 'not applied (overrules 1)'],
  ],
  [
    'a rollback that stopped half-way',
    groundOf(['done: done', 'failed: not done', 'not run: not done'], { direction: 'down' }),
    ['resume 2', 'retry (first)', 'applied (overrules 1)', 'not applied (overrules 2, 3)'],
  ],
  [
    'no order in which it could have happened',
    groundOf(['done: done', 'done: not done', 'done: done']),
    ['retry (first)', 'applied (overrules 2)', 'not applied (overrules 1, 3)'],
  ],
  [
    'somebody else has done it but for data in between: it cannot go on with what would be done twice',
    groundOf(['failed: done', 'not run: data', 'not run: done', 'not run: not done']),
    ['resume 4', 'retry (first; overrules 2)', 'applied (overrules 4)', 'not applied (overrules 1, 3)'],
  ],
  [
    'what the file says now counts for running it again, and for being applied',
    groundOf(['done: done', 'failed: not done'], {
      edited: 1,
      inFile: statementsOf(['unknown: not done', 'not run: done', 'not run: not done']),
    }),
    ['resume 2 (first)', 'retry (first)', 'applied (overrules 1, 3)', 'not applied (overrules 1)'],
  ],
  ['nothing is known', groundOf([], { down: DOWN }), ['retry', 'down', 'applied', 'not applied']],
];

describe('the ways out', () => {
  for (const [what, ground, ways] of cases)
    test(what, () => assert.deepEqual(waysOut(ground).map(summary), ways));
});

test('each says what it does, and what has to be done first, with the SQL', () => {
  const ways = waysOut(groundOf(['done: data', 'failed: half done', 'not run: data']));
  const [drop, rebuild, resume, retry, applied] = ways;
  assert.equal(drop?.label, 'Drop the invalid index public.a_n and go on with statement 2');
  assert.equal(rebuild?.label, 'Rebuild the invalid index public.a_n and go on with statement 3');
  assert.match(rebuild.consequences, /It fails again while what it failed of is there/);
  assert.deepEqual(resume?.first[0]?.sql, ['DROP INDEX CONCURRENTLY public.a_n;']);
  assert.match(retry?.consequences ?? '', /Statement 1 would be done twice/);
  assert.deepEqual(applied?.first[0]?.sql, ['REINDEX INDEX CONCURRENTLY public.a_n;']);
});

test('going on says which statements are run and which are not', () => {
  const [resume] = waysOut(groundOf(['done: done', 'done: done', 'failed: not done', 'not run: data']));
  assert.equal(
    resume?.consequences,
    'Statements 3 and 4 of the file as it is now are run; statements 1 and 2 are not run again.',
  );
});

test('what is not in the file any more, and stays, is told of when it is tried again', () => {
  const ground = groundOf(['done: done', 'failed: not done'], {
    edited: 1,
    inFile: statementsOf(['not run: not done']).map((one) => ({ ...one, text: 'ANOTHER' })),
  });
  const retry = waysOut(ground).find(({ way }) => way === 'retry');
  assert.deepEqual(retry?.first, []);
  assert.match(
    retry?.consequences ?? '',
    /What statement 1 did stays as it is, though the file says something else now\./,
  );
});
