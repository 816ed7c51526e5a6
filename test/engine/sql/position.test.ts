import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Place, Statement } from '../../../server/engine/migration.ts';
import { excerpt, placeAt, placeOf } from '../../../server/engine/sql/position.ts';
import { parse, up, upWithoutTransaction } from './parse.ts';
import { random } from './random.ts';

const ENV = { LONG: 'a value\nof two lines 😀', EMPTY: '', ONE: '1' };

/** The place the server would name for the first X in what is sent; in what is written the place is at the X too. */
const places: [title: string, sql: string, place: string][] = [
  ['the first character', 'X;', '2:1'],
  ['after spaces and a comment', '  -- a\n   SELECT X;', '3:11'],
  ['after a tab, which is one column', '\tSELECT\tX;', '2:9'],
  ['after an emoji, which is one column', "SELECT '😀é名', X;", '2:15'],
  ['in a later line', "SELECT '😀',\n  '😀', X;", '3:8'],
  ['in a later statement of a line', "SELECT '😀'; SELECT X;", '2:20'],
  ['in a block', '-- +goose StatementBegin\nSELECT 1;\nSELECT X\n-- +goose StatementEnd', '4:8'],
  ['after an annotation inside of the statement', 'SELECT 1,\n-- +goose ENVSUB OFF\n  X;', '4:3'],
  ['after a variable', "-- +goose ENVSUB ON\nSELECT '$LONG', X;", '3:17'],
  ['after an empty variable', '-- +goose ENVSUB ON\nSELECT ${EMPTY} X;', '3:17'],
  ['after a doubled dollar', "-- +goose ENVSUB ON\nSELECT '$$$$', X;", '3:16'],
  ['in a line without variables after one with them', "-- +goose ENVSUB ON\nSELECT '$LONG',\n😀 X;", '4:3'],
];

for (const [title, sql, place] of places) {
  test(`an error is shown in the file: ${title}`, () => {
    const text = up(sql);
    const statement = parse(text, ENV).up.statements.find((found) => found.sql.includes('X'));
    assert.ok(statement);
    assert.equal(
      shown(placeOf(text, statement, positionOf(statement.sql, statement.sql.indexOf('X')))),
      place,
    );
  });
}

test('an error inside of a value is shown where the variable is written', () => {
  const text = up('-- +goose ENVSUB ON\nSELECT 1, ${LONG}, 2;');
  const [statement] = parse(text, ENV).up.statements;
  assert.ok(statement);
  for (const word of ['a value', 'two', '😀']) {
    assert.equal(
      shown(placeOf(text, statement, positionOf(statement.sql, statement.sql.indexOf(word)))),
      '3:11',
    );
  }
  assert.equal(
    shown(placeOf(text, statement, positionOf(statement.sql, statement.sql.indexOf(', 2')))),
    '3:18',
  );
});

test('an error at the end of the input is shown after the last character, and so is one beyond it', () => {
  const text = up("SELECT '😀' FROM;");
  const [statement] = parse(text).up.statements;
  assert.ok(statement);
  const end = [...new Intl.Segmenter().segment(statement.sql)].length + 1;
  assert.equal(shown(placeOf(text, statement, end)), '2:16');
  assert.equal(shown(placeOf(text, statement, end + 100)), '2:16');
  assert.equal(shown(placeOf(text, statement, 0)), '2:1');
});

test('in a file of Windows places count as in the normalised text', () => {
  const file = '-- +goose Up\r\nSELECT 1,\r\n  X;\r\n';
  const [statement] = parse(file).up.statements;
  assert.ok(statement);
  assert.equal(
    shown(placeOf(file.replaceAll('\r\n', '\n'), statement, statement.sql.indexOf('X') + 1)),
    '3:3',
  );
});

test('the place of an offset', () => {
  const text = 'a😀b\n\nc';
  const offsets: [number, string][] = [
    [0, '1:1'],
    [1, '1:2'],
    [3, '1:3'],
    [4, '1:4'],
    [5, '2:1'],
    [6, '3:1'],
    [7, '3:2'],
    [99, '3:2'],
    [-1, '1:1'],
  ];
  for (const [offset, place] of offsets) assert.equal(shown(placeAt(text, offset)), place);
  assert.equal(shown(placeAt('', 0)), '1:1');
});

test('the excerpt is the line with its neighbours', () => {
  const text = 'one\ntwo\nthree\nfour\nfive\nsix\n';
  const lines = (line: number, context?: number) =>
    excerpt(text, { line, column: 2 }, context).map(({ number, text: shownText, caret }) => [
      number,
      shownText,
      caret,
    ]);
  assert.deepEqual(lines(3, 1), [
    [2, 'two', null],
    [3, 'three', 2],
    [4, 'four', null],
  ]);
  assert.deepEqual(
    lines(1).map(([number]) => number),
    [1, 2, 3],
  );
  assert.deepEqual(
    lines(6).map(([number]) => number),
    [4, 5, 6],
  );
  assert.deepEqual(excerpt('', { line: 1, column: 1 }), [{ number: 1, text: '', caret: 1 }]);
});

test('a long line is cut round the caret', () => {
  const text = `${'a'.repeat(500)}X${'b'.repeat(500)}\n${'c'.repeat(500)}`;
  const [line, next] = excerpt(text, { line: 1, column: 501 });
  assert.ok(line && next);
  assert.equal(Array.from(line.text)[(line.caret ?? 0) - 1], 'X');
  assert.match(line.text, /^…a{100}Xb{99}…$/);
  assert.match(next.text, /^c{200}…$/);
  assert.equal(next.caret, null);
});

test('a long line of emoji is cut between characters', () => {
  for (const before of ['', 'a']) {
    const text = `${before}${'😀'.repeat(300)}X${'😀'.repeat(300)}`;
    const [line] = excerpt(text, { line: 1, column: 301 + before.length });
    assert.ok(line);
    assert.equal(Array.from(line.text)[(line.caret ?? 0) - 1], 'X');
    assert.doesNotMatch(line.text, /\p{Surrogate}/u);
  }
});

test('the ends of a long line are shown without an ellipsis on that side', () => {
  const text = 'x'.repeat(300);
  assert.match(excerpt(text, { line: 1, column: 1 })[0]?.text ?? '', /^x{200}…$/);
  const last = excerpt(text, { line: 1, column: 301 })[0];
  assert.match(last?.text ?? '', /^…x{200}$/);
  assert.equal(last?.caret, 202);
});

test('whatever the file, each character that was not put in is traced back to itself', () => {
  const pieces = [
    'SELECT 1',
    ', 2',
    ';\n',
    '\n',
    "'a😀'",
    '$ONE',
    '${EMPTY}',
    '${LONG:0:1}',
    '$$',
    '-- +goose ENVSUB OFF\n',
    '\n-- +goose ENVSUB ON\n',
    '/* é */',
    '; ',
    '\n-- c\n',
  ];
  const { pick, below } = random(3);
  let checked = 0;
  for (let round = 0; round < 3000; round++) {
    const sql = Array.from({ length: 2 + below(15) }, () => pick(pieces)).join('');
    const text = (below(2) === 0 ? up : upWithoutTransaction)(`-- +goose ENVSUB ON\n${sql}\n;`);
    const statements = attempt(text);
    for (const statement of statements) checkSegments(text, statement);
    checked += statements.length;
  }
  assert.ok(checked > 1000, `only ${checked} statements`);
});

function checkSegments(text: string, { sql, segments, offset, text: written }: Statement): void {
  assert.equal(text.slice(offset, offset + written.length), written);
  let next = 0;
  for (const segment of segments) {
    assert.equal(segment.sql, next);
    next += segment.length;
    assert.ok(segment.file >= offset && segment.file <= offset + written.length);
    if (segment.fixed) assert.match(text.slice(segment.file), /^\$/);
    else assert.equal(text.slice(segment.file, segment.file + segment.length), sql.slice(segment.sql, next));
  }
  assert.equal(next, sql.length);
}

/** Heaps of pieces need not be files. */
function attempt(text: string): readonly Statement[] {
  try {
    return parse(text, ENV).up.statements;
  } catch {
    return [];
  }
}

/** As the server counts: code points, from 1. */
function positionOf(sql: string, offset: number): number {
  return Array.from(sql.slice(0, offset)).length + 1;
}

function shown({ line, column }: Place): string {
  return `${line}:${column}`;
}
