// Every command with --json, held against docs/json.md.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { Client } from 'pg';
import { commands } from '../../server/cli/commands/index.ts';
import { EXIT, exitCodes } from '../../server/cli/exit-codes.ts';
import { gander } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';
import { root } from '../support/root.ts';
import { assertShape, documentedShapes, type Section } from '../support/shapes.ts';

let sections: ReadonlyMap<string, Section>;
const seen = new Set<string>();

before(async () => {
  sections = await documentedShapes();
});

interface Answer {
  readonly json: ReturnType<JSON['parse']>;
  readonly code: number | null;
}

/** Runs a command with --json and holds what it prints against its section. */
async function ask(
  title: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Answer> {
  const { out, err, code } = await gander([...args, '--json'], { env });
  assert.match(out, /^[^\n]+\n$/, `${args.join(' ')} prints one line: ${err}`);
  const json: unknown = JSON.parse(out);
  const section = sections.get(title);
  assert.ok(section !== undefined, `docs/json.md has no section ${title}`);
  assertShape(json, section.shape, sections, args.join(' '));
  seen.add(title);
  return { json, code };
}

test('every command prints what docs/json.md says', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  assert.equal((await ask('lint', ['lint', '--offline'], env)).json.files, 3);
  const plan = await ask('plan', ['plan'], env);
  assert.equal(plan.json.steps[1].statements[1].does, 'creates index orders_user on orders');
  const rehearsal = (await ask('rehearse', ['rehearse'], env)).json;
  assert.equal(rehearsal.outcome, 'passed');
  assert.deepEqual(rehearsal.steps[2].schema.words, ['adds column phone text to users']);
  assert.equal(rehearsal.steps[2].down.outcome, 'proven');
  assert.equal((await ask('up-by-one', ['up-by-one'], env)).json.current, '1');
  assert.equal((await ask('up-to', ['up-to', '2'], env)).json.steps.length, 1);
  assert.equal((await ask('up', ['up'], env)).json.steps[0].outcome, 'done');
  assert.equal((await ask('up', ['up'], env)).json.id, null);
  assert.equal((await ask('version', ['version'], env)).json.version, '3');
  const objects = (await ask('schema', ['schema'], env)).json.objects;
  assert.deepEqual(
    objects.map((one: { name: string }) => one.name),
    ['public', 'orders', 'users', 'orders_pkey', 'orders_user_id_fkey', 'users_pkey', 'orders_user'],
  );
  assert.equal((await ask('schema', ['schema', '1'], env)).json.objects.length, 3);
  assert.deepEqual((await ask('diff', ['diff', '3'], env)).json.words, ['adds column phone text to users']);
  assert.equal((await ask('diff', ['diff', '1', '3'], env)).json.changes.length, 5);
  assert.deepEqual((await ask('diff', ['diff'], env)).json.changes, []);
  await database.query(`INSERT INTO users VALUES (1, 'x'); CREATE VIEW v AS SELECT phone FROM users`);
  const back = await ask('plan', ['plan', '--down', '0', '--count'], env);
  assert.equal(back.json.cost.gravity, 'data');
  const [phone] = back.json.cost.steps[0].losses;
  assert.deepEqual([phone.table, phone.column, phone.counted], ['users', 'phone', { rows: 1, values: 1 }]);
  assert.deepEqual(phone.dependents, [{ type: 'view', identity: 'public.v' }]);
  assert.equal(plan.json.cost, null);
  const { out } = await gander(['plan', '--down', '2'], { env });
  assert.match(
    out,
    /\n\nData is lost; [^]*\n  3_add_phone\n    line 5 drops column users\.phone: [^\n]*\n      As things are, PostgreSQL will refuse [^\n]* view public\.v\n$/,
  );
  await database.query('DROP VIEW v');
  assert.equal((await ask('down', ['down'], env)).json.direction, 'down');
  assert.equal((await ask('redo', ['redo'], env)).json.up.current, '2');
  assert.equal((await ask('down-to', ['down-to', '1'], env)).json.current, '1');
  assert.equal((await ask('reset', ['reset', '--yes'], env)).json.current, null);
  assert.equal((await ask('version', ['version'], env)).json.version, null);
  assert.equal((await ask('baseline', ['baseline', '3'], env)).json.steps[0].action, 'mark');
  assert.equal(
    (await ask('status --no-versioning', ['status', '--no-versioning'], env)).json.files.length,
    3,
  );
  const made = await ask('create', ['create', 'one more'], env);
  assert.match(made.json.file, new RegExp(`${made.json.version}_one_more\\.sql$`));
  assert.equal((await ask('fix', ['fix'], env)).json.renamed[0].to, '00004_one_more.sql');
  assert.equal((await ask('validate', ['validate'], env)).json.valid, true);
});

test('a folder and a database in which nothing is as it should be have their shape too', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    ...shop,
    '2_create_orders.sql': gooseWithoutTransaction('CREATE TABLE orders ();\nSELECT 1 / 0;'),
    '9223372036854775807_last.sql': goose('SELEC 1;\n\\d'),
    'bad.sql': '',
    'x.SQL': '',
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const invalid = await ask('validate', ['validate'], env);
  assert.equal(invalid.code, EXIT.usage);
  await writeFile(path.join(dir, 'bad.sql'), '');
  const refused = await ask('Error', ['up'], env);
  assert.deepEqual([refused.json.error.code, refused.code], ['invalid_file', 2]);
});

test('dirty, locked and missing migrations in status, and the way out by resolve', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    ...shop,
    '2_create_orders.sql': gooseWithoutTransaction('CREATE TABLE orders ();\nSELECT 1 / 0;'),
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const failed = await ask('Error', ['up'], env);
  assert.equal(failed.json.error.run.steps[1].failure.sqlstate, '22012');
  assert.deepEqual([failed.json.error.exitCode, failed.code], [1, 1]);
  await writeFile(path.join(dir, '3_add_phone.sql'), 'no goose file');
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(4097083626)');
  const status = await ask('status', ['status', '--check'], env);
  assert.equal(status.code, EXIT.notUpToDate);
  assert.equal(status.json.migrations[1].dirty.kind, 'partial');
  assert.equal(status.json.migrations[2].problem.code, 'invalid_file');
  assert.equal(typeof status.json.lock.pid, 'number');
  await holder.end();
  const findings = (await ask('resolve without a flag', ['resolve', '2'], env)).json;
  assert.equal(findings.statements[0].verdict, 'done');
  assert.deepEqual(findings.ways.at(-1).overrules, [1]);
  const args = ['resolve', '2', '--not-applied', '--overrule', '1', '--reason', 'another name'];
  assert.equal((await ask('resolve', args, env)).json.resolution, 'not applied');
});

test('every failure is JSON, with the exit code that it has without', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const on = ['--database', database.url, '--dir', dir];
  const wrong: readonly [string[], string, number][] = [
    [['up', '--database', 'mysql://x'], 'settings', 2],
    [['up', '--nonsense'], 'usage', 2],
    [['fly'], 'usage', 2],
    [[], 'usage', 2],
    [['up', '--database', 'postgres://127.0.0.1:1/x', '--dir', dir], 'unreachable', 5],
    [['down-to', '77', ...on], 'unknown_version', 2],
    [['resolve', '1', '--applied', ...on], 'invalid_request', 2],
    [['create', '…', '--dir', dir], 'invalid_request', 2],
    [['validate', '--dir', '/nowhere'], 'source_missing', 2],
    [['fix', '--dir', '/nowhere', '--unapplied'], 'source_missing', 2],
  ];
  for (const [args, code, exitCode] of wrong) {
    const answer = await ask('Error', args);
    assert.deepEqual(
      [answer.json.error.code, answer.json.error.exitCode, answer.code],
      [code, exitCode, exitCode],
    );
  }
});

test('no command is without its section, no section without its command, and all examples are true to their shape', () => {
  for (const name of Object.keys(commands)) assert.ok(sections.has(name) && seen.has(name), name);
  for (const { title, shape, example } of sections.values()) {
    assert.ok(example !== null || /^[A-Z]/.test(title), `${title} has no example`);
    if (example !== null) assertShape(example, shape, sections, `the example of ${title}`);
  }
});

test('every code of an error is in the table, with its exit code', async () => {
  const text = await readFile(path.join(root, 'docs/json.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` \| ([\d, ]+) \|/gm)].map(
    ([, code, exits]) => [code, exits] as const,
  );
  const documented = Object.fromEntries(rows.map(([code, exits]) => [code, Number(exits!.split(',')[0])]));
  const own = { unexpected: EXIT.failed, usage: EXIT.usage, settings: EXIT.usage };
  assert.deepEqual(documented, { ...exitCodes, ...own });
});
