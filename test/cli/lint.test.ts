// gander lint, without a database and with one.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { rules } from '../../server/engine/advice/rules/index.ts';
import { gander } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { goose, writeMigrations } from '../support/migrations.ts';
import { root } from '../support/root.ts';
import { assertShape, documentedShapes } from '../support/shapes.ts';

const FILES = {
  '1_users.sql': goose('CREATE TABLE users (id bigint PRIMARY KEY, email text);', 'DROP TABLE users;'),
  '2_index.sql': goose('-- größer\nCREATE INDEX users_email ON users (email);', 'DROP INDEX users_email;'),
  '3_drop.sql': `-- +gander ALLOW drop-column: 100% unused\n${goose('ALTER TABLE users DROP COLUMN email;', 'SELECT f();')}`,
  '4_notes.sql': goose(
    'CREATE TABLE a (at timestamp);\nCREATE TABLE b (at timestamp);\nCREATE TABLE c (at timestamp);\nCREATE TABLE d (at timestamp);',
    'SELECT f();',
  ),
};

let dir: string;
before(async () => {
  dir = await writeMigrations(FILES);
});

describe('without a database', () => {
  test('each file is told of with place, severity and what to do instead, and the exit code says that it is bad', async () => {
    const { code, out, err } = await gander(['lint', '--dir', dir]);
    assert.deepEqual([code, err], [1, '']);
    assert.match(
      out,
      /2_index\.sql:3:1: warning: Nobody can write to users until the index is built\. \(index-not-concurrently\)\n {4}Build it CONCURRENTLY.*\n {6}-- \+goose NO TRANSACTION\n/,
    );
    assert.match(out, /and 1 more note of timestamp-type: --verbose lists them/);
    assert.match(out, /\ngander: 4 files: 1 warning, 4 notes; 1 allowed\n$/);
    assert.doesNotMatch(out, /drop-column/);
    assert.match(
      (await gander(['lint', '--dir', dir, '-v'])).out,
      /\(drop-column\)\n {4}allowed: 100% unused\n/,
    );
  });

  test('files are named as a shell completes them; a name that there is not is refused', async () => {
    const one = await gander(['lint', path.join(dir, '1_users.sql'), path.join(dir, '3_drop.sql')]);
    assert.deepEqual([one.code, one.out], [0, 'gander: 2 files: nothing to say; 1 allowed\n']);
    const none = await gander(['lint', '--dir', dir, '9_none.sql']);
    assert.equal(none.code, 2);
    assert.match(none.err, /There is no migration 9_none\.sql in the folder\./);
    assert.match((await gander(['lint', 'a/1.sql', 'b/2.sql'])).err, /in several folders/);
  });

  test('the exit code is as severe as was asked for', async () => {
    const codes = [];
    for (const severity of ['error', 'warning', 'note', 'never'])
      codes.push((await gander(['lint', '--dir', dir, '--fail-on', severity])).code);
    assert.deepEqual(codes, [0, 1, 1, 0]);
    assert.match((await gander(['lint', '--fail-on', 'bad'])).err, /--fail-on must be one of error, warning/);
  });

  test('a file that nobody can run is an error at its place', async () => {
    const bad = await writeMigrations({ '1_a.sql': '-- +goose Up\nSELECT 1\n', 'x.sql': '' });
    const { code, out } = await gander(['lint', '--dir', bad]);
    assert.equal(code, 1);
    assert.match(out, /1_a\.sql:2:1: error: The statement that begins here .* \(invalid-file\)/);
    assert.match(out, /x\.sql:1:1: error: .*\(invalid-file\)/);
  });
});

describe('for programs', () => {
  test('--json has the shape of docs/json.md', async () => {
    const { code, out } = await gander(['lint', '--dir', dir, '--json']);
    const json = JSON.parse(out);
    const sections = await documentedShapes();
    assertShape(json, sections.get('lint')!.shape, sections, 'lint');
    assert.deepEqual([code, json.database, json.files], [1, null, 4]);
    assert.deepEqual(
      json.findings
        .map(({ version, rule, allowed }: Record<string, unknown>) => [version, rule, allowed])
        .slice(0, 2),
      [
        ['2', 'index-not-concurrently', null],
        ['3', 'drop-column', '100% unused'],
      ],
    );
  });

  test('--sarif is SARIF 2.1.0, with places in code points and what is allowed as suppressed', async () => {
    const { out } = await gander(['lint', '--dir', dir, '--sarif']);
    const { version, runs } = JSON.parse(out);
    const [{ tool, results, columnKind }] = runs;
    assert.deepEqual([version, columnKind, tool.driver.name], ['2.1.0', 'unicodeCodePoints', 'Gander']);
    const [index, drop] = results;
    assert.equal(tool.driver.rules[index.ruleIndex].id, index.ruleId);
    assert.match(tool.driver.rules[index.ruleIndex].helpUri, /^https:\/\/www\.postgresql\.org\//);
    assert.deepEqual([index.ruleId, index.level], ['index-not-concurrently', 'warning']);
    assert.match(index.locations[0].physicalLocation.artifactLocation.uri, /2_index\.sql$/);
    assert.deepEqual(index.locations[0].physicalLocation.region, { startLine: 3, startColumn: 1 });
    assert.deepEqual(drop.suppressions, [{ kind: 'inSource', justification: '100% unused' }]);
    assert.equal(index.suppressions, undefined);
  });

  test('--github prints an annotation a line, however many lines the text has', async () => {
    const { out } = await gander(['lint', '--dir', dir, '--github']);
    const lines = out.trim().split('\n');
    assert.equal(lines.length, 5);
    assert.match(
      lines[0]!,
      /^::warning file=[^,:]*2_index\.sql,line=3,col=1,title=index-not-concurrently::Nobody can write .*%0ACREATE INDEX CONCURRENTLY/,
    );
    assert.match(lines[1]!, /^::notice file=/);
    assert.equal((await gander(['lint', '--github', '--json'])).code, 2);
  });
});

describe('with a database', () => {
  test('what is pending is looked at as one plan, with the sizes of the tables', async (t) => {
    const database = await createDatabase(t);
    const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
    const whole = await gander(['lint'], { env });
    assert.match(whole.out, /gander: 4 files against .*: 4 notes\n$/, 'the table is made in the same plan');
    assert.equal((await gander(['up-to', '1'], { env })).code, 0);
    const lint = async (...args: string[]): Promise<string> => (await gander(['lint', ...args], { env })).out;
    assert.match(await lint(), /^.*2_index\.sql:3:1: warning: Nobody can write to users until/);
    await database.query('INSERT INTO users SELECT i, i FROM generate_series(1, 200) i');
    await database.query('ANALYZE users');
    assert.match(await lint('2_index.sql'), /^gander: 1 file against .*: nothing to say\n$/);
    await database.query('INSERT INTO users SELECT i, i FROM generate_series(1000, 40000) i');
    await database.query('VACUUM ANALYZE users');
    assert.match(
      await lint('2_index.sql'),
      /^.*Nobody can write to users \(about 39,200 rows, [\d,]+ [kM]B\) until/,
    );
    assert.match(await lint('--offline', '2_index.sql'), /Nobody can write to users until/);
    assert.equal(
      (await gander(['lint'], { env: { ...env, DATABASE_URL: 'postgres://127.0.0.1:1/x' } })).code,
      5,
    );
  });
});

test('docs/command.md has every rule, as bad as it is', async () => {
  const text = await readFile(path.join(root, 'docs/command.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `([a-z-]+)` \| (error|warning|note) \| (.*) \|$/gm)].map(
    ([, name, severity, finds]) => ({ name, severity, finds }),
  );
  assert.deepEqual(
    documented,
    rules.map(({ name, severity, finds }) => ({ name, severity, finds })),
  );
});
