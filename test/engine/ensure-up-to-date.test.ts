// What a service calls before it listens, and the story that it ends with when it cannot.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Client, Pool } from 'pg';
import { folder, GanderError, MigrationFailed, Migrator } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { summary, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

const LOCK = 4_097_083_626n;

function open(database: TestDatabase, dir: string): Migrator {
  return new Migrator({ pool: database.pool, source: folder(dir) });
}

async function storyOf(start: Promise<unknown>): Promise<GanderError> {
  const error = await start.then(
    () => assert.fail('it should not have started'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof GanderError, String(error));
  return error;
}

test('it returns what it applied, and nothing when nothing was pending', async (t) => {
  const database = await createDatabase(t);
  const migrator = open(database, await writeMigrations(shop));
  const { steps, current } = await migrator.ensureUpToDate();
  assert.deepEqual([steps.map(({ version }) => version), current], [[1n, 2n, 3n], 3n]);
  assert.deepEqual(await migrator.ensureUpToDate(), { id: null, direction: 'up', steps: [], current: 3n });
});

test('when a migration fails the error tells it all: the place, the excerpt, what PostgreSQL said, what was applied, what was not run, what next', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    ...shop,
    '3_fill.sql': goose(
      "INSERT INTO users VALUES (1);\n\n\tINSERT INTO users VALUES (2), (1);\nSELECT 'never';",
      'SELECT 1;',
    ),
    '4_more.sql': goose('SELECT 1;', 'SELECT 1;'),
    '5_more.sql': goose('SELECT 1;', 'SELECT 1;'),
  });
  await rm(path.join(dir, '3_add_phone.sql'));
  const error = await storyOf(open(database, dir).ensureUpToDate());
  assert.equal(
    error.message,
    `The database is not up to date. 3_fill.sql:4:2: 3_fill failed: duplicate key value violates unique constraint "users_pkey" (SQLSTATE 23505)
  2 | INSERT INTO users VALUES (1);
  3 | 
> 4 | \tINSERT INTO users VALUES (2), (1);
    | \t^
  5 | SELECT 'never';
  6 | 
detail: Key (id)=(1) already exists.
applied: 1_create_users, 2_create_orders
failed: 3_fill
not run: 4_more, 5_more
→ PostgreSQL undid all of it. Mend what it ran into, and run again.`,
  );
  assert.deepEqual(
    [error.code, error.file, error.place, error.next],
    [
      'migration_failed',
      '3_fill.sql',
      { line: 4, column: 2 },
      'PostgreSQL undid all of it. Mend what it ran into, and run again.',
    ],
  );
  assert.ok(error.cause instanceof MigrationFailed);
  assert.equal(error.cause.run.steps[2]?.failure?.sqlstate, '23505');
  assert.equal(await tables(database), 'orders users');
});

test('a failure in a function tells where in it; one without a place in the file has no excerpt', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_deferred.sql': goose(
      'CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);',
    ),
  });
  const atCommit = await storyOf(open(database, dir).ensureUpToDate());
  assert.match(
    atCommit.message,
    /^The database is not up to date\. 1_deferred failed: insert or update on table "a"/,
  );
  assert.doesNotMatch(atCommit.message, /\^| \| /);
  assert.match(atCommit.message, /\napplied: none\nfailed: 1_deferred\n→ /);

  const inFunction = await writeMigrations({
    '1_do.sql': goose("DO $$\nBEGIN\n  RAISE EXCEPTION 'no' USING HINT = 'think again';\nEND $$;"),
  });
  const { message } = await storyOf(open(await createDatabase(t), inFunction).ensureUpToDate());
  assert.match(message, /hint: think again\ncontext: PL\/pgSQL function inline_code_block line 3 at RAISE\n/);
});

test('when it fails half-way outside a transaction the story says what to do, and so does every start after it', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    ...shop,
    '4_half.sql': gooseWithoutTransaction(
      'CREATE TABLE half ();\nALTER TABLE nobody ADD x int;',
      'SELECT 1;',
    ),
    '5_more.sql': goose('SELECT 1;', 'SELECT 1;'),
  });
  const next =
    'It has no transaction: what ran before the failure is in the database. See what is there; then gander resolve 4 --applied, --not-applied, --resume or --retry.';
  const first = await storyOf(open(database, dir).ensureUpToDate());
  assert.match(first.message, /\nfailed: 4_half\nnot run: 5_more\n→ /);
  assert.equal(first.next, next);
  const second = await storyOf(open(database, dir).ensureUpToDate());
  assert.equal(second.code, 'dirty');
  assert.equal(
    second.message,
    'The database is not up to date. 4_half is dirty: it was applied in part, so nothing runs until a person has looked.\n→ See what is in the database, then say so: gander resolve 4 --applied, --not-applied, --resume or --retry.',
  );
  await writeFile(
    path.join(dir, '4_half.sql'),
    gooseWithoutTransaction('CREATE TABLE half ();\nSELECT 1;', 'SELECT 1;'),
  );
  await open(database, dir).resolve(4n, 'resume');
  assert.equal((await open(database, dir).ensureUpToDate()).current, 5n);
});

test('who holds the lock is told when it does not come free in time', async (t) => {
  const database = await createDatabase(t);
  const holder = new Client({ connectionString: database.url, application_name: 'the new release' });
  holder.on('error', () => {});
  await holder.connect();
  t.after(() => holder.end());
  await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const migrator = open(database, await writeMigrations(shop));
  const { code, message } = await storyOf(migrator.ensureUpToDate({ lockWait: 50 }));
  assert.equal(code, 'locked');
  assert.match(
    message,
    /^The database is not up to date\. Migrations are being run by the new release \(process \d+, .*\n→ Wait for it to finish\. If that session is dead, end it: SELECT pg_terminate_backend\(\d+\)\.$/,
  );
  await holder.query('SELECT pg_advisory_unlock($1)', [LOCK]);
  assert.equal((await migrator.ensureUpToDate()).current, 3n);
});

test('a start that is aborted says what was done before', async (t) => {
  const database = await createDatabase(t);
  const stop = new AbortController();
  const migrator = open(
    database,
    await writeMigrations({ ...shop, '4_more.sql': gooseWithoutTransaction('SELECT 1;') }),
  );
  const { code, message } = await storyOf(
    migrator.ensureUpToDate({
      signal: stop.signal,
      onEvent: (event) => event.type === 'ended' && event.result.version === 3n && stop.abort(),
    }),
  );
  assert.equal(code, 'cancelled');
  assert.equal(
    message,
    'The database is not up to date. The run was cancelled before 4_more.\napplied: 1_create_users, 2_create_orders, 3_add_phone\nnot run: 4_more',
  );
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied, 4 pending');
});

test('a late migration is not applied unasked', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  await rm(path.join(dir, '2_create_orders.sql'));
  await open(database, dir).ensureUpToDate();
  await writeFile(path.join(dir, '2_create_orders.sql'), shop['2_create_orders.sql']!);
  const { code, message } = await storyOf(open(database, dir).ensureUpToDate());
  assert.equal(code, 'out_of_order');
  assert.match(message, /^The database is not up to date\. 2_create_orders is pending but older than/);
  assert.equal((await open(database, dir).ensureUpToDate({ outOfOrder: true })).current, 3n);
});

test('of a database that is ahead, or cannot be reached, it does not say that it is behind', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  await open(database, dir).ensureUpToDate();
  await rm(path.join(dir, '3_add_phone.sql'));
  const strict = new Migrator({ pool: database.pool, source: folder(dir), newer: 'refuse' });
  assert.match(
    (await storyOf(strict.ensureUpToDate())).message,
    /^The database is newer than the folder: .*\n→ /,
  );
  const pool = new Pool({ connectionString: 'postgres://shop:s3cret@127.0.0.1:1/shop' });
  pool.on('error', () => {});
  const away = await storyOf(new Migrator({ pool, source: folder(dir) }).ensureUpToDate());
  assert.match(away.message, /^The database cannot be reached: .*\n→ Check that the server is running/);
  assert.doesNotMatch(`${away.message} ${away.stack}`, /s3cret/);
  await pool.end();
});

test('what ENVSUB put in is not in the story', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_secret.sql': `-- +goose Up\n-- +goose ENVSUB ON\nSELECT '\${TOKEN}'::int;\n`,
  });
  const source = folder(dir, { env: { TOKEN: 'hunter2' } });
  const error = await storyOf(new Migrator({ pool: database.pool, source }).ensureUpToDate());
  assert.match(error.message, /invalid input syntax for type integer: /);
  assert.doesNotMatch(inspect(error, { depth: null, showHidden: true }), /hunter2/);
});

test('what is no error of Gander’s is thrown as it is', async (t) => {
  const database = await createDatabase(t);
  const bug = new TypeError('a bug in a source of one’s own');
  const source = { ...folder(await writeMigrations(shop)), read: () => Promise.reject(bug) };
  await assert.rejects(new Migrator({ pool: database.pool, source }).ensureUpToDate(), bug);
});
