import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../server/words.ts';

test('a time is read as PostgreSQL and as Go write it', () => {
  const times: readonly [string, number][] = [
    ['0', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['10min', 600_000],
    ['5m', 300_000],
    ['1h13m', 4_380_000],
    ['1.5h', 5_400_000],
    ['2h45m30.5s', 9_930_500],
    ['1d', 86_400_000],
    [' 30 s ', 30_000],
    ['250us', 1],
    ['1µs', 1],
    ['0s', 0],
  ];
  for (const [text, ms] of times) assert.equal(parseDuration(text), ms, text);
});

test('a number without a unit, which could be seconds or milliseconds, is refused, as is what is no time', () => {
  for (const text of ['', '5', '30 sec', 's', '-1s', '1s2', '1 h 5', '1e3s', '1m s'])
    assert.throws(() => parseDuration(text), /^Error: must be a time with its unit/, text);
  assert.throws(() => parseDuration('25d'), /^Error: must be less than 25 days/);
  assert.equal(parseDuration('24d'), 2_073_600_000);
});
