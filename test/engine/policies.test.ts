// What is odd about a database or its folder, and whether a run goes on all the same.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { folder, Migrator, type MigratorOptions, type RunEvent } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { summary, tables } from '../support/engine.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';

const EDITED = goose('CREATE TABLE users (id bigint PRIMARY KEY, name text);', 'DROP TABLE users;');
const FOURTH = { '4_create_items.sql': goose('CREATE TABLE items ();', 'DROP TABLE items;') };

/** The notes of an `up`. */
async function notesOf(migrator: Migrator): Promise<string[]> {
  const notes: string[] = [];
  const onEvent = (event: RunEvent): void => void (event.type === 'note' && notes.push(event.message));
  await migrator.up({ onEvent });
  return notes;
}

function open(database: TestDatabase, dir: string, options: Partial<MigratorOptions> = {}): Migrator {
  return new Migrator({ pool: database.pool, source: folder(dir), ...options });
}

test('a file that was edited after it had run is said when something is to be run, and is not run again', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  await open(database, dir).up();
  await writeFile(path.join(dir, '1_create_users.sql'), EDITED);
  await writeFile(path.join(dir, '4_create_items.sql'), FOURTH['4_create_items.sql']);
  assert.deepEqual(await notesOf(open(database, dir)), [
    '1_create_users is applied, but the file is no longer what ran. It is not run again.',
  ]);
  assert.equal(
    summary(await open(database, dir).status()),
    '1 applied changed, 2 applied, 3 applied, 4 applied',
  );
});

test('several edited files are told in one sentence', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  await open(database, dir).up();
  for (const file of ['1_create_users.sql', '3_add_phone.sql'])
    await writeFile(path.join(dir, file), goose('SELECT 1;', 'SELECT 1;'));
  await writeFile(path.join(dir, '4_create_items.sql'), FOURTH['4_create_items.sql']);
  assert.deepEqual(await notesOf(open(database, dir)), [
    '1_create_users, 3_add_phone are applied, but the file is no longer what ran. It is not run again.',
  ]);
});

test('rolling back an edited file says that its Down of now runs; the policy to refuse does not let it, and lets others', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  await open(database, dir).up();
  await writeFile(path.join(dir, '2_create_orders.sql'), goose('SELECT 2;', 'DROP TABLE orders;'));
  const strict = open(database, dir, { changed: 'refuse' });
  assert.equal((await strict.down()).current, 2n, 'another one');
  await assert.rejects(strict.down(), { code: 'changed' });
  const notes: string[] = [];
  await open(database, dir).down({
    onEvent: (event) => event.type === 'note' && notes.push(event.message),
  });
  assert.deepEqual(notes, [
    '2_create_orders is applied, but the file is no longer what ran. What its Down says now is run.',
  ]);
  assert.equal(summary(await open(database, dir).status()), '1 applied, 2 pending, 3 pending');
});

test('with the policy to refuse, an edited file stops every up, also one that has nothing to apply', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  await open(database, dir).up();
  await writeFile(path.join(dir, '1_create_users.sql'), EDITED);
  const strict = open(database, dir, { changed: 'refuse' });
  const refusal = {
    code: 'changed',
    message: '1_create_users is applied, but the file is no longer what ran.',
    next: 'Put back what ran, and write the change into a new migration.',
    file: '1_create_users.sql',
  };
  await assert.rejects(strict.up(), refusal);
  await writeFile(path.join(dir, '4_create_items.sql'), FOURTH['4_create_items.sql']);
  await assert.rejects(strict.up(), refusal);
  await assert.rejects(strict.ensureUpToDate(), { code: 'changed', file: '1_create_users.sql' });
  assert.equal(await tables(database), 'orders users', 'nothing was run');

  await writeFile(path.join(dir, '1_create_users.sql'), shop['1_create_users.sql']!);
  assert.equal((await strict.up()).current, 4n, 'put back, it goes on');
});

test('a file that has not run yet may be edited, and so may one that goose applied: nobody knows what ran', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  await open(database, dir, { table: 'goose_db_version' }).up({ to: 1n });
  await database.query('INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)');
  await database.query('CREATE TABLE orders (id bigint PRIMARY KEY)');
  await writeFile(path.join(dir, '2_create_orders.sql'), goose('SELECT 1;', 'SELECT 1;'));
  await writeFile(path.join(dir, '3_add_phone.sql'), goose('ALTER TABLE users ADD COLUMN fax text;'));
  assert.deepEqual(await notesOf(open(database, dir, { changed: 'refuse' })), []);
});

test('a database that is ahead of the folder is said, and nothing is run', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, ...FOURTH });
  await open(database, dir).up();
  await rm(path.join(dir, '4_create_items.sql'));
  assert.deepEqual(await notesOf(open(database, dir)), [
    'The database is newer than the folder: 4_create_items is applied and has no file.',
  ]);
  await rm(path.join(dir, '3_add_phone.sql'));
  assert.deepEqual(await notesOf(open(database, dir)), [
    'The database is newer than the folder: 3_add_phone, 4_create_items are applied and have no file.',
  ]);
});

test('with the policy to refuse, a database that is ahead of the folder stops up', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, ...FOURTH });
  const strict = open(database, dir, { newer: 'refuse' });
  await strict.up({ to: 2n });
  await strict.up();
  await rm(path.join(dir, '4_create_items.sql'));
  await assert.rejects(strict.up(), {
    code: 'newer',
    message: 'The database is newer than the folder: 4_create_items is applied and has no file.',
    next: /^Deploy the version that these migrations belong to/,
  });
  await database.query('DELETE FROM schema_migrations WHERE version_id = 3');
  await assert.rejects(strict.up({ outOfOrder: true }), { code: 'newer' });
  assert.equal(
    summary(await strict.status()),
    '1 applied, 2 applied, 3 pending out of order, 4 applied missing',
  );
});

test('a file that is gone from among older ones does not make the database newer', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  await open(database, dir).up();
  await rm(path.join(dir, '2_create_orders.sql'));
  const strict = open(database, dir, { newer: 'refuse', changed: 'refuse' });
  assert.deepEqual(await notesOf(strict), []);
  assert.equal(summary(await strict.status()), '1 applied, 2 applied missing, 3 applied');
});

test('a newer migration that failed and was undone does not make the database newer', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '4_broken.sql': goose('SELEC 1;') });
  await assert.rejects(open(database, dir).up(), { code: 'migration_failed' });
  await rm(path.join(dir, '4_broken.sql'));
  assert.deepEqual(await notesOf(open(database, dir, { newer: 'refuse' })), []);
});

test('rolling back is held up by neither', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, ...FOURTH });
  await open(database, dir).up();
  await writeFile(path.join(dir, '1_create_users.sql'), EDITED);
  await rm(path.join(dir, '4_create_items.sql'));
  const strict = open(database, dir, { newer: 'refuse', changed: 'refuse' });
  assert.equal((await strict.down({ to: 1n })).current, 1n);
});
