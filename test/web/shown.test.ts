// What pages say, made by pure functions: the band, the list's groups, SQL, moments and durations.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MigrationState, State } from '../../server/engine/index.ts';
import { formats } from '../../server/engine/history/index.ts';
import { noJournal } from '../../server/engine/journal/index.ts';
import { bandOf } from '../../server/web/band.ts';
import { failureView } from '../../server/web/failure-view.ts';
import { moment } from '../../server/web/format.ts';
import { highlight } from '../../server/web/highlight.ts';
import { group } from '../../server/web/pages/migration_list.ts';
import { duration } from '../../server/words.ts';

function one(
  version: bigint,
  state: MigrationState['state'],
  fileState: MigrationState['fileState'] = 'ok',
): MigrationState {
  const dirty =
    state === 'dirty'
      ? ({ kind: 'rolled back', direction: 'up', runId: '7', since: null, failure: null } as const)
      : null;
  return {
    version,
    name: 'm',
    file: `${version}_m.sql`,
    state,
    fileState,
    migration: null,
    problem: null,
    text: null,
    checksum: null,
    appliedAt: null,
    applied: null,
    dirty,
  };
}

function stateOf(migrations: readonly MigrationState[], more: Partial<State> = {}): State {
  return {
    database: 'shop',
    history: formats.gander({ schema: 'public', name: 'schema_migrations' }),
    historyExists: true,
    journal: noJournal,
    lock: null,
    running: null,
    interrupted: null,
    migrations,
    current: 1n,
    problems: [],
    warnings: [],
    ...more,
  };
}

describe('the band says the truth and offers one thing to do: the most urgent', () => {
  const lock = { pid: 42, application: 'gander run', user: 'app', address: null, connectedAt: null };
  const cases: readonly [State, string, string, string | null][] = [
    [stateOf([one(1n, 'applied')]), 'ok', 'shop on db1: at 1, up to date', null],
    [stateOf([], { current: null }), 'ok', 'shop on db1: nothing applied yet, up to date', null],
    [
      stateOf([one(1n, 'applied'), one(2n, 'pending')]),
      'pending',
      'shop on db1: at 1, 1 pending',
      '/plan?direction=up',
    ],
    [
      stateOf([one(1n, 'applied', 'changed'), one(2n, 'pending')]),
      'warning',
      'shop on db1: at 1, 1 pending',
      '/#attention',
    ],
    [
      stateOf([one(1n, 'applied'), one(2n, 'running')], { running: '7', lock }),
      'running',
      'shop on db1: at 1, run 7 is going on; lock held by gander run (process 42, user app)',
      '/runs/7',
    ],
    [
      stateOf([one(1n, 'applied', 'missing'), one(2n, 'dirty'), one(3n, 'pending')], { running: '7' }),
      'dirty',
      'shop on db1: at 1, 1 pending, 1 dirty, run 7 is going on',
      '/migrations/2/recovery',
    ],
  ];
  for (const [state, tone, sentence, href] of cases) {
    test(`${tone}: ${sentence}`, () => {
      const band = bandOf(state, 'shop on db1');
      assert.deepEqual([band.tone, band.sentence, band.action?.href ?? null], [tone, sentence, href]);
    });
  }
});

test('the list has every migration once: what is dirty first, then what is odd, pending in order, applied newest first', () => {
  const groups = group([
    one(1n, 'applied'),
    one(2n, 'applied', 'missing'),
    one(3n, 'applied'),
    one(4n, 'dirty'),
    one(5n, 'pending'),
    one(6n, 'running'),
  ]);
  const versions = Object.fromEntries(
    Object.entries(groups).map(([name, list]) => [name, list.map(({ version }) => Number(version))]),
  );
  assert.deepEqual(versions, { attention: [4, 2], pending: [5, 6], applied: [3, 1] });
});

describe('SQL in pages', () => {
  test('is escaped, whatever it holds', () => {
    const [line] = highlight(`SELECT '<img src=x onerror="alert(1)">&' -- <script>`, 'evil');
    assert.doesNotMatch(line!, /<(?!\/?span)/);
    assert.match(line!, /&lt;img src=x onerror=&quot;alert\(1\)&quot;&gt;&amp;/);
  });

  test('keeps its lines apart: a comment over several lines is closed on each and goes on in the next', () => {
    const lines = highlight('/* one\ntwo */ SELECT 1;', 'lines');
    assert.equal(lines.length, 2);
    for (const line of lines)
      assert.equal([...line.matchAll(/<span/g)].length, [...line.matchAll(/<\/span>/g)].length, line);
    assert.match(lines[1]!, /^<span class="hljs-comment">two \*\//);
  });

  test('of more than 5,000 lines is plain, and still escaped', () => {
    const lines = highlight(Array.from({ length: 5_001 }, () => 'SELECT 1 < 2;').join('\n'), 'long');
    assert.equal(lines[5_000], 'SELECT 1 &lt; 2;');
  });
});

test('the caret stands under the place, with the tabs of its line', () => {
  const failure = {
    message: 'm',
    detail: null,
    hint: null,
    sqlstate: null,
    context: null,
    statement: 0,
    place: { line: 2, column: 3 },
    exact: true,
  };
  const { where, excerpt } = failureView(failure, 'a\n\t😀x\nc', '1_a.sql');
  assert.equal(where, '1_a.sql:2:3');
  assert.deepEqual(
    excerpt.map(({ text, indent }) => [text, indent]),
    [
      ['a', null],
      ['\t😀x', '\t '],
      ['c', null],
    ],
  );
  assert.deepEqual(failureView(failure, null, null).excerpt, []);
  const vague = failureView({ ...failure, exact: false }, 'a\n\t😀x\nc', '1_a.sql');
  assert.equal(vague.where, '1_a.sql:2');
  assert.deepEqual(
    vague.excerpt.map(({ hit, indent }) => [hit, indent]),
    [
      [false, null],
      [true, null],
      [false, null],
    ],
    'where the server names no place, the line is marked and no caret invents one',
  );
});

test('durations read well at every size', () => {
  for (const [ms, expected] of [
    [0, '0.0 ms'],
    [9.94, '9.9 ms'],
    [9.96, '10 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [59_990, '59.99 s'],
    [60_000, '1 min 0 s'],
    [3_599_400, '59 min 59 s'],
    [7_260_000, '2 h 1 min'],
  ] as const) {
    assert.equal(duration(ms), expected);
  }
});

test('a moment is exact in UTC, and short beside it', () => {
  const now = new Date('2026-11-22T13:00:00Z');
  const ago = (iso: string): string => moment(new Date(iso), now)!.ago;
  assert.deepEqual(moment(new Date('2026-11-22T12:59:58Z'), now), {
    iso: '2026-11-22T12:59:58.000Z',
    exact: '2026-11-22 12:59:58 UTC',
    ago: 'just now',
  });
  assert.equal(ago('2026-11-22T12:59:30Z'), '30 seconds ago');
  assert.equal(ago('2026-11-22T10:00:00Z'), '3 hours ago');
  assert.equal(ago('2026-11-21T12:00:00Z'), 'yesterday');
  assert.equal(ago('2025-11-01T00:00:00Z'), 'last year');
  assert.equal(moment(null), null);
});
