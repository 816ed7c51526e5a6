import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fixFolder } from '../../server/engine/index.ts';
import { renameAll } from '../../server/engine/fix.ts';
import { isTimestamp } from '../../server/engine/timestamp.ts';
import { goose, writeMigrations } from '../support/migrations.ts';

async function folderOf(...names: string[]): Promise<string> {
  return writeMigrations(Object.fromEntries(names.map((name) => [name, goose(`SELECT '${name}';`)])));
}

const names = async (dir: string): Promise<string[]> => (await readdir(dir)).toSorted();

test('times become the numbers after the largest, in their order', async () => {
  const dir = await folderOf('00001_a.sql', '7_b.sql', '20250101000001_d.sql', '20250101000000_c.sql');
  assert.deepEqual(await fixFolder(dir, new Set([1n, 7n])), [
    { from: '20250101000000_c.sql', to: '00008_c.sql' },
    { from: '20250101000001_d.sql', to: '00009_d.sql' },
  ]);
  assert.deepEqual(await names(dir), ['00001_a.sql', '00008_c.sql', '00009_d.sql', '7_b.sql']);
  assert.equal(
    await readFile(path.join(dir, '00008_c.sql'), 'utf8'),
    goose(`SELECT '20250101000000_c.sql';`),
  );
  assert.deepEqual(await fixFolder(dir, new Set()), [], 'there is nothing left to rename');
});

test('a number that some database has is not given away again, though its file is gone', async () => {
  const dir = await folderOf('1_a.sql', '20250101000000_b.sql');
  assert.deepEqual(await fixFolder(dir, new Set([1n, 5n])), [
    { from: '20250101000000_b.sql', to: '00006_b.sql' },
  ]);
});

test('where a time is applied nothing is renamed: the new number would come before it', async () => {
  const dir = await folderOf('1_a.sql', '20250101000000_b.sql', '20250102000000_c.sql');
  const before = await names(dir);
  await assert.rejects(
    fixFolder(dir, new Set([1n, 20_250_101_000_000n])),
    /^GanderError: 20250101000000 is applied: whatever gets a number now would come before it\.$/,
  );
  assert.deepEqual(await names(dir), before);
  assert.deepEqual(await fixFolder(dir, new Set([1n, 20_250_101_000_000n, 20_250_102_000_000n])), []);
});

test('an ambiguous folder, and one with migrations in Go, is left alone', async () => {
  const twins = await folderOf('20250101000000_a.sql', '20250101000000_b.sql');
  await assert.rejects(fixFolder(twins, new Set()), /have the same version/);
  const withGo = await folderOf('20250101000000_a.sql', '00004_b.go');
  await assert.rejects(fixFolder(withGo, new Set()), /00004_b\.go is part of the sequence/);
  assert.deepEqual(await names(withGo), ['00004_b.go', '20250101000000_a.sql']);
});

test('a name that is taken stops it before anything is renamed', async () => {
  const dir = await folderOf('20250101000000_a.sql', '20250101000001_b.sql');
  await mkdir(path.join(dir, '00002_b.sql'));
  await assert.rejects(
    fixFolder(dir, new Set()),
    /20250101000001_b\.sql cannot become 00002_b\.sql: that file is there/,
  );
  assert.deepEqual(await names(dir), ['00002_b.sql', '20250101000000_a.sql', '20250101000001_b.sql']);
});

test('what fails half-way is taken back', async () => {
  const dir = await folderOf('20250101000000_a.sql');
  const renamings = [
    { from: '20250101000000_a.sql', to: '00001_a.sql' },
    { from: '20250101000001_gone_meanwhile.sql', to: '00002_b.sql' },
  ];
  await assert.rejects(renameAll(dir, renamings), /No file can be renamed in .* \(ENOENT\)\. None was\./);
  assert.deepEqual(await names(dir), ['20250101000000_a.sql']);
});

test('a time is a date of the calendar after 1970, in fourteen digits', () => {
  const times = [20_250_101_000_000n, 19_700_101_000_001n, 20_240_229_235_959n, 99_991_231_235_959n];
  const numbers = [
    1n,
    19_700_101_000_000n,
    20_251_301_000_000n,
    20_250_229_000_000n,
    20_250_101_240_000n,
    202_501_010_000_001n,
  ];
  assert.deepEqual(
    times.filter((version) => !isTimestamp(version)),
    [],
  );
  assert.deepEqual(numbers.filter(isTimestamp), []);
});
