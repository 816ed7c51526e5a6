import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromGoose } from '../../server/cli/goose-arguments.ts';

const CASES: readonly [given: string[], read: string[]][] = [
  [['up'], ['up']],
  [
    ['-dir', 'm', 'up'],
    ['--dir', 'm', 'up'],
  ],
  [
    ['-dir=m', '-allow-missing', 'up'],
    ['--dir=m', 'up', '--allow-missing'],
  ],
  [
    ['--dir', 'm', 'up'],
    ['--dir', 'm', 'up'],
  ],
  [
    ['-dir', 'm', 'postgres', 'host=a dbname=b', 'up-to', '5'],
    ['--dir', 'm', '--database', 'host=a dbname=b', 'up-to', '5'],
  ],
  [
    ['postgres', 'postgres://h/d', 'status'],
    ['--database', 'postgres://h/d', 'status'],
  ],
  [
    ['--dir', 'postgres', 'up'],
    ['--dir', 'postgres', 'up'],
  ],
  [
    ['create', 'postgres', 'sql'],
    ['create', 'postgres', 'sql'],
  ],
  [
    ['create', 'x', '-s'],
    ['create', 'x', '-s'],
  ],
  [['postgres'], ['postgres']],
  [
    ['-s', 'create', 'x', 'sql'],
    ['create', 'x', 'sql', '-s'],
  ],
  [[], []],
];

test('a command line of goose is read as one of ours', () => {
  for (const [given, read] of CASES) assert.deepEqual(fromGoose(given), read, given.join(' '));
});
