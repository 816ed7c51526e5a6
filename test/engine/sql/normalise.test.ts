import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum } from '../../../server/engine/sql/checksum.ts';
import { normalise } from '../../../server/engine/sql/normalise.ts';
import { refusal } from './parse.ts';

const FILE = '1_a.sql';

const texts: [title: string, file: string, text: string][] = [
  ['a byte order mark is taken off', '\u{feff}SELECT 1;\n', 'SELECT 1;\n'],
  ['a byte order mark further down stays', 'SELECT \u{feff}1;', 'SELECT \u{feff}1;'],
  ['line ends of Windows become line feeds, also inside strings', "SELECT 'a\r\nb';\r\n", "SELECT 'a\nb';\n"],
  ['a carriage return of its own stays', 'a\rb\n', 'a\rb\n'],
  ['only the carriage return before the line feed goes', 'a\r\r\nb', 'a\r\nb'],
  ['an empty file is an empty text', '', ''],
  ['letters of all lengths are kept', 'é 名 😀', 'é 名 😀'],
];

for (const [title, file, text] of texts) {
  test(title, () => assert.equal(normalise(Buffer.from(file), FILE), text));
}

const refused: [title: string, file: Buffer, message: RegExp, where: string][] = [
  [
    'a file that is not UTF-8 is refused with the line',
    latin1('-- +goose Up\n\xe9\n'),
    /not UTF-8/,
    `${FILE}:2:1`,
  ],
  ['a character cut off at the end of the file is refused', latin1('a\nb\xc3'), /not UTF-8/, `${FILE}:2:1`],
  ['a surrogate in UTF-8 is refused', latin1('\xed\xa0\x80'), /not UTF-8/, `${FILE}:1:1`],
  [
    'a UTF-16 file is called by its name',
    Buffer.from('\u{feff}SELECT 1', 'utf16le'),
    /UTF-16/,
    `${FILE}:1:1`,
  ],
  ['a NUL is refused with its place', Buffer.from("a\n😀'\0'"), /NUL/, `${FILE}:2:3`],
];

for (const [title, file, message, where] of refused) {
  test(title, () => {
    const answer = refusal(() => normalise(file, FILE));
    assert.match(answer.message, message);
    assert.equal(answer.where, where);
  });
}

test('a file over 64 MiB is refused', () => {
  const answer = refusal(() => normalise(new Uint8Array(64 * 1024 * 1024 + 1), FILE));
  assert.match(answer.message, /larger than 64 MiB/);
});

test('the checksum is the SHA-256 of the text in UTF-8', () => {
  assert.equal(checksum('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(checksum('é'), '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
});

test('a file has the same checksum with either kind of line end', () => {
  const [windows, unix] = ['a\r\nb\r\n', 'a\nb\n'].map((text) =>
    checksum(normalise(Buffer.from(text), FILE)),
  );
  assert.equal(windows, unix);
});

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
