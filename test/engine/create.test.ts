import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { createMigration, folder } from '../../server/engine/index.ts';
import { goose, writeMigrations } from '../support/migrations.ts';

const time = new Date('2025-01-31T09:30:00Z');

test('a new migration has the time as its version, a readable name, and both sections', async () => {
  const dir = path.join(await writeMigrations(), 'new', 'folder');
  const made = await createMigration(dir, 'Add phone, to Users', { kind: 'sql', version: time });
  assert.deepEqual(made, {
    version: '20250131093000',
    file: path.join(dir, '20250131093000_add_phone_to_users.sql'),
  });
  assert.equal(await readFile(made.file, 'utf8'), '-- +goose Up\n\n-- +goose Down\n');
});

test('two migrations made in the same second get two versions', async () => {
  const dir = await writeMigrations();
  for (const name of ['one', 'two', 'three'])
    await createMigration(dir, name, { kind: 'sql', version: time });
  assert.deepEqual((await readdir(dir)).toSorted(), [
    '20250131093000_one.sql',
    '20250131093001_two.sql',
    '20250131093002_three.sql',
  ]);
});

test('the next number is the one after the largest that is no time, whatever the files are written in', async () => {
  const next = async (...names: string[]): Promise<string> => {
    const dir = await writeMigrations(Object.fromEntries(names.map((name) => [name, goose('SELECT 1;')])));
    const { file } = await createMigration(dir, 'next', { kind: 'sql', version: 'next number' });
    return path.basename(file);
  };
  assert.equal(await next(), '00001_next.sql');
  assert.equal(await next('7_a.sql', '20250101000000_b.sql'), '00008_next.sql');
  assert.equal(await next('7_a.sql', '00009_b.js', '10_c.go'), '00011_next.sql');
  assert.equal(await next('99999_a.sql'), '100000_next.sql');
  assert.equal(
    await next('20250101000000123_a.sql'),
    '20250101000000124_next.sql',
    'seventeen digits are a number',
  );
});

test('a migration in JavaScript can be imported as it is, and ends as the folder’s package has it', async () => {
  const dir = await writeMigrations();
  const made = await createMigration(dir, 'move', { kind: 'js', version: time });
  assert.equal(path.basename(made.file), '20250131093000_move.mjs');
  const { up, down } = (await import(made.file)) as Record<string, unknown>;
  assert.deepEqual([typeof up, typeof down], ['function', 'function']);
  await writeFile(path.join(dir, 'package.json'), '{ "type": "module" }');
  const inner = await createMigration(path.join(dir, 'inner'), 'move', { kind: 'js', version: time });
  assert.equal(path.basename(inner.file), '20250131093000_move.js');
  await writeFile(path.join(dir, 'package.json'), '{ "type": ');
  assert.match((await createMigration(dir, 'again', { kind: 'js', version: time })).file, /\.mjs$/);
});

test('nothing is overwritten, and what cannot be made is said', async () => {
  const dir = await writeMigrations({ file: '' });
  await assert.rejects(createMigration(dir, '…!', { kind: 'sql', version: time }), /“…!” makes no file name/);
  await assert.rejects(
    createMigration(path.join(dir, 'file'), 'x', { kind: 'sql', version: time }),
    /No file can be made in .*file \(ENOTDIR|EEXIST\)/,
  );
});

test('what create makes is a valid migration', async () => {
  const dir = await writeMigrations();
  await createMigration(dir, 'x', { kind: 'sql', version: time });
  const { migrations, problems, invalid } = await folder(dir).read();
  assert.deepEqual([migrations.length, problems, invalid], [1, [], []]);
});
