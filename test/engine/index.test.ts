// The engine's door: what comes through it is documented where it stands.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../server/package-root.ts';

const ENGINE = path.join(packageRoot, 'server', 'engine');

interface Exported {
  readonly name: string;
  /** The file that the door takes it from. */
  readonly from: string;
}

async function exported(): Promise<Exported[]> {
  const door = await readFile(path.join(ENGINE, 'index.ts'), 'utf8');
  return [...door.matchAll(/^export (?:type )?\{([^}]+)\} from '\.\/(.+)';$/gm)].flatMap(([, names, from]) =>
    names!
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => ({ name, from: from! })),
  );
}

/** The text of a file of the engine; of an index.ts that of all its folder, since it passes on what they say. */
async function textOf(file: string): Promise<string> {
  if (path.basename(file) !== 'index.ts') return readFile(path.join(ENGINE, file), 'utf8');
  const folder = path.join(ENGINE, path.dirname(file));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  return (await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')))).join('\n');
}

test('everything that the door gives has a docstring', async () => {
  const all = await exported();
  assert.ok(all.length > 50, 'the door was read');
  const bare: string[] = [];
  for (const { name, from } of all) {
    const declared = new RegExp(
      `(\\*/\\n)?export (?:async )?(?:function|class|interface|type|const) ${name}\\b`,
    ).exec(await textOf(from));
    assert.ok(declared, `${name} is declared in ${from}`);
    if (declared[1] === undefined) bare.push(`${from}: ${name}`);
  }
  assert.deepEqual(bare, []);
});

test('so has every method of the Migrator', async () => {
  const text = await textOf('migrator.ts');
  const methods = [...text.matchAll(/(\*\/\n)? {2}async ([a-z]\w*)\(/g)];
  assert.ok(methods.length > 10, 'they were found');
  assert.deepEqual(
    methods.filter(([, docstring]) => docstring === undefined).map(([, , name]) => name),
    [],
  );
});
