import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { goose } from '../../support/migrations.ts';
import { failureOf, summary, tables } from '../../support/engine.ts';
import { LOOSE, module, place, short, statements } from '../../support/modules.ts';

test('SQL and JavaScript run in the order of their versions, and roll back the other way', async (t) => {
  const here = await place(t, {
    '1_users.sql': goose('CREATE TABLE users (id int, name text);', 'DROP TABLE users;'),
    '2_seed.mjs': module(
      `const names = ['Ada', 'Grace'];
for (const [id, name] of names.entries()) {
  await client.query('INSERT INTO users VALUES ($1, $2)', [id, name]);
}
const { rows, rowCount } = await client.query('SELECT count(*)::int AS n FROM users');
if (rows[0].n !== 2 || rowCount !== 1) throw new Error('not what pg gives');`,
      `await client.query('DELETE FROM users');`,
    ),
    '3_name.sql': goose(
      'ALTER TABLE users RENAME name TO full_name;',
      'ALTER TABLE users RENAME full_name TO name;',
    ),
    '4_orders.cjs': `exports.up = (client) => client.query('CREATE TABLE orders AS SELECT full_name FROM users');
exports.down = (client) => client.query('DROP TABLE orders');`,
  });
  const { database, migrator } = here;
  const up = await migrator.up();
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied, 4 applied');
  assert.deepEqual(await database.query('SELECT * FROM orders ORDER BY 1'), [
    { full_name: 'Ada' },
    { full_name: 'Grace' },
  ]);
  const of = await statements(here, up.id);
  assert.deepEqual(of.map(short), [
    '0 line 2 create table users done null',
    '0 line 4 insert users done 1',
    '1 line 4 insert users done 1',
    '2 line 6 select null done 1',
    '0 line 2 alter table users done null',
    '0 line 1 create table orders done 2',
  ]);
  assert.ok(of.every(({ tookMs }) => tookMs !== null));
  const down = await migrator.down({ to: 1n });
  assert.deepEqual(
    down.steps.map(({ version, outcome }) => `${version} ${outcome}`),
    ['4 done', '3 done', '2 done'],
  );
  assert.equal(await tables(database), 'users');
  assert.deepEqual(await database.query('SELECT * FROM users'), []);
});

test('a module that fails is undone as a whole, and is shown with its place and without a stack', async (t) => {
  const { database, migrator } = await place(t, {
    '1_a.mjs': module(`await client.query('CREATE TABLE a (id int)');\nconst user = null;\nuser.name;`),
  });
  const error = await failureOf(migrator.up());
  const message = `TypeError: Cannot read properties of null (reading 'name')`;
  assert.equal(error.message, `1_a failed: ${message}`);
  assert.equal(error.where, '1_a.mjs:4:8');
  assert.equal(summary(await migrator.status()), '1 dirty rolled back');
  assert.equal(await tables(database), '');
  const { failure } = (await migrator.status()).migrations[0]!.dirty!;
  const { place: at, exact, statement, sqlstate } = failure!;
  assert.deepEqual(
    [failure!.message, at, exact, statement, sqlstate],
    [message, { line: 4, column: 8 }, true, null, null],
  );
});

test('what a module throws is told, whatever it is', async (t) => {
  const { dir, migrator } = await place(t, {});
  const failing: readonly [string, string][] = [
    ['throw new Error("the list is empty");', 'the list is empty'],
    ['throw "no";', 'no'],
    ['throw undefined;', 'undefined'],
    ['throw new Error("");', 'It threw an error without a message.'],
    [
      `try { await client.query('SELECT 1/0'); } catch (cause) { throw new Error('no ratio', { cause }); }`,
      'no ratio: division by zero',
    ],
    // Not ours: another connection, of the module's own, is what was lost.
    [
      `throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });`,
      'connect ECONNREFUSED',
    ],
    [`throw new Error('Connection terminated unexpectedly');`, 'Connection terminated unexpectedly'],
  ];
  for (const [body, message] of failing) {
    await writeFile(path.join(dir, '1_a.mjs'), module(body));
    const error = await failureOf(migrator.up());
    assert.equal(error.message, `1_a failed: ${message}`);
    assert.equal(summary(await migrator.status()), '1 dirty rolled back', message);
  }
});

test('a connection of the module’s own that is lost is not taken for ours', async (t) => {
  const { migrator } = await place(t, {
    '1_a.mjs': module(
      `await client.query('SELECT 1');\nthrow new Error('Connection terminated unexpectedly');`,
      '',
      LOOSE,
    ),
  });
  await failureOf(migrator.up());
  assert.equal(summary(await migrator.status()), '1 dirty partial');
});

test('an error of the server is shown at its place in the query, where that stands in the module', async (t) => {
  const here = await place(t, {
    '1_a.mjs': module(
      `await client.query('SELECT 1');\nawait client.query(\`\n  SELECT nothing\n  FROM pg_class\`);`,
    ),
    '2_b.mjs': module(`const table = 'nowhere';\nawait client.query('SELECT * FROM ' + table);`),
  });
  const { dir, migrator } = here;
  const written = await failureOf(migrator.up());
  assert.equal(written.message, '1_a failed: column "nothing" does not exist (SQLSTATE 42703)');
  assert.equal(written.where, '1_a.mjs:4:12');
  const { failure } = (await migrator.status()).migrations[0]!.dirty!;
  assert.deepEqual([failure!.statement, failure!.exact], [1, true]);
  assert.deepEqual((await statements(here, written.run.id)).map(short), [
    '0 line 2 select null done 1',
    '1 line 4 select null failed null',
  ]);
  await writeFile(path.join(dir, '1_a.mjs'), module(''));
  const made = await failureOf(migrator.up());
  assert.equal(made.where, '2_b.mjs:3:16');
});

test('without a transaction what ran before the failure stays, and a module is never gone on with half-way', async (t) => {
  const up = `await client.query('CREATE TABLE a (id int)');\nawait client.query('CREATE INDEX CONCURRENTLY a_id ON a (id)');\nawait client.query('SELECT * FROM later');`;
  const here = await place(t, {
    '1_a.mjs': module(up, '', LOOSE),
    '2_b.sql': goose('SELECT 1;'),
  });
  const { database, dir, migrator } = here;
  const error = await failureOf(migrator.up());
  assert.equal(error.where, '1_a.mjs:5:37');
  assert.doesNotMatch(error.next!, /resume/);
  assert.equal(summary(await migrator.status()), '1 dirty partial, 2 pending');
  assert.equal(await tables(database), 'a');
  assert.deepEqual((await statements(here, error.run.id)).map(short), [
    '0 line 3 create table a done null',
    '1 line 4 create index concurrently a_id done null',
    '2 line 5 select null failed null',
  ]);
  await assert.rejects(migrator.up(), { code: 'dirty' });
  await assert.rejects(migrator.resolve(1n, 'resume'), {
    code: 'invalid_request',
    message: /^1_a is JavaScript: nobody can go on in the middle of it/,
  });
  await database.query('CREATE TABLE later (); DROP TABLE a');
  await migrator.resolve(1n, 'retry');
  assert.equal((await migrator.up()).current, 2n);
  assert.equal(await tables(database), 'a later');
  await rm(path.join(dir, '1_a.mjs'));
});

test('without a transaction a first query that fails leaves nothing, unless others ran after it', async (t) => {
  const { dir, migrator } = await place(t, {
    '1_a.mjs': module(`await client.query('SELECT * FROM nowhere');`, '', LOOSE),
  });
  await failureOf(migrator.up());
  assert.equal(summary(await migrator.status()), '1 dirty rolled back');
  const caught = `try { await client.query('SELECT * FROM nowhere'); } catch (error) {\n  await client.query('CREATE TABLE a ()');\n  throw error;\n}`;
  await writeFile(path.join(dir, '1_a.mjs'), module(caught, '', LOOSE));
  await failureOf(migrator.up());
  assert.equal(summary(await migrator.status()), '1 dirty partial');
});

test('without a transaction a module may have transactions of its own, and must end them', async (t) => {
  const { database, dir, migrator } = await place(t, {
    '1_a.mjs': module(
      `await client.query('BEGIN');\nawait client.query('CREATE TABLE a ()');\nawait client.query('COMMIT');`,
      '',
      LOOSE,
    ),
    '2_b.mjs': module(`await client.query('BEGIN');\nawait client.query('CREATE TABLE b ()');`, '', LOOSE),
  });
  const error = await failureOf(migrator.up());
  assert.match(error.message, /^2_b failed: The file opens a transaction and leaves it open/);
  assert.equal(await tables(database), 'a');
  await rm(path.join(dir, '2_b.mjs'));
});

test('a module must not end the transaction that it runs in, and is told how to run without', async (t) => {
  const { database, dir, migrator } = await place(t, {});
  const wrong: readonly [string, RegExp][] = [
    ['COMMIT', /^1_a failed: COMMIT takes the transaction/],
    ['CREATE TABLE b (); rollback', /^1_a failed: ROLLBACK takes the transaction/],
    ['VACUUM', /^1_a failed: PostgreSQL cannot run VACUUM inside a transaction/],
    ['COPY a FROM STDIN', /^1_a failed: /],
  ];
  for (const [sql, expected] of wrong) {
    const body = `await client.query('CREATE TABLE a ()');\nawait client.query('${sql}');`;
    await writeFile(path.join(dir, '1_a.mjs'), module(body));
    const error = await failureOf(migrator.up());
    assert.match(error.message, expected);
    assert.equal(error.where, '1_a.mjs:3:16');
    assert.equal(await tables(database), '');
  }
  await writeFile(path.join(dir, '1_a.mjs'), module(`await client.query('COMMIT');`));
  await failureOf(migrator.up());
  const { failure } = (await migrator.status()).migrations[0]!.dirty!;
  assert.match(failure!.hint!, /`export const transaction = false`/);
});

test('a query whose error is caught spoils the transaction all the same, but for a savepoint', async (t) => {
  const here = await place(t, {
    '1_a.mjs': module(`try { await client.query('SELECT * FROM nowhere'); } catch {}`),
  });
  const { dir, database, migrator } = here;
  const error = await failureOf(migrator.up());
  assert.equal(error.message, '1_a failed: relation "nowhere" does not exist (SQLSTATE 42P01)');
  const saved = `await client.query('CREATE TABLE a (); SAVEPOINT here');
try {
  await client.query('SELECT * FROM nowhere');
} catch (error) {
  if (error.code !== '42P01') throw error;
  await client.query('ROLLBACK TO here');
}`;
  await writeFile(path.join(dir, '1_a.mjs'), module(saved));
  const up = await migrator.up();
  assert.equal(await tables(database), 'a');
  assert.deepEqual((await statements(here, up.id)).map(short), [
    '0 line 2 block null done null',
    '1 line 4 select null failed null',
    '2 line 7 rollback null done null',
  ]);
});

test('an index that a module could not build is not passed over, though it caught the error', async (t) => {
  const { database, migrator } = await place(t, {
    '1_a.mjs': module(
      `await client.query('CREATE TABLE a AS SELECT 1 AS n FROM generate_series(1, 2)');
try { await client.query('CREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n)'); } catch {}`,
      '',
      LOOSE,
    ),
  });
  const error = await failureOf(migrator.up());
  assert.match(error.message, /The index a_n on a is there but invalid/);
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  assert.deepEqual(
    await database.query('SELECT indisvalid FROM pg_index WHERE indexrelid = $1::regclass', ['a_n']),
    [{ indisvalid: false }],
  );
});

test('a module without down is forgotten at a rollback, and only when that is allowed', async (t) => {
  const { database, migrator } = await place(t, {
    '1_a.mjs': module(`await client.query('CREATE TABLE a ()');`),
  });
  await migrator.up();
  await assert.rejects(migrator.down(), { code: 'irreversible' });
  const { steps } = await migrator.down({ irreversible: true });
  assert.deepEqual(
    steps.map(({ action }) => action),
    ['forget'],
  );
  assert.equal(await tables(database), 'a');
});

test('a module that was edited after it ran is changed, and redo runs its new text', async (t) => {
  const { database, dir, migrator } = await place(t, {
    '1_a.mjs': module(`await client.query('CREATE TABLE a ()');`, `await client.query('DROP TABLE a');`),
  });
  await migrator.up();
  await writeFile(
    path.join(dir, '1_a.mjs'),
    module(`await client.query('CREATE TABLE b ()');`, `await client.query('DROP TABLE IF EXISTS a, b');`),
  );
  assert.equal(summary(await migrator.status()), '1 applied changed');
  await migrator.redo();
  assert.equal(summary(await migrator.status()), '1 applied');
  assert.equal(await tables(database), 'b');
});

test('a module whose file is gone is not rolled back from what the database has stored of it', async (t) => {
  const { dir, database, migrator } = await place(t, {
    '1_a.mjs': module(`await client.query('CREATE TABLE a ()');`, `await client.query('DROP TABLE a');`),
  });
  await migrator.up();
  await rm(path.join(dir, '1_a.mjs'));
  await assert.rejects(migrator.down(), {
    code: 'file_missing',
    message: '1_a.mjs is gone from the folder, and JavaScript is not run from what the database has stored.',
    next: /^Put the file back/,
  });
  assert.equal(await tables(database), 'a');
});

test('a module that cannot be loaded stops what needs it, and nothing else', async (t) => {
  const { dir, migrator } = await place(t, {
    '1_a.sql': goose('SELECT 1;'),
    '2_b.mjs': 'export const dwon = 1;',
  });
  assert.equal(summary(await migrator.status()), '1 pending, 2 pending invalid');
  await assert.rejects(migrator.up(), {
    code: 'invalid_file',
    message: /^2_b\.mjs does not export a function `up`/,
  });
  assert.equal((await migrator.up({ to: 1n })).current, 1n);
  await writeFile(path.join(dir, '2_b.mjs'), module(''));
  assert.equal((await migrator.up()).current, 2n);
});

/** `process.features.typescript` is not known to Node 20. */
const runsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);

test(
  'TypeScript runs as it is, and fails at its own lines',
  { skip: !runsTypeScript && `${process.version} cannot run it` },
  async (t) => {
    const { database, migrator } = await place(t, {
      '1_a.ts': `interface Client {
  query(text: string): Promise<unknown>;
}

export async function up(client: Client): Promise<void> {
  await client.query('CREATE TABLE a ()');
}
`,
      '2_b.mts': `export async function up(client: { query(text: string): Promise<unknown> }): Promise<void> {
  const nothing = null as unknown as { name: string };
  await client.query(nothing.name);
}
`,
    });
    const error = await failureOf(migrator.up());
    assert.equal(error.where, '2_b.mts:3:30');
    assert.equal(await tables(database), 'a');
  },
);
