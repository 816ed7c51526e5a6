// Two texts compared line by line, and two lines letter by letter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareTexts } from '../../../server/engine/file-diff/compare.ts';
import { compareWithin } from '../../../server/engine/file-diff/within.ts';

const SIGNS = { both: ' ', old: '-', new: '+' } as const;

function told(before: string, after: string): string[] {
  return compareTexts(before, after).map((line) => SIGNS[line.in] + line.text);
}

/** The length of the longest common subsequence, by the textbook. */
function common(a: readonly string[], b: readonly string[]): number {
  let row = b.map(() => 0);
  for (const one of a) {
    let [left, corner] = [0, 0];
    row = row.map((above, at) => {
      const best = one === b[at] ? corner + 1 : Math.max(above, left);
      corner = above;
      left = best;
      return best;
    });
  }
  return row.at(-1) ?? 0;
}

test('lines are told to be in both, taken away or added, with their numbers', () => {
  assert.deepEqual(told('a\nb\nc', 'a\nx\nc\nd'), [' a', '-b', '+x', ' c', '+d']);
  assert.deepEqual(told('', 'a'), ['+a']);
  assert.deepEqual(told('a', ''), ['-a']);
  assert.deepEqual(told('a', 'a'), [' a']);
  assert.deepEqual(compareTexts('a\nb', 'b', { old: 5, new: 9 }), [
    { in: 'old', text: 'a', old: 5 },
    { in: 'both', text: 'b', old: 6, new: 9 },
  ]);
});

test('of any two texts the comparison gives both back, with as few differences as there can be', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const text = (): string[] => Array.from({ length: random(14) }, () => 'abc'[random(3)]!);
  for (let round = 0; round < 3_000; round++) {
    const [a, b] = [text(), text()];
    const lines = compareTexts(a.join('\n'), b.join('\n'));
    const side = (which: 'old' | 'new'): string =>
      lines.flatMap((line) => (line.in === 'both' || line.in === which ? [line.text] : [])).join('\n');
    assert.equal(side('old'), a.join('\n'));
    assert.equal(side('new'), b.join('\n'));
    assert.equal(
      lines.filter((line) => line.in === 'both').length,
      common(a, b),
      `${a.join('')} ${b.join('')}`,
    );
  }
});

test('very long files are compared in time, however much differs', (t) => {
  const lines = Array.from({ length: 50_000 }, (_one, at) => `INSERT INTO t VALUES (${at});`);
  const cases = {
    few: lines.map((line, at) => (at % 500 === 0 ? `${line} -- changed` : line)),
    all: lines.map((line) => `${line} -- changed`),
    turned: lines.toReversed(),
    repeated: lines.map(() => 'x'),
  };
  for (const [name, changed] of Object.entries(cases)) {
    const begun = performance.now();
    const compared = compareTexts(lines.join('\n'), changed.join('\n'));
    const ms = performance.now() - begun;
    t.diagnostic(`${name}: ${ms.toFixed(0)} ms`);
    assert.ok(compared.length >= 50_000);
    assert.ok(ms < 2_000, `${name}: ${ms} ms`);
  }
});

test('within a changed line what differs is marked, and letters are not torn', () => {
  const marked = (parts: readonly { text: string; marked: boolean }[]): string =>
    parts.map(({ text, marked: isMarked }) => (isMarked ? `[${text}]` : text)).join('');
  const { old, new: now } = compareWithin('ADD COLUMN phone text;', 'ADD COLUMN mobile text;');
  assert.deepEqual([marked(old), marked(now)], ['ADD COLUMN [phon]e text;', 'ADD COLUMN [mobil]e text;']);
  const faces = compareWithin("SELECT '\u{1F600}';", "SELECT '\u{1F601}';");
  assert.deepEqual(marked(faces.new), "SELECT '[\u{1F601}]';");
  const other = compareWithin('DROP TABLE a;', 'SELECT 1');
  assert.deepEqual([marked(other.old), marked(other.new)], ['DROP TABLE a;', 'SELECT 1']);
});
