import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createMigration } from '../../server/engine/index.ts';
import { gander, startGander } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';

test('up prints a line for each migration and where it ends; a second up has nothing to do', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const first = await gander(['up'], { env });
  assert.equal(first.code, 0, first.err);
  assert.match(
    first.out,
    /^OK {3}1_create_users \([\d.]+ m?s\)\nOK {3}2_create_orders .*\nOK {3}3_add_phone .*\ngander: 3 applied, at version 3\n$/,
  );
  assert.deepEqual(await gander(['up'], { env }), {
    code: 0,
    out: 'gander: nothing to do, at version 3\n',
    err: '',
  });
  assert.equal((await gander(['version'], { env })).out, 'gander: version 3\n');
});

test('the settings of goose work unchanged', async (t) => {
  const database = await createDatabase(t);
  const url = new URL(database.url);
  const dsn = `host=${url.hostname} port=${url.port} user=${url.username} password=${url.password} dbname=${database.name} sslmode=disable`;
  const env = {
    GOOSE_DRIVER: 'postgres',
    GOOSE_DBSTRING: dsn,
    GOOSE_MIGRATION_DIR: await writeMigrations(shop),
    GOOSE_TABLE: 'versions',
  };
  assert.equal((await gander(['up'], { env })).code, 0);
  assert.equal((await database.query('SELECT FROM versions WHERE is_applied')).length, 4);
});

test('status lists every migration; --check says by its exit code that something is pending or dirty', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '2_create_orders.sql': goose('SELEC 1;') });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  assert.equal((await gander(['status'], { env })).code, 0);
  assert.equal((await gander(['status', '--check'], { env })).code, 4);
  await gander(['up'], { env });
  const { out } = await gander(['status'], { env });
  assert.match(out, /^applied {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}1_create_users$/m);
  assert.match(out, /^dirty .* 2_create_orders {2}\(rolled back\)$/m);
  assert.match(out, /^pending {24}3_add_phone$/m);
  assert.equal((await gander(['status', '--check'], { env })).code, 4);
  await writeFile(path.join(dir, '2_create_orders.sql'), shop['2_create_orders.sql']!);
  await gander(['up'], { env });
  assert.equal((await gander(['status', '--check'], { env })).code, 0);
});

test('JSON has versions as strings, in results and in errors', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '9223372036854775807_last.sql': goose('SELEC 1;') });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const status = JSON.parse((await gander(['status', '--json'], { env })).out);
  assert.equal(status.migrations[0].version, '9223372036854775807');
  const up = await gander(['up', '--json'], { env });
  assert.equal(up.code, 1);
  const { error } = JSON.parse(up.out);
  assert.equal(error.code, 'migration_failed');
  assert.deepEqual(error.place, { line: 2, column: 1 });
  assert.equal(error.run.steps[0].failure.sqlstate, '42601');
});

test('a failed migration ends with 1, and says file, line, column and what to do', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_bad.sql': goose('SELECT 1;\nSELECT *\n  FROM nowhere;') });
  const { code, out, err } = await gander(['up', '--dir', dir, '--database', database.url]);
  assert.equal(code, 1);
  assert.match(out, /^FAIL 1_bad/);
  assert.match(
    err,
    /^gander: 1_bad\.sql:4:8: 1_bad failed: relation "nowhere" does not exist \(SQLSTATE 42P01\)\n {2}→ PostgreSQL undid all of it\. Mend what it ran into, and run again\.\n$/,
  );
});

test('down-to 0 is not done without --yes where nobody can be asked', async (t) => {
  const database = await createDatabase(t);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
  await gander(['up'], { env });
  const refused = await gander(['down-to', '0'], { env });
  assert.equal(refused.code, 2);
  assert.match(
    refused.err,
    /Roll back all 3 migrations of .*\? What their tables hold is lost\.\n {2}→ Say --yes/,
  );
  assert.equal((await gander(['version'], { env })).out, 'gander: version 3\n');
  const { code, out } = await gander(['down-to', '0', '--yes'], { env });
  assert.equal(code, 0);
  assert.match(out, /gander: 3 rolled back, nothing is applied\n$/);
});

test('wrong use ends with 2 and a sentence', async (t) => {
  const database = await createDatabase(t);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
  const wrong: readonly [string[], Record<string, string>, RegExp][] = [
    [['fly'], env, /unknown command 'fly'/],
    [['up', '--fast'], env, /unknown option '--fast'/],
    [['down-to', 'x'], env, /“x” is not a version/],
    [['down-to'], env, /missing required argument 'version'/],
    [['up'], {}, /DATABASE_URL is not set/],
    [['up'], { ...env, DATABASE_URL: 'shop' }, /DATABASE_URL must be the address of a PostgreSQL database/],
    [['up', '--dir', '/nowhere/at/all'], env, /The migrations folder \/nowhere\/at\/all does not exist/],
    [['resolve', '1'], env, /Say what you found in the database/],
    [['create', '---'], env, /unknown option|makes no file name/],
  ];
  for (const [args, settings, expected] of wrong) {
    const { code, err } = await gander(args, { env: settings, cwd: '/' });
    assert.equal(code, 2, `${args.join(' ')}: ${err}`);
    assert.match(err, expected, args.join(' '));
    assert.doesNotMatch(err, /^\s+at /m, 'no stack for users');
  }
});

test('a folder that is ambiguous ends with 2 and runs nothing', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '03_twin.sql': goose('SELECT 1;'), 'bad.sql': '' });
  const { code, err } = await gander(['up'], { env: { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir } });
  assert.equal(code, 2);
  assert.match(err, /bad\.sql has no “_”[^]*3_add_phone\.sql have the same version, 3/);
  assert.deepEqual(await database.query(`SELECT FROM pg_tables WHERE schemaname = 'public'`), []);
});

test('a database out of reach, and a wrong password, end with 5 and without the password', async (t) => {
  const database = await createDatabase(t);
  const url = new URL(database.url);
  url.password = 'not-the-password';
  for (const address of [url.href, 'postgres://u:not-the-password@127.0.0.1:1/x', `${database.url}_gone`]) {
    const { code, err } = await gander([
      'status',
      '--database',
      address,
      '--dir',
      await writeMigrations(shop),
    ]);
    assert.equal(code, 5, err);
    assert.match(err, /^gander: The database cannot be reached: .+\n {2}→ Check .+\n$/);
    assert.doesNotMatch(err, /not-the-password/);
  }
});

test('while somebody else migrates, status says who', async (t) => {
  const database = await createDatabase(t);
  const holder = new Client({ connectionString: database.url, application_name: 'deploy 42' });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(4097083626)');
  const { out } = await gander([
    'status',
    '--json',
    '--database',
    database.url,
    '--dir',
    await writeMigrations(shop),
  ]);
  assert.equal(JSON.parse(out).lock.application, 'deploy 42');
  await holder.end();
});

test('create makes a file with the time as its version and a readable name', async () => {
  const dir = path.join(await writeMigrations(), 'new', 'folder');
  const { code, out } = await gander(['create', 'Add phone, to Users', '--dir', dir]);
  assert.equal(code, 0);
  const [file] = await readdir(dir);
  assert.match(file!, /^20\d{12}_add_phone_to_users\.sql$/);
  assert.ok(out.includes(file!));
  assert.equal(await readFile(path.join(dir, file!), 'utf8'), '-- +goose Up\n\n-- +goose Down\n');
});

test('Ctrl-C cancels the migration that is running: it is undone, and the exit code says that it failed', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    ...shop,
    '4_slow.sql': goose('CREATE TABLE slow (id int);\nSELECT pg_sleep(60);'),
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const { child, ended } = startGander(['up'], { env });
  const running = `SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%' AND state = 'active' AND datname = current_database()`;
  while ((await database.query(running)).length === 0) await sleep(50);
  child.kill('SIGINT');
  const { code, err } = await ended;
  assert.equal(code, 1);
  assert.match(err, /4_slow failed: canceling statement due to user request \(SQLSTATE 57014\)/);
  assert.equal((await gander(['version'], { env })).out, 'gander: version 3\n');
  assert.deepEqual(await database.query(`SELECT FROM pg_tables WHERE tablename = 'slow'`), []);
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

test('with --json every failure is JSON', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const wrong = [
    ['up', '--json', '--database', 'mysql://x'],
    ['up', '--json', '--nonsense'],
    ['up', '--json', '--database', 'postgres://127.0.0.1:1/x', '--dir', dir],
    ['down-to', '77', '--json', '--database', database.url, '--dir', dir],
    ['resolve', '1', '--json', '--applied', '--database', database.url, '--dir', dir],
  ];
  for (const args of wrong) {
    const { out, code } = await gander(args);
    assert.notEqual(code, 0, args.join(' '));
    assert.ok(JSON.parse(out).error.message, args.join(' '));
  }
});

test('two migrations made in the same second get two versions', async () => {
  const dir = await writeMigrations();
  for (const name of ['one', 'two', 'three']) await createMigration(dir, name, new Date());
  const versions = (await readdir(dir)).map((name) => name.split('_')[0]);
  assert.equal(new Set(versions).size, 3);
});

test('up by one, up to a version, a plan that runs nothing, and back to nothing', async (t) => {
  const database = await createDatabase(t);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
  assert.match((await gander(['up-by-one'], { env })).out, /gander: 1 applied, at version 1\n$/);
  const { out } = await gander(['plan', '--to', '2'], { env });
  assert.match(
    out,
    /^1\. 2_create_orders\n {5}CREATE TABLE orders [^]*;\n {5}CREATE INDEX orders_user ON orders \(user_id\);\n$/,
  );
  const { steps } = JSON.parse((await gander(['plan', '--json'], { env })).out);
  assert.deepEqual(
    steps.map((step: { version: string }) => step.version),
    ['2', '3'],
  );
  assert.equal(steps[0].statements[1].does, 'creates index orders_user on orders');
  assert.match((await gander(['up-to', '2'], { env })).out, /at version 2\n$/);
  assert.match(
    (await gander(['plan', '--down', '0'], { env })).out,
    /^1\. 2_create_orders\n {5}DROP TABLE orders;\n2\. 1_create_users/,
  );
  assert.equal((await gander(['reset'], { env })).code, 2);
  assert.match(
    (await gander(['reset', '--yes'], { env })).out,
    /gander: 2 rolled back, nothing is applied\n$/,
  );
});

test('validate checks the files without a database', async () => {
  assert.deepEqual(await gander(['validate', '--dir', await writeMigrations(shop)]), {
    code: 0,
    out: 'gander: 3 files are valid\n',
    err: '',
  });
  const dir = await writeMigrations({ ...shop, '4_bad.sql': '-- +goose Up\nSELECT 1\n', 'x.sql': '' });
  const { code, err } = await gander(['validate', '--dir', dir]);
  assert.equal(code, 2);
  assert.match(err, /^problem: x\.sql has no “_”/m);
  assert.match(err, /^problem: 4_bad\.sql:2:/m);
});

test('a goose command line works as it is', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  assert.equal((await gander(['-dir', dir, '-table', 'versions', 'postgres', database.url, 'up'])).code, 0);
  assert.equal((await database.query('SELECT FROM versions')).length, 3);
  const fresh = await writeMigrations();
  assert.match((await gander(['-dir', fresh, 'create', '-s', 'first', 'sql'])).out, /00001_first\.sql\n$/);
  assert.match((await gander(['-dir', fresh, '-s', 'create', 'second', 'sql'])).out, /00002_second\.sql\n$/);
});

test('--version says which Gander it is', async () => {
  assert.match((await gander(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
});
