import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { test } from 'node:test';
import { folder } from '../../server/engine/index.ts';
import { GanderError } from '../../server/engine/errors.ts';
import { parseFileName } from '../../server/engine/filename.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';

const GOOD: readonly [string, bigint, string][] = [
  ['1_a.sql', 1n, 'a'],
  ['00001_first.sql', 1n, 'first'],
  ['20250101000000_init.sql', 20_250_101_000_000n, 'init'],
  ['9223372036854775807_last.sql', 9_223_372_036_854_775_807n, 'last'],
  ['5_.sql', 5n, ''],
  ['5_two_words.up.sql', 5n, 'two_words.up'],
];

const BAD: readonly [string, RegExp][] = [
  ['0_x.sql', /has the version 0/],
  ['-5_x.sql', /does not begin with a version in digits/],
  ['+5_x.sql', /does not begin with a version in digits/],
  ['x.sql', /has no “_”/],
  ['1.sql', /has no “_”/],
  ['a_b.sql', /does not begin with a version/],
  ['9223372036854775808_x.sql', /beyond the largest bigint/],
  ['1 _x.sql', /does not begin with a version in digits/],
  ['٣_x.sql', /does not begin with a version in digits/],
];

test('a file’s name gives its version and its name', () => {
  for (const [file, version, name] of GOOD) assert.deepEqual(parseFileName(file), { version, name, file });
});

test('a name that gives no version is an error that says the rule', () => {
  for (const [file, expected] of BAD) {
    const error = parseFileName(file);
    assert.ok(error instanceof GanderError, file);
    assert.match(error.message, expected, file);
    assert.equal(error.file, file);
  }
});

test('migrations are read in the order of their numbers, not of their names', async () => {
  const dir = await writeMigrations({
    '10_b.sql': goose('SELECT 1;'),
    '9_a.sql': goose('SELECT 1;'),
    '0000000000000000000011_c.sql': goose('SELECT 1;'),
  });
  const { migrations } = await folder(dir).read();
  assert.deepEqual(
    migrations.map(({ version }) => version),
    [9n, 10n, 11n],
  );
});

test('an empty folder is no error; a missing one and a file in its place are', async () => {
  const dir = await writeMigrations();
  assert.deepEqual(await folder(dir).read(), { migrations: [], invalid: [], problems: [], warnings: [] });
  await assert.rejects(folder(path.join(dir, 'gone')).read(), {
    code: 'source_missing',
    message: /does not exist/,
  });
  await writeFile(path.join(dir, 'file'), '');
  await assert.rejects(folder(path.join(dir, 'file')).read(), {
    code: 'source_missing',
    message: /is a file/,
  });
});

test('what looks like a migration but is not read is told', async () => {
  const dir = await writeMigrations({
    ...shop,
    '4_LOUD.SQL': '',
    '5_backup.sql~': '',
    '._6_mac.sql': '',
    '.hidden.sql': '',
    '7_in_go.go': '',
    'README.md': '',
    'embed.go': '',
  });
  await mkdir(path.join(dir, 'old'));
  const { migrations, warnings } = await folder(dir).read();
  assert.equal(migrations.length, 3);
  assert.deepEqual(warnings.map(({ file }) => file).toSorted(), [
    '._6_mac.sql',
    '.hidden.sql',
    '4_LOUD.SQL',
    '5_backup.sql~',
    '7_in_go.go',
    'old',
  ]);
});

test('JavaScript beside migrations is passed over, unless its name begins with a version', async () => {
  const dir = await writeMigrations({
    'package.json': '{}',
    'knexfile.js': 'throw new Error("not a migration");',
    'lib_tables.mjs': '',
    '1_a.d.ts': '',
    '1_a.test.js': '',
    '1_a.spec.ts': '',
    '1_a.js.map': '{}',
    '.2_b.js': '',
    '3_c.JS': '',
    '4_d.mjs.bak': '',
  });
  await mkdir(path.join(dir, 'node_modules'));
  const { files, problems, warnings } = await folder(dir).list();
  assert.deepEqual([files, problems], [[], []]);
  assert.deepEqual(warnings.map(({ file, message }) => `${file}: ${message}`).toSorted(), [
    '.2_b.js: Not read: its name begins with a dot.',
    '3_c.JS: Not read: its name must end with .js in lower case.',
    '4_d.mjs.bak: Not read: it looks like a copy left by an editor.',
  ]);
});

test('a JavaScript file with a version has to be named as well as any other', async () => {
  const dir = await writeMigrations({
    '20250101000000-add.js': '',
    '1.mjs': '',
    '0_x.cjs': '',
    '2_b.ts': '',
  });
  const { files, problems } = await folder(dir).list();
  assert.deepEqual(files, [{ version: 2n, name: 'b', file: '2_b.ts' }]);
  assert.deepEqual(problems.map(({ message }) => message).toSorted(), [
    '0_x.cjs has the version 0: versions begin at 1.',
    '1.mjs has no “_” between its version and its name.',
    '20250101000000-add.js has no “_” between its version and its name.',
  ]);
  const dashed = problems.find(({ file }) => file === '20250101000000-add.js');
  assert.match(dashed!.next!, /^Name it like 20250131093000_create_users\.js,/);
});

test('SQL and JavaScript of one version are twins, and what was built lies beside what it was built from', async () => {
  const dir = await writeMigrations({
    '1_a.sql': '',
    '1_a.js': '',
    '2_b.ts': '',
    '2_b.js': '',
    '3_c.mts': '',
    '3_c.mjs': '',
  });
  const { files, problems } = await folder(dir).list();
  assert.deepEqual(
    files.map(({ version }) => version),
    [1n, 2n, 3n],
  );
  assert.deepEqual(
    problems.map(({ message, next }) => `${message} ${next?.split(/[.:] /)[0]}`),
    [
      '1_a.js and 1_a.sql have the same version, 1. Rename one of them',
      '2_b.js and 2_b.ts have the same version, 2. 2_b.js looks like what 2_b.ts was built to',
      '3_c.mjs and 3_c.mts have the same version, 3. 3_c.mjs looks like what 3_c.mts was built to',
    ],
  );
});

test('two files of one version are named both, and a pair of golang-migrate is recognised', async () => {
  const twins = await folder(
    await writeMigrations({ '1_a.sql': goose('SELECT 1;'), '001_b.sql': goose('SELECT 1;') }),
  ).read();
  assert.deepEqual(
    twins.problems.map(({ message }) => message),
    ['001_b.sql and 1_a.sql have the same version, 1.'],
  );
  const pair = await folder(
    await writeMigrations({ '1_a.up.sql': 'SELECT 1;', '1_a.down.sql': 'SELECT 1;' }),
  ).read();
  assert.match(pair.problems[0]!.next!, /looks like golang-migrate’s/);
});

test('a file that cannot be read as a migration is listed with its error, and the others with it', async () => {
  const dir = await writeMigrations({
    ...shop,
    '4_no_up.sql': 'SELECT 1;\n',
    '5_latin1.sql': Buffer.from([0x2d, 0x2d, 0x20, 0xe9, 0x0a]),
    '6_nul.sql': `-- +goose Up\nSELECT '\0';\n`,
  });
  const { migrations, invalid } = await folder(dir).read();
  assert.equal(migrations.length, 3);
  assert.deepEqual(
    invalid.map(({ file, problem }) => [file, problem.file, problem.place?.line]),
    [
      ['4_no_up.sql', '4_no_up.sql', 1],
      ['5_latin1.sql', '5_latin1.sql', 1],
      ['6_nul.sql', '6_nul.sql', 2],
    ],
  );
});

test('a byte order mark and Windows line ends do not change what a file is', async () => {
  const unix = goose('CREATE TABLE a (\n  id int\n);');
  const { migrations } = await folder(
    await writeMigrations({ '1_unix.sql': unix, '2_dos.sql': `\uFEFF${unix.replaceAll('\n', '\r\n')}` }),
  ).read();
  assert.equal(migrations[0]?.checksum, migrations[1]?.checksum);
});

test('an edited file is seen at once', async () => {
  const dir = await writeMigrations(shop);
  const source = folder(dir);
  const before = (await source.read()).migrations[0]!.checksum;
  await writeFile(path.join(dir, '1_create_users.sql'), goose('SELECT 2;'));
  assert.notEqual((await source.read()).migrations[0]!.checksum, before);
});

test('an edit that keeps a file’s length and time is seen, also long after it was first read', async () => {
  const dir = await writeMigrations({ '1_a.sql': goose('SELECT 1;') });
  const file = path.join(dir, '1_a.sql');
  const source = folder(dir);
  const time = new Date('2025-01-01');
  const read = async (): Promise<string> => (await source.read()).migrations[0]!.text;
  await utimes(file, time, time);
  await sleep(2_100);
  assert.equal(await read(), goose('SELECT 1;'));
  for (const text of [goose('SELECT 2;'), goose('SELECT 3;')]) {
    await writeFile(file, text);
    await utimes(file, time, time);
    assert.equal(await read(), text);
  }
});
