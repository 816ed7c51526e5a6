import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { folder, isReversible, type Migration } from '../../../server/engine/index.ts';
import { loadModule } from '../../../server/engine/modules/load.ts';
import { goose, writeMigrations } from '../../support/migrations.ts';

const UP = 'export async function up(client) {}\n';
const DOWN = 'export async function down(client) {}\n';

/** `process.features.typescript` is not known to Node 20. */
const runsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);

async function only(files: Readonly<Record<string, string>>): Promise<Migration> {
  const { migrations, invalid } = await folder(await writeMigrations(files)).read();
  assert.deepEqual(
    invalid.map(({ problem }) => problem.message),
    [],
  );
  assert.equal(migrations.length, 1);
  return migrations[0]!;
}

async function problemOf(files: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const { invalid } = await folder(await writeMigrations(files)).read();
  assert.equal(invalid.length, 1);
  const { problem } = invalid[0]!;
  assert.equal(problem.code, 'invalid_file');
  assert.equal(problem.file, invalid[0]!.file);
  return { message: problem.message, next: problem.next, where: problem.where };
}

const FORMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'an ES module': { '1_a.mjs': UP + DOWN },
  'an ES module named .js': { '1_a.js': UP + DOWN, 'package.json': '{"type":"module"}' },
  'constants that are functions': {
    '1_a.mjs': 'export const up = async () => {}, down = async () => {};',
  },
  'a default export': { '1_a.mjs': 'export default { async up() {}, async down() {} };' },
  'a default export that is an object of a class': {
    '1_a.mjs': 'class Change { up() {} down() {} }\nexport default new Change();',
  },
  CommonJS: { '1_a.cjs': 'exports.up = async () => {};\nexports.down = async () => {};' },
  'module.exports': { '1_a.cjs': 'module.exports = { async up() {}, async down() {} };' },
  'CommonJS named .js': {
    '1_a.js': 'module.exports = { async up() {}, async down() {} };',
    'package.json': '{"type":"commonjs"}',
  },
  'what a compiler makes of a default export': {
    '1_a.cjs':
      'Object.defineProperty(exports, "__esModule", { value: true });\nexports.default = { up() {}, down() {} };',
  },
};

for (const [form, files] of Object.entries(FORMS)) {
  test(`a migration may be ${form}`, async () => {
    const { version, name, text, checksum, script } = await only(files);
    assert.deepEqual([version, name], [1n, 'a']);
    assert.equal(text, Object.values(files)[0]);
    assert.match(checksum, /^[0-9a-f]{64}$/);
    assert.equal(script.transaction, true);
    assert.deepEqual([script.up.statements, script.down.statements, script.warnings], [[], [], []]);
    assert.equal(isReversible(script), true);
  });
}

test('a module without down is irreversible, and so is one that says null', async () => {
  assert.equal(isReversible((await only({ '1_a.mjs': UP })).script), false);
  assert.equal(isReversible((await only({ '1_a.mjs': `${UP}export const down = null;` })).script), false);
});

test('a module says by an export that it wants no transaction', async () => {
  const named = await only({ '1_a.mjs': `${UP}export const transaction = false;` });
  assert.equal(named.script.transaction, false);
  const byDefault = await only({ '1_a.mjs': 'export default { up() {}, transaction: false };' });
  assert.equal(byDefault.script.transaction, false);
  const common = await only({ '1_a.cjs': 'module.exports = { up() {}, transaction: false };' });
  assert.equal(common.script.transaction, false);
});

test('a module says by exports how patient it is, and that it may come late', async () => {
  const { script } = await only({
    '1_a.mjs': `${UP}export const lockTimeout = 30_000, statementTimeout = 0, outOfOrder = true;`,
  });
  assert.deepEqual(script.settings, {
    lockTimeout: 30_000,
    statementTimeout: 0,
    outOfOrder: true,
    allowances: [],
  });
  const { settings } = (await only({ '1_a.mjs': UP })).script;
  assert.deepEqual(settings, {
    lockTimeout: null,
    statementTimeout: null,
    outOfOrder: false,
    allowances: [],
  });
  for (const [wrong, message] of [
    ['lockTimeout = "30s"', '`lockTimeout` as a string, not as a number of milliseconds.'],
    ['statementTimeout = -1', '`statementTimeout` as -1, not as a number of milliseconds.'],
    ['lockTimeout = NaN', '`lockTimeout` as NaN, not as a number of milliseconds.'],
    ['outOfOrder = 1', '`outOfOrder` as 1, not as true or false.'],
  ]) {
    const problem = await problemOf({ '1_a.mjs': `${UP}export const ${wrong};` });
    assert.equal(problem['message'], `1_a.mjs exports ${message}`);
  }
});

test('a function of a default export may speak of its object as this', async () => {
  const { script } = await only({
    '1_a.mjs': 'export default { what: "SELECT 1", up(client) { return client.query(this.what); } };',
  });
  const asked: string[] = [];
  await script.module!.up({ query: async (text: string) => void asked.push(text) } as never);
  assert.deepEqual(asked, ['SELECT 1']);
});

test('a module that is not what a migration has to be is told what is missing and what to do', async () => {
  const without = await problemOf({ '1_a.mjs': DOWN });
  assert.equal(without['message'], '1_a.mjs does not export a function `up`, only `down`.');
  assert.match(without['next'] as string, /^Write `export async function up\(client\)/);
  const nothing = await problemOf({ '1_a.cjs': '' });
  assert.equal(nothing['message'], '1_a.cjs does not export a function `up`.');
  const nameless = await problemOf({ '1_a.mjs': 'export default async function (client) {}' });
  assert.match(nameless['message'] as string, /it exports a function without that name\.$/);
  const text = await problemOf({ '1_a.mjs': 'export const up = "SELECT 1";' });
  assert.equal(text['message'], '1_a.mjs exports `up` as a string, not as a function.');
  const down = await problemOf({ '1_a.mjs': `${UP}export const down = ["DROP TABLE a"];` });
  assert.equal(down['message'], '1_a.mjs exports `down` as an array, not as a function.');
  assert.match(down['next'] as string, /irreversible/);
  const transaction = await problemOf({ '1_a.mjs': `${UP}export const transaction = "no";` });
  assert.equal(transaction['message'], '1_a.mjs exports `transaction` as a string, not as true or false.');
});

test('an export that Gander does not know is remarked: a misspelt down would be missed too late', async () => {
  const { script } = await only({ '1_a.mjs': `${UP}export async function dwon() {}` });
  assert.deepEqual(
    script.warnings.map(({ file, message }) => [file, message]),
    [
      [
        '1_a.mjs',
        'The export `dwon` means nothing to Gander, which reads `up`, `down`, `transaction`, `lockTimeout`, `statementTimeout`, `outOfOrder`.',
      ],
    ],
  );
});

test('a module that throws, does not parse or lacks what it imports is told with its place', async () => {
  const throws = await problemOf({ '1_a.mjs': `${UP}\nconst user = undefined;\nuser.name;\n` });
  assert.equal(throws['where'], '1_a.mjs:4:6');
  assert.match(
    throws['message'] as string,
    /^1_a\.mjs fails while it is loaded: TypeError: Cannot read prop/,
  );
  const common = await problemOf({ '1_a.cjs': '/* 𝒳 */ null.x;' });
  assert.equal(common['where'], '1_a.cjs:1:14');
  const odd = await problemOf({ '1_a.mjs': 'throw "no";' });
  assert.equal(odd['message'], '1_a.mjs fails while it is loaded: no.');
  const wrong = await problemOf({ '1_a.cjs': '\nexports.up = function ( {\n' });
  assert.match(wrong['where'] as string, /^1_a\.cjs:\d:\d+$/);
  assert.match(wrong['message'] as string, /^1_a\.cjs does not parse: /);
  const wrongModule = await problemOf({ '1_a.mjs': 'export function up( {' });
  assert.match(wrongModule['message'] as string, /^1_a\.mjs does not parse: /);
  assert.match(wrongModule['next'] as string, /node --check 1_a\.mjs/);
  const gone = await problemOf({ '1_a.mjs': `import { x } from './gone.mjs';\n${UP}` });
  assert.match(gone['message'] as string, /^1_a\.mjs imports what is not there: Cannot find module/);
  const missing = await problemOf({ '1_a.cjs': 'require("not-installed-anywhere");' });
  assert.match(
    missing['message'] as string,
    /imports what is not there: Cannot find module 'not-installed-any/,
  );
  assert.doesNotMatch(missing['message'] as string, /Require stack/);
  const nameless = await problemOf({ '1_a.mjs': `import { nothing } from 'node:fs';\n${UP}` });
  assert.match(nameless['message'] as string, /imports what is not there.*'nothing'/);
});

test('a module of the other kind than its package says is told how to be named', async () => {
  const common = await problemOf({
    '1_a.js': 'module.exports = { up() {} };',
    'package.json': '{"type":"module"}',
  });
  assert.match(common['next'] as string, /^Name it \.cjs/);
  const es = await problemOf({ '1_a.js': UP, 'package.json': '{"type":"commonjs"}' });
  assert.match(es['next'] as string, /^Name it \.mjs/);
});

test('a module that waits for ever while it is loaded does not make everyone wait', async () => {
  const text = `${UP}await new Promise(() => {});`;
  const dir = await writeMigrations({ '1_a.mjs': text });
  const file = { path: path.join(dir, '1_a.mjs'), file: '1_a.mjs', text, checksum: '' };
  await assert.rejects(loadModule(file, 200), { message: /it is not ready after 0\.2 seconds/ });
});

for (const ending of ['mjs', 'cjs']) {
  test(`an edited .${ending} file is loaded anew, and each text once`, async () => {
    const write = (value: number): string => {
      const count = `globalThis.ganderLoads${ending} = (globalThis.ganderLoads${ending} ?? 0) + 1;\n`;
      const up = `(client) => client.query('${value}')`;
      return ending === 'mjs' ? `${count}export const up = ${up};` : `${count}exports.up = ${up};`;
    };
    const dir = await writeMigrations({ [`1_a.${ending}`]: write(1) });
    const source = folder(dir);
    const asked: string[] = [];
    const client = { query: (text: string) => void asked.push(text) } as never;
    for (const value of [1, 1, 2, 1]) {
      await writeFile(path.join(dir, `1_a.${ending}`), write(value));
      for (const one of [source, folder(dir)]) (await one.read()).migrations[0]!.script.module!.up(client);
    }
    assert.deepEqual(asked, ['1', '1', '1', '1', '2', '2', '1', '1']);
    assert.equal((globalThis as Record<string, unknown>)[`ganderLoads${ending}`], 2);
  });
}

test('a file that is a link is loaded as what it leads to, with what lies beside that', async () => {
  const dir = await writeMigrations({
    'real.mjs': `import { name } from './names.mjs';\nexport const up = (client) => client.query(name);`,
    'names.mjs': 'export const name = "beside";',
  });
  const linked = await writeMigrations();
  await symlink(path.join(dir, 'real.mjs'), path.join(linked, '1_a.mjs'));
  const asked: string[] = [];
  const { migrations } = await folder(linked).read();
  migrations[0]!.script.module!.up({ query: (text: string) => void asked.push(text) } as never);
  assert.deepEqual(asked, ['beside']);
});

test('listing a folder loads nothing', async () => {
  const dir = await writeMigrations({
    '1_a.mjs': 'globalThis.ganderListed = true;',
    '2_b.sql': goose('SELECT 1;'),
  });
  const { files } = await folder(dir).list();
  assert.deepEqual(
    files.map(({ file }) => file),
    ['1_a.mjs', '2_b.sql'],
  );
  assert.equal((globalThis as Record<string, unknown>)['ganderListed'], undefined);
});

test('what the database has stored of a module is never run', async () => {
  const source = folder(await writeMigrations());
  const text = 'globalThis.ganderStored = true;\nexport function up() {}';
  const stored = await source.parse({ version: 1n, name: 'a', file: '1_a.mjs' }, text);
  assert.ok('problem' in stored);
  assert.equal(stored.problem.code, 'file_missing');
  assert.match(stored.problem.next!, /^Put the file back/);
  assert.equal((globalThis as Record<string, unknown>)['ganderStored'], undefined);
});

const TYPED =
  'export async function up(client: { query(text: string): Promise<unknown> }): Promise<void> {}\n';

test(
  'TypeScript is run where Node can',
  { skip: !runsTypeScript && `${process.version} cannot` },
  async () => {
    for (const file of ['1_a.ts', '1_a.mts']) {
      assert.equal(isReversible((await only({ [file]: TYPED + DOWN })).script), true);
    }
    assert.equal(
      (await only({ '1_a.cts': 'exports.up = async (): Promise<void> => {};' })).script.transaction,
      true,
    );
    const { message, where } = await problemOf({ '1_a.ts': `${TYPED}enum Colour { red }` });
    assert.match(message as string, /^1_a\.ts does not parse: TypeScript enum is not supported/);
    assert.match(where as string, /^1_a\.ts:2/);
  },
);

test(
  'TypeScript is refused by name where Node cannot run it',
  { skip: runsTypeScript && `${process.version} can` },
  async () => {
    const { message, next } = await problemOf({ '1_a.ts': TYPED });
    assert.equal(message, `1_a.ts is TypeScript, which this Node (${process.version}) cannot run.`);
    assert.match(next as string, /Node 22\.18 or newer, or compile the file/);
  },
);

test('a module that is changed while it is loaded is not taken for what was read', async () => {
  const dir = await writeMigrations({ 'other.mjs': `${UP}export const transaction = false;` });
  const file = path.join(dir, '1_a.mjs');
  // The first thing that it does is to put another file in its own place.
  await writeFile(
    file,
    `import { renameSync } from 'node:fs';\nrenameSync(${JSON.stringify(path.join(dir, 'other.mjs'))}, ${JSON.stringify(file)});\n${UP}`,
  );
  const source = folder(dir);
  const { invalid } = await source.read();
  assert.equal(invalid[0]?.problem.message, '1_a.mjs was changed while it was being read.');
  assert.equal((await source.read()).migrations[0]?.script.transaction, false);
});
