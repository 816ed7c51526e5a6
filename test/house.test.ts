// The house: which part may know which, and what no file is called. These floors hold for everyone.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../server/package-root.ts';
import { commands } from '../server/cli/commands/index.ts';
import { rules } from '../server/engine/advice/rules/index.ts';
import { formats } from '../server/engine/history/index.ts';

/** Part → what its files may import, besides each other. The first part that fits a file is its part. */
const PARTS: readonly [part: string, mayImport: readonly string[]][] = [
  ['server/engine/sql/', ['server/engine/migration.ts', 'server/engine/errors.ts']],
  ['server/engine/advice/', ['server/engine/sql/', 'server/engine/migration.ts', 'server/engine/errors.ts']],
  [
    'server/engine/plan.ts',
    [
      'server/engine/migration.ts',
      'server/engine/errors.ts',
      'server/engine/state.ts',
      'server/engine/journal/',
      'server/engine/probes/probe.ts',
    ],
  ],
  ['server/engine/schema/diff/', ['server/engine/sql/lexer.ts']],
  ['server/engine/', ['server/package-root.ts']],
  ['server/store/', ['server/engine/index.ts']],
  ['server/web/', ['server/engine/index.ts', 'server/store/', 'server/words.ts', 'server/package-root.ts']],
  [
    'server/cli/',
    [
      'server/engine/index.ts',
      'server/engine/start.ts',
      'server/config.ts',
      'server/database-url.ts',
      'server/embedded.ts',
      'server/package-root.ts',
      'server/words.ts',
    ],
  ],
  ['server/config.ts', ['server/database-url.ts', 'server/package-root.ts', 'server/words.ts']],
  ['server/config-values.ts', []],
  ['server/dashboard-config.ts', ['server/config.ts', 'server/config-values.ts']],
  ['server/embedded', []],
  [
    'server/dashboard.ts',
    [
      'server/listen.ts',
      'server/settling.ts',
      'server/config.ts',
      'server/dashboard-config.ts',
      'server/database-url.ts',
      'server/embedded.ts',
      'server/engine/index.ts',
      'server/store/',
      'server/web/',
    ],
  ],
  [
    'server/main.ts',
    [
      'server/listen.ts',
      'server/config.ts',
      'server/dashboard-config.ts',
      'server/dashboard.ts',
      'server/engine/index.ts',
    ],
  ],
  ['server/', []],
];

/** Files that decide without touching anything: no connection, no file, no clock of the process. */
const PURE = [
  'server/engine/sql/',
  'server/engine/advice/',
  'server/engine/plan.ts',
  'server/engine/state.ts',
  'server/engine/migration.ts',
  'server/engine/errors.ts',
  'server/engine/schema/diff/',
];
/** Where names and types of the parser's trees are read. */
const NAMES = new Set(['server/engine/advice/name.ts', 'server/engine/advice/sql-type.ts']);
/** Words that the engine's door names. */
const ADVICE_WORDS = new Set(['server/engine/advice/finding.ts']);

const PURE_MAY_USE = ['node:crypto', ...PURE];

interface SourceFile {
  readonly name: string;
  /** `lazy`: loaded when it is needed, by `import('…')`. */
  readonly imports: readonly { readonly from: string; readonly typeOnly: boolean; readonly lazy: boolean }[];
}

const files = await sources('server');

async function sources(folder: string): Promise<SourceFile[]> {
  const names = (await readdir(path.join(packageRoot, folder), { recursive: true })).filter((name) =>
    name.endsWith('.ts'),
  );
  return Promise.all(names.map((name) => read(`${folder}/${name.split(path.sep).join('/')}`)));
}

async function read(name: string): Promise<SourceFile> {
  const text = await readFile(path.join(packageRoot, name), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/gm);
  const imports = [...found].map(([, type, from, dynamic]) => ({
    from: resolve(name, from ?? dynamic!),
    typeOnly: type !== undefined,
    lazy: dynamic !== undefined,
  }));
  return { name, imports };
}

function resolve(importer: string, specifier: string): string {
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(importer), specifier) : specifier;
}

function partOf(name: string): (typeof PARTS)[number] {
  return PARTS.find(([part]) => name.startsWith(part))!;
}

test('imports go only where the table of parts lets them', () => {
  const trespasses = files.flatMap(({ name, imports }) => {
    const [part, mayImport] = partOf(name);
    return imports
      .map(({ from }) => from)
      .filter(
        (from) =>
          from.startsWith('server/') &&
          !from.startsWith(part) &&
          !mayImport.some((allowed) => from.startsWith(allowed)),
      )
      .map((from) => `${name} imports ${from}`);
  });
  assert.deepEqual(trespasses, []);
});

/** What is loaded together with these files, without what they load later by `import('…')`. */
function loadedWith(...names: string[]): string[] {
  const loaded = new Set(names);
  for (const name of loaded) {
    const file = files.find((one) => one.name === name);
    for (const { from, typeOnly, lazy } of file?.imports ?? []) if (!typeOnly && !lazy) loaded.add(from);
  }
  return [...loaded];
}

test('the command loads neither the engine nor pg before it knows that it needs them', () => {
  const loaded = loadedWith('server/cli/main.ts', 'server/cli/program.ts', 'server/cli/commands/up.ts');
  assert.ok(loaded.length > 10);
  assert.deepEqual(
    loaded.filter((name) => name === 'pg' || name.startsWith('server/e')),
    [],
  );
});

test('a start that finds nothing to do loads nothing that reads SQL or runs it, nor pg as an ES module', () => {
  const loaded = loadedWith('server/engine/start.ts');
  assert.ok(loaded.includes('server/engine/up-to-date.ts'));
  assert.deepEqual(
    loaded.filter((name) => name === 'pg' || /^server\/engine\/(sql\/|run|plan|carry-out|story)/.test(name)),
    [],
  );
});

test('what applies migrations loads nothing of advice, and PostgreSQL’s parser is loaded only when it is asked for', () => {
  const applying = loadedWith(
    'server/engine/index.ts',
    'server/engine/execute.ts',
    'server/engine/carry-out.ts',
  );
  assert.ok(applying.includes('server/engine/run.ts'));
  const isAdvice = (name: string): boolean =>
    /^(server\/engine\/(advice\/|advise|parser)|libpg-query)/.test(name);
  assert.deepEqual(
    applying.filter((name) => isAdvice(name) && !ADVICE_WORDS.has(name)),
    [],
  );
  const advising = loadedWith('server/engine/advise.ts');
  assert.ok(advising.includes('server/engine/parser.ts'));
  assert.ok(!advising.includes('libpg-query'));
});

test('the engine knows nothing of HTTP, templates, arguments or the environment', async () => {
  for (const { name, imports } of files.filter((file) => file.name.startsWith('server/engine/'))) {
    const packages = imports
      .map(({ from }) => from)
      .filter((from) => !from.startsWith('server/') && !from.startsWith('node:'));
    const parses = name === 'server/engine/parser.ts' || name.startsWith('server/engine/advice/acts/');
    assert.deepEqual(
      packages.filter((from) => from !== 'pg' && !(from === 'libpg-query' && (parses || NAMES.has(name)))),
      [],
      name,
    );
    const text = await readFile(path.join(packageRoot, name), 'utf8');
    assert.doesNotMatch(text, /process\.(env|argv|exit|stdout|stderr)/, name);
  }
});

test('what decides is pure: it imports nothing that does anything, and nothing that imports such', () => {
  const isPure = (name: string): boolean => PURE_MAY_USE.some((part) => name.startsWith(part));
  for (const { name, imports } of files.filter((file) => isPure(file.name))) {
    const used = imports.filter(({ typeOnly }) => !typeOnly).map(({ from }) => from);
    assert.deepEqual(
      used.filter((from) => !isPure(from)),
      [],
      name,
    );
  }
});

test('only config.ts reads the environment', async () => {
  for (const { name } of files.filter(
    (file) => file.name !== 'server/config.ts' && !file.name.startsWith('server/embedded'),
  )) {
    assert.doesNotMatch(await readFile(path.join(packageRoot, name), 'utf8'), /process\.env/, name);
  }
});

test('no file is called after nothing', async () => {
  const all = [...files, ...(await sources('test'))].map(({ name }) => path.basename(name));
  assert.deepEqual(
    all.filter((name) => /^(utils?|helpers?|common|misc|types)\.ts$/.test(name)),
    [],
  );
});

test('every command, every rule of advice, every history format and every kind of object is in its list', async () => {
  const listed = async (folder: string, ...rest: string[]): Promise<string[]> =>
    (await readdir(path.join(packageRoot, folder))).filter((name) => !['index.ts', ...rest].includes(name));
  assert.deepEqual(
    (await listed('server/cli/commands')).toSorted(),
    Object.keys(commands)
      .map((name) => `${name}.ts`)
      .toSorted(),
  );
  assert.deepEqual(
    (await listed('server/engine/advice/rules')).toSorted(),
    rules.map(({ name }) => `${name}.ts`).toSorted(),
  );
  assert.deepEqual(
    (await listed('server/engine/history', 'history.ts')).toSorted(),
    Object.keys(formats)
      .map((name) => `${name}.ts`)
      .toSorted(),
  );
  const kinds = await listed('server/engine/schema/kinds', 'kind.ts', 'fragments.ts', 'columns.ts');
  const index = files.find(({ name }) => name === 'server/engine/schema/kinds/index.ts')!;
  assert.deepEqual(
    kinds.toSorted(),
    index.imports
      .map(({ from }) => path.basename(from))
      .filter((name) => name !== 'kind.ts')
      .toSorted(),
  );
});

test('files and functions stay small enough to be read', async () => {
  for (const { name } of files) {
    const text = await readFile(path.join(packageRoot, name), 'utf8');
    assert.ok(text.split('\n').length <= 290, `${name} is too long: is it one room, or two?`);
  }
});
