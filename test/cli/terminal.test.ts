// What a terminal gets to see: colours, and one line that is rewritten while a statement runs. util-linux's `script` is the
// terminal.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { commandFile, gander, run, start } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

const script = spawnSync('script', ['--version'], { encoding: 'utf8' });
const skip = /util-linux/.test(script.stdout ?? '') ? false : 'util-linux’s script is not on the PATH';

/** Runs the command on a terminal of 80 columns. @returns all that the terminal was sent, its controls in letters */
async function onTerminal(args: readonly string[], env: Record<string, string>): Promise<string> {
  const line = [process.execPath, commandFile, ...args].map((word) => `'${word}'`).join(' ');
  const { out } = await run('script', ['-qefc', `stty cols 80; ${line}`, '/dev/null'], {
    env: { TERM: 'xterm', ...env },
  });
  return out.replaceAll('\r\n', '\n').replaceAll('\u001B', 'ESC').replaceAll('\r', 'CR');
}

test('a long statement is followed in one line, which is gone when it has ended', { skip }, async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_quick.sql': goose('CREATE TABLE a (id int);'),
    '2_slow.sql': goose(`SELECT 1;\nCREATE TABLE b AS SELECT 1 FROM pg_sleep(2);`),
  });
  const text = await onTerminal(['up'], { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir });
  const drawn = text.match(/CR\[2\/2\] 2_slow\.sql · statement 2 of 2: create table b · [\d.]+ m?sESC\[K/g);
  assert.ok(drawn !== null && drawn.length >= 2, JSON.stringify(text));
  assert.match(text, /CRESC\[KESC\[32mOKESC\[0m {3}2_slow\.sql \(2\.\d\d s\)\n/, 'it is taken away first');
  assert.match(text, /\ngander: successfully migrated database to version: 2 (?:(?!CR).)*\n$/);
});

test(
  'a line that is too long for the terminal is cut, since it could not be rewritten',
  { skip },
  async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({
      [`1_${'long_'.repeat(20)}name.sql`]: gooseWithoutTransaction('SELECT pg_sleep(1);'),
    });
    const text = await onTerminal(['up'], { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir });
    const drawn = [...text.matchAll(/CR(\[1\/1\][^E]*)ESC\[K/g)].map(([, line]) => line!.length);
    assert.deepEqual([...new Set(drawn)], [79]);
  },
);

test('colours are for terminals only, and not for those who do not want them', { skip }, async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '4_bad.sql': goose('SELECT 1 / 0;') });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const coloured = await onTerminal(['up'], env);
  assert.match(coloured, /ESC\[32mOKESC\[0m {3}1_create_users\.sql[^]*ESC\[31mFAILESC\[0m 4_bad\.sql/);
  assert.match(await onTerminal(['status'], env), /ESC\[32mapplied ESC\[0m/);
  for (const [args, more] of [
    [['status'], { NO_COLOR: '1' }],
    [['status'], { TERM: 'dumb' }],
    [['status', '-no-color'], {}],
    [['up', '--no-color'], {}],
  ] as const)
    assert.doesNotMatch(await onTerminal(args, { ...env, ...more }), /ESC\[\d+m/, args.join(' '));
  for (const args of [['status'], ['up']]) {
    const { out, err } = await gander(args, { env: { ...env, TERM: 'xterm' } });
    assert.ok(!`${out}${err}`.includes('\u001B'), 'this is no terminal');
  }
});

test('a terminal that is dumb gets no line that is rewritten', { skip }, async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_slow.sql': goose('SELECT pg_sleep(1);') });
  const text = await onTerminal(['up'], { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir, TERM: 'dumb' });
  assert.match(text, /^OK {3}1_slow\.sql [^]*\ngander: success/);
  assert.doesNotMatch(text, /ESC|CR/);
});

test(
  'what rolls back everything is asked for first; whoever does not say yes keeps what he has',
  { skip },
  async (t) => {
    const database = await createDatabase(t);
    const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
    await gander(['up'], { env });
    for (const [answer, version, code] of [
      ['n\n', 3, 2],
      ['\u0003', 3, 130],
      ['y\n', 0, 0],
    ] as const) {
      const line = `'${process.execPath}' '${commandFile}' reset`;
      const { child, ended, said } = start('script', ['-qefc', line, '/dev/null'], { env, stdin: 'pipe' });
      await said(/Roll back all 3 migrations of .* is lost\. \[y\/N\] /);
      child.stdin!.write(answer);
      const { code: exitCode, out } = await ended;
      assert.equal(exitCode, code, out);
      assert.equal((await gander(['version'], { env })).out, `gander: version ${version}\n`);
    }
  },
);
