import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { commands } from '../../server/cli/commands/index.ts';
import { parseCommandLine } from '../../server/cli/arguments.ts';
import { EXIT } from '../../server/cli/exit-codes.ts';
import { OPTIONS } from '../../server/cli/options.ts';
import { gander } from '../support/command.ts';
import { root } from '../support/root.ts';

const NAMES = Object.keys(commands);

test('--help lists every command and what all take; without a command it is shown too, and the exit code is 2', async () => {
  const { code, out } = await gander(['--help']);
  assert.equal(code, 0);
  for (const name of NAMES) assert.match(out, new RegExp(`^  ${name}\\b.* {2}\\S`, 'm'));
  assert.match(out, /^ {2}--dir <folder> .*GOOSE_MIGRATION_DIR/m);
  const bare = await gander([]);
  assert.deepEqual([bare.code, bare.out], [2, '']);
  assert.ok(bare.err.startsWith(out), 'the same help');
  assert.match(bare.err, /gander: No command was given\.\n/);
  assert.equal((await gander(['help'])).out, out);
});

test('the help of a command has its options and an example, in both ways of asking', async () => {
  const { code, out } = await gander(['down-to', '-h']);
  assert.equal(code, 0);
  assert.match(
    out,
    /^Usage: gander down-to <version> \[options\]\n\nRoll back everything above a version; 0 rolls back all\.\n/,
  );
  assert.match(out, /^ {2}--allow-irreversible {2}.*\n[^]*^Example:\n {2}gander down-to \d+\n$/m);
  assert.equal((await gander(['help', 'down-to'])).out, out);
});

test('every command has an example that can be read, and every option a command that takes it', async () => {
  const taken = new Set<string>();
  for (const [name, load] of Object.entries(commands)) {
    const { example, options, words, does } = await load();
    const [program, ...args] = example.split(' ');
    const line = parseCommandLine(args, NAMES);
    assert.deepEqual([program, line.command], ['gander', name]);
    assert.ok(line.words.length <= words.length && does !== '', name);
    for (const option of options) taken.add(option);
  }
  for (const [name, { of }] of Object.entries(OPTIONS)) assert.ok(of === 'all' || taken.has(name), name);
});

test('--version says which Gander it is, also as JSON', async () => {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  assert.equal((await gander(['--version'])).out, `${version}\n`);
  assert.deepEqual(JSON.parse((await gander(['-version', '--json'])).out), { release: version });
});

test('the README has every exit code', async () => {
  const text = await readFile(path.join(root, 'README.md'), 'utf8');
  const documented = [...text.matchAll(/^\| ([\d, ]+) \| .*\|$/gm)].flatMap(([, codes]) =>
    codes!.split(', ').map(Number),
  );
  assert.deepEqual(
    documented.toSorted((a, b) => a - b),
    Object.values(EXIT).toSorted((a, b) => a - b),
  );
});
