import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from '../../../server/engine/sql/redact.ts';

const cases: [title: string, message: string, secrets: Record<string, string>, wanted: string][] = [
  ['a value is replaced wherever it is', 'a hunter2 b hunter2', { PW: 'hunter2' }, 'a ${PW} b ${PW}'],
  ['the longest value wins', 'secret-long', { A: 'secret', B: 'secret-long' }, '${B}'],
  ['values that follow each other are both replaced', 'abcdef', { A: 'abc', B: 'def' }, '${A}${B}'],
  ['a name that was put in is not searched again', 'the value', { X: 'value', Y: 'X}…' }, 'the ${X}'],
  ['a value of one or two characters is left', 'id 1 of x1', { A: '1', B: 'x1', C: '' }, 'id 1 of x1'],
  [
    'signs of regular expressions mean nothing',
    'a.*b (c) $& aXXb',
    { A: 'a.*b', B: '(c)', C: '$& ' },
    '${A} ${B} ${C}aXXb',
  ],
  [
    'a name that the server has folded to lower case',
    'role "appuser" does not exist',
    { ROLE: 'AppUser' },
    'role "${ROLE}" does not exist',
  ],
  ['a value of several lines', 'x a\nb y', { V: 'a\nb' }, 'x ${V} y'],
  [
    'the one word of a value that the server stumbled over',
    'Token "s3cret" is invalid',
    { PW: 's3cret part2 x' },
    'Token "${PW}" is invalid',
  ],
  ['a value with its quotes doubled', "syntax: 'it''s mine'", { V: "it's mine" }, "syntax: '${V}'"],
  ['a value with its backslashes read', 'got pass123', { V: String.raw`pass\123` }, 'got ${V}'],
  [
    'a value cut to the length of a name',
    `identifier "${'k'.repeat(63)}"`,
    { KEY: 'k'.repeat(70) },
    'identifier "${KEY}"',
  ],
  ['without secrets nothing changes', 'as it is', {}, 'as it is'],
];

for (const [title, message, secrets, wanted] of cases) {
  test(title, () => {
    const list = Object.entries(secrets).map(([name, value]) => ({ name, value }));
    assert.equal(redact(message, list), wanted);
  });
}
