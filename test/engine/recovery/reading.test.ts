// What the journal has of each statement, and what statements of one file tell of each other.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Verdict } from '../../../server/engine/probes/index.ts';
import { together } from '../../../server/engine/recovery/inspect.ts';
import { reconcile } from '../../../server/engine/recovery/reconcile.ts';
import { recordedOf } from '../../../server/engine/recovery/recorded.ts';
import { effectsOf } from '../../../server/engine/sql/effects/index.ts';

type State = 'running' | 'open' | 'done' | 'failed' | 'earlier';

function progress(
  records: readonly [position: number, state: State, count?: number, kind?: string][],
): Parameters<typeof recordedOf>[0] {
  return {
    sql: '',
    statements: records.map(([position, state, count = 1, kind = 'insert']) => {
      return {
        position,
        count,
        line: 1,
        kind,
        object: null,
        state,
        tookMs: null,
        rowCount: null,
        notices: [],
      };
    }),
  };
}

describe('the journal has of each statement', () => {
  const alone = { transaction: false, kind: 'partial' } as const;
  const cases: readonly [what: string, ...Parameters<typeof recordedOf>, expected: readonly string[]][] = [
    [
      'done, failed, not run',
      progress([
        [0, 'earlier'],
        [1, 'done'],
        [2, 'failed'],
      ]),
      4,
      alone,
      ['done', 'done', 'failed', 'not run'],
    ],
    [
      'cut off',
      progress([
        [0, 'done'],
        [1, 'running'],
      ]),
      3,
      alone,
      ['done', 'in doubt', 'not run'],
    ],
    [
      'undone with a transaction of the file’s own',
      progress([
        [0, 'done'],
        [1, 'open'],
        [2, 'open'],
        [3, 'failed'],
      ]),
      4,
      alone,
      ['done', 'undone', 'undone', 'failed'],
    ],
    [
      'cut off in the COMMIT of the file’s own',
      progress([
        [0, 'done'],
        [1, 'open', 1, 'begin'],
        [2, 'open'],
        [3, 'running', 1, 'commit'],
      ]),
      5,
      alone,
      ['done', 'in doubt', 'in doubt', 'in doubt', 'not run'],
    ],
    [
      'undone by PostgreSQL',
      progress([
        [0, 'done'],
        [1, 'failed'],
      ]),
      3,
      { transaction: true, kind: 'rolled back' },
      ['undone', 'failed', 'not run'],
    ],
    [
      'of many in one message the one that failed',
      progress([
        [0, 'running', 4],
        [2, 'failed'],
      ]),
      5,
      { transaction: true, kind: 'rolled back' },
      ['undone', 'undone', 'failed', 'undone', 'not run'],
    ],
    [
      'a transaction of which nobody knows how it ended',
      progress([
        [0, 'done'],
        [1, 'running'],
      ]),
      3,
      { transaction: true, kind: 'in doubt' },
      ['unknown', 'unknown', 'not run'],
    ],
    ['nothing', null, 2, alone, ['unknown', 'unknown']],
  ];
  for (const [what, record, count, run, expected] of cases)
    test(what, () => assert.deepEqual(recordedOf(record, count, run), expected));
});

describe('of statements that deal with the same thing', () => {
  type Line = readonly [sql: string, happened: boolean | null, verdict: Verdict, expected: Verdict];
  const cases: readonly [what: string, ...lines: Line[]][] = [
    [
      'what a later one has dropped again may have been made',
      ['CREATE TABLE a (n int)', true, 'not done', 'cannot tell'],
      ['ALTER TABLE public.a ADD b int', true, 'not done', 'cannot tell'],
      ['CREATE INDEX a_n ON a (n)', true, 'not done', 'cannot tell'],
      ['DROP TABLE a', true, 'done', 'done'],
    ],
    [
      'what a later one renamed may have been made',
      ['CREATE TABLE a (n int)', null, 'not done', 'cannot tell'],
      ['ALTER TABLE a RENAME TO b', null, 'done', 'done'],
    ],
    [
      'a column that a later one has dropped need not be there',
      ['CREATE TABLE a (n int, m int)', true, 'half done', 'cannot tell'],
      ['ALTER TABLE a DROP m', true, 'done', 'done'],
    ],
    [
      'what a column was made with may have been changed',
      ['CREATE TABLE a (n int NOT NULL)', true, 'half done', 'cannot tell'],
      ['ALTER TABLE a ADD m int DEFAULT 1', true, 'not done', 'cannot tell'],
      ['ALTER TABLE a ALTER n DROP NOT NULL', true, 'done', 'done'],
      ['ALTER TABLE a ALTER m TYPE bigint', true, 'done', 'done'],
    ],
    [
      'an index and a constraint go with their column',
      ['CREATE INDEX i ON a (n)', true, 'not done', 'cannot tell'],
      ['ALTER TABLE a ADD CONSTRAINT c UNIQUE (n)', true, 'not done', 'cannot tell'],
      ['CREATE INDEX j ON a (m)', true, 'not done', 'not done'],
      ['ALTER TABLE a DROP n', true, 'done', 'done'],
    ],
    [
      'a partition goes with its table',
      ['CREATE TABLE p PARTITION OF t DEFAULT', true, 'not done', 'cannot tell'],
      ['DROP TABLE t', true, 'done', 'done'],
    ],
    [
      'what a later one has taken away with everything that hangs on it may have been made',
      ['CREATE VIEW v AS SELECT 1', true, 'not done', 'cannot tell'],
      ['DROP TABLE t CASCADE', true, 'done', 'done'],
    ],
    [
      'a type that a later one has changed again may have been set',
      ['ALTER TABLE a ALTER n TYPE bigint', true, 'not done', 'cannot tell'],
      ['ALTER TABLE a ALTER n TYPE text', true, 'done', 'done'],
    ],
    [
      'what an earlier one has yet to drop is the old one',
      ['DROP TABLE a', false, 'not done', 'not done'],
      ['CREATE TABLE a (n int)', false, 'done', 'cannot tell'],
    ],
    [
      'what an earlier one has yet to make cannot have been dropped',
      ['CREATE TABLE a (n int)', false, 'not done', 'not done'],
      ['DROP TABLE a', false, 'done', 'cannot tell'],
    ],
    [
      'others of the same name in another schema are others',
      ['CREATE TABLE one.a (n int)', true, 'not done', 'not done'],
      ['DROP TABLE other.a', true, 'done', 'done'],
    ],
    [
      'one that is not done changes nothing',
      ['CREATE TABLE a (n int)', true, 'not done', 'not done'],
      ['DROP TABLE a', false, 'done', 'done'],
    ],
  ];
  for (const [what, ...lines] of cases) {
    test(what, () => {
      const told = reconcile(
        lines.map(([sql, happened, verdict]) => ({
          effects: effectsOf(sql),
          happened,
          cascades: sql.endsWith('CASCADE'),
          looks: [{ verdict, found: 'Found.' }],
        })),
      );
      assert.deepEqual(
        told.map(([look]) => look?.verdict),
        lines.map(([, , , expected]) => expected),
      );
    });
  }
});

test('what one statement drops and makes anew is no sign of either', () => {
  const effects = effectsOf('ALTER TABLE a DROP CONSTRAINT c, ADD CONSTRAINT c UNIQUE (n), ADD m int');
  const looks = (['not done', 'done', 'not done'] as const).map((verdict) => ({ verdict, found: 'Found.' }));
  const [told] = reconcile([{ effects, looks, happened: true }]);
  assert.deepEqual(
    told?.map((one) => [one.verdict, 'mayBeOld' in one]),
    [
      ['cannot tell', false],
      ['done', true],
      ['not done', false],
    ],
  );
});

test('a statement of several actions is done as a whole', () => {
  const looks = (...verdicts: [Verdict, boolean?][]): Parameters<typeof together>[0] =>
    verdicts.map(([verdict, repeatable = false]) => ({ verdict, effect: { repeatable } }));
  assert.equal(together(looks(['done'], ['done'])), 'done');
  assert.equal(together(looks(['done'], ['cannot tell'])), 'done');
  assert.equal(together(looks(['not done'], ['cannot tell'])), 'not done');
  assert.equal(together(looks(['done'], ['not done'])), 'half done');
  assert.equal(together(looks(['done', true], ['not done'])), 'not done', 'what is so already says nothing');
  assert.equal(
    together([
      { verdict: 'done', mayBeOld: true, effect: { repeatable: false } },
      { verdict: 'not done', effect: { repeatable: false } },
    ]),
    'not done',
    'what was not there to be taken away says nothing either',
  );
  assert.equal(together(looks(['half done'], ['done'])), 'half done');
  assert.equal(together([]), 'cannot tell');
});
