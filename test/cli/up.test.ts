import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gander, startGander } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

test('up prints what goose prints: a line for each file with its time, and where it ends', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '00004_later.sql': '-- +goose Up\n' });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const first = await gander(['up'], { env });
  assert.equal(first.code, 0, first.err);
  assert.match(
    first.out,
    /^OK {3}1_create_users\.sql \([\d.]+ m?s\)\nOK {3}2_create_orders\.sql .*\nOK {3}3_add_phone\.sql .*\nEMPTY 00004_later\.sql .*\ngander: successfully migrated database to version: 4 \(4 migrations, [\d.]+ m?s\)\n$/,
  );
  assert.deepEqual(await gander(['up'], { env }), {
    code: 0,
    out: 'gander: no migrations to run. current version: 4\n',
    err: '',
  });
  assert.equal((await gander(['version'], { env })).out, 'gander: version 4\n');
});

test('up by one, up to a version, and all the way down again', async (t) => {
  const database = await createDatabase(t);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
  const say = async (...args: string[]): Promise<string> => (await gander(args, { env })).out;
  assert.equal(await say('version'), 'gander: version 0\n');
  assert.match(await say('up-by-one'), /^OK {3}1_create_users\.sql .*\ngander: success.* to version: 1 /);
  assert.match(await say('up-to', '2'), /^OK {3}2_create_orders\.sql .*\ngander: success.* to version: 2 /);
  assert.match(await say('up-to', '2'), /^gander: no migrations to run\. current version: 2\n$/);
  assert.match(await say('up'), /to version: 3 \(1 migration, /);
  assert.match(
    await say('down'),
    /^OK {3}3_add_phone\.sql .*\ngander: rolled back 1 migration \(.*\)\. current version: 2\n$/,
  );
  assert.match(await say('down-to', '1'), /^OK {3}2_create_orders\.sql .*\n.* current version: 1\n$/);
  assert.match(
    await say('redo'),
    /^OK {3}1_create.*\nOK {3}1_create.*\ngander: rolled back and applied again\. current version: 1\n$/,
  );
  assert.match(await say('reset', '--yes'), /current version: 0\n$/);
  for (const command of ['down', 'redo', 'reset'])
    assert.equal(await say(command), 'gander: no migrations to run. current version: 0\n', command);
});

test('rolling back everything is not done without --yes where nobody can be asked', async (t) => {
  const database = await createDatabase(t);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
  await gander(['up'], { env });
  for (const args of [['reset'], ['down-to', '0']]) {
    const { code, err } = await gander(args, { env });
    assert.equal(code, 2);
    assert.match(err, /Roll back all 3 migrations of .*\? What their tables hold is lost\.\n {2}→ Say --yes/);
  }
  assert.equal((await gander(['version'], { env })).out, 'gander: version 3\n');
  assert.equal((await gander(['down-to', '0', '--yes'], { env })).code, 0);
});

test('a plan shows what would run, with its SQL, and runs nothing', async (t) => {
  const database = await createDatabase(t);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
  await gander(['up-by-one'], { env });
  assert.match(
    (await gander(['plan', '--to', '2'], { env })).out,
    /^1\. 2_create_orders\.sql\n {5}CREATE TABLE orders [^]*;\n {5}CREATE INDEX orders_user ON orders \(user_id\);\n$/,
  );
  assert.match(
    (await gander(['plan', '--down', '0'], { env })).out,
    /^1\. 1_create_users\.sql\n {5}DROP TABLE/,
  );
  assert.equal((await gander(['plan', '--to', '2', '--down', '0'], { env })).code, 2);
  assert.equal((await gander(['version'], { env })).out, 'gander: version 1\n');
});

test('--verbose prints every statement as it runs, its time and its rows', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_a.sql': goose(
      'CREATE TABLE a (id int);\nINSERT INTO a SELECT generate_series(1, 3);',
      'DROP TABLE a;',
    ),
    '2_b.sql': gooseWithoutTransaction('CREATE INDEX CONCURRENTLY a_id ON a (id);'),
  });
  const { err, out } = await gander(['up', '-v', '--database', database.url, '--dir', dir]);
  const time = String.raw`[\d.]+ m?s`;
  assert.match(
    err,
    new RegExp(
      `^  CREATE TABLE a \\(id int\\);\n    ${time}\n  INSERT INTO a SELECT [^;]*;\n    ${time}, 3 rows\n  CREATE INDEX CONCURRENTLY a_id ON a \\(id\\);\n    ${time}\n$`,
    ),
  );
  assert.match(out, /^OK {3}1_a\.sql .*\nOK {3}2_b\.sql .*\ngander: success/);
});

test('status lists every migration; --check says by its exit code that something is pending or dirty', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '2_create_orders.sql': goose('SELEC 1;') });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  assert.match(
    (await gander(['status'], { env })).out,
    /history in public\.schema_migrations \(not made yet\)/,
  );
  assert.equal((await gander(['status', '--check'], { env })).code, 4);
  await gander(['up'], { env });
  const { out, code } = await gander(['status'], { env });
  assert.equal(code, 0);
  assert.match(out, /^applied {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}1_create_users\.sql$/m);
  assert.match(
    out,
    /^dirty {26}2_create_orders\.sql {2}\(rolled back\)\n {31}syntax error at or near "SELEC"$/m,
  );
  assert.match(out, /^pending {24}3_add_phone\.sql$/m);
  assert.match(out, /^1 applied, 1 pending, 1 dirty$/m);
  assert.equal((await gander(['status', '--check'], { env })).code, 4);
  await writeFile(path.join(dir, '2_create_orders.sql'), shop['2_create_orders.sql']!);
  await gander(['up'], { env });
  assert.equal((await gander(['status', '--check'], { env })).code, 0);
});

test('whoever stops reading does not stop the run', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '4_slow.sql': goose('SELECT pg_sleep(0.5);') });
  const { child, ended } = startGander(['up'], {
    env: { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir },
  });
  child.stdout!.once('data', () => child.stdout!.destroy());
  assert.equal((await ended).code, 0);
  assert.equal((await database.query('SELECT FROM schema_migrations WHERE NOT is_dirty')).length, 4);
});

test('validate checks the files without a database, and with --verbose tells what is in them', async () => {
  assert.deepEqual(await gander(['validate', '--dir', await writeMigrations(shop)]), {
    code: 0,
    out: 'gander: 3 valid files\n',
    err: '',
  });
  const dir = await writeMigrations({ ...shop, '4_bad.sql': '-- +goose Up\nSELECT 1\n', 'x.sql': '' });
  const { code, err, out } = await gander(['validate', '--dir', dir, '-v']);
  assert.equal(code, 2);
  assert.match(err, /^problem: x\.sql has no “_”/m);
  assert.match(err, /^problem: 4_bad\.sql:2:1: .*\n {4}1 \| -- \+goose Up\n {2}> 2 \| SELECT 1\n {6}\| \^$/m);
  assert.match(out, /^Txn {4}Up Down {2}File\nyes {5}1 {4}1 {2}1_create_users\.sql\nyes {5}2 {4}1 {2}2_/);
  assert.match(out, /^gander: 3 valid files, 2 problems$/m);
});
