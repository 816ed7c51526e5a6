// The same command lines to real goose and to Gander, each on a database of its own, both with goose's table.
// `go install github.com/pressly/goose/v3/cmd/goose@v3.27.3` puts goose on the PATH.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { type Ended, gander, run } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';

const skip = spawnSync('goose', ['--version']).error === undefined ? false : 'goose is not on the PATH';

/** libpq's form, as it stands in GOOSE_DBSTRING. */
function dsn({ url, name }: TestDatabase): string {
  const { hostname, port, username, password } = new URL(url);
  return `host=${hostname} port=${port} user=${username} password=${password} dbname=${name} sslmode=disable`;
}

/** What a database holds: its tables, columns and the rows of the history in their order. */
async function contents(database: TestDatabase, table: string): Promise<unknown> {
  const columns = await database.query(
    `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position`,
  );
  const known = await database.query(`SELECT to_regclass($1) IS NOT NULL AS there`, [table]);
  const rows =
    known[0]!['there'] === true
      ? await database.query(`SELECT version_id::text, is_applied FROM ${table} ORDER BY id`)
      : null;
  return { columns, rows };
}

type Settings = Record<string, string>;
type Line = (dsn: string, dir: string) => { args: string[]; env?: Settings };

/** Runs the lines with both, one after the other, and holds exit code and database against each other after each. */
async function compare(
  t: TestContext,
  dir: string,
  lines: readonly Line[],
  table = 'goose_db_version',
): Promise<void> {
  const [theirs, ours] = [await createDatabase(t), await createDatabase(t)];
  for (const line of lines) {
    const ask = (
      { args, env = {} }: ReturnType<Line>,
      command: (args: string[], env: Settings) => Promise<Ended>,
    ): Promise<Ended> => command(args, env);
    const expected = await ask(line(dsn(theirs), dir), (args, env) => run('goose', args, { env }));
    const actual = await ask(line(dsn(ours), dir), (args, env) =>
      gander(args, { env: { GOOSE_TABLE: table, ...env } }),
    );
    const words = line('DSN', 'DIR').args.join(' ');
    assert.equal(actual.code, expected.code, `${words}\n${expected.err}\n${actual.err}`);
    assert.deepEqual(await contents(ours, table), await contents(theirs, table), words);
  }
}

const FILES = { ...shop, '20240101000000_late.sql': goose('CREATE TABLE late ();', 'DROP TABLE late;') };

test('the commands of goose do the same to a database', { skip }, async (t) => {
  const lines: Line[] = [
    ['up-by-one'],
    ['up-to', '2'],
    ['up'],
    ['up'],
    ['version'],
    ['status'],
    ['redo'],
    ['down'],
    ['up'],
    ['down-to', '1'],
  ].map((words) => (address, dir) => ({ args: ['-dir', dir, 'postgres', address, ...words] }));
  await compare(t, await writeMigrations(FILES), lines);
});

test('options stand where goose lets them, and settings come from its variables', { skip }, async (t) => {
  const table = 'versions';
  const lines: Line[] = [
    (address, dir) => ({ args: ['postgres', address, 'up-by-one', '-dir', dir, '-table', table] }),
    (address, dir) => ({
      args: [`--dir=${dir}`, `-table=${table}`, '-v', '-s', 'postgres', address, 'up-by-one'],
    }),
    (address, dir) => ({
      args: ['-allow-missing', 'up', '-timeout', '1h13m', '-no-color'],
      env: {
        GOOSE_DRIVER: 'postgres',
        GOOSE_DBSTRING: address,
        GOOSE_MIGRATION_DIR: dir,
        GOOSE_TABLE: table,
      },
    }),
    (address, dir) => ({
      args: ['postgres', 'down', '-dir', dir, '-table', table],
      env: { GOOSE_DBSTRING: address },
    }),
    (address, dir) => ({
      args: [address, 'down', '-dir', dir, '-table', table],
      env: { GOOSE_DRIVER: 'postgres' },
    }),
  ];
  await compare(t, await writeMigrations(FILES), lines, table);
});

test('late migrations are refused until -allow-missing is said', { skip }, async (t) => {
  const partly = await writeMigrations({ '3_c.sql': goose('SELECT 3;') });
  const dir = await writeMigrations({
    '1_a.sql': goose('CREATE TABLE a ();'),
    '2_b.sql': goose('CREATE TABLE b ();'),
    '3_c.sql': goose('SELECT 3;'),
  });
  const [theirs, ours] = [await createDatabase(t), await createDatabase(t)];
  for (const { words, from, codes } of [
    { words: ['up'], from: partly, codes: [0, 0] },
    { words: ['up'], from: dir, codes: [1, 2] },
    { words: ['up', '-allow-missing'], from: dir, codes: [0, 0] },
  ]) {
    const args = (database: TestDatabase): string[] => ['-dir', from, 'postgres', dsn(database), ...words];
    const expected = await run('goose', args(theirs));
    const actual = await gander(args(ours), { env: { GOOSE_TABLE: 'goose_db_version' } });
    assert.deepEqual([expected.code, actual.code], codes, actual.err);
    assert.deepEqual(await contents(ours, 'goose_db_version'), await contents(theirs, 'goose_db_version'));
  }
});

test('-no-versioning runs the files and nothing else', { skip }, async (t) => {
  const dir = await writeMigrations({
    '1_a.sql': goose('CREATE TABLE IF NOT EXISTS a (id int);\nINSERT INTO a VALUES (1);', 'DELETE FROM a;'),
    '2_b.sql': goose('CREATE TABLE b ();', 'DROP TABLE b;'),
    '3_no_down.sql': goose('SELECT 3;'),
  });
  const line =
    (...words: string[]): Line =>
    (address) => ({ args: ['-no-versioning', '-dir', dir, 'postgres', address, ...words] });
  const all = [
    ['up'],
    ['up'], // fails: 2_b is there already, and 1_a has been run once more
    ['redo'],
    ['down'],
    ['down-to', '1'],
    ['up-by-one'],
    ['up-by-one'],
    ['up-to', '1'],
    ['status'],
    ['version'],
  ];
  await compare(
    t,
    dir,
    all.map((words) => line(...words)),
  );
});

test('.env is read, -env names another file, and the environment goes before both', { skip }, async (t) => {
  const dir = await writeMigrations(FILES);
  const [theirs, ours] = [await createDatabase(t), await createDatabase(t)];
  const [where, elsewhere] = [await writeMigrations(), await writeMigrations()];
  const settings = (database: TestDatabase): string =>
    `GOOSE_DRIVER=postgres\nexport GOOSE_DBSTRING="${dsn(database)}"\nGOOSE_MIGRATION_DIR='${dir}' # here\nGOOSE_TABLE=of_env\n`;
  for (const [folder, database] of [
    [where, ours],
    [elsewhere, theirs],
  ] as const) {
    await writeFile(path.join(folder, '.env'), settings(database));
    await writeFile(path.join(folder, 'other.env'), settings(database).replace('of_env', 'of_other'));
  }
  for (const [args, env] of [
    [['up-by-one'], {}],
    [['-env', 'other.env', 'up-by-one'], {}],
    [
      ['up-by-one'],
      {
        GOOSE_TABLE: 'of_environment',
        GOOSE_MIGRATION_DIR: await writeMigrations({ '9_x.sql': goose('CREATE TABLE x ();') }),
      },
    ],
    [['-env', 'none', 'up-by-one'], {}],
    [['-env', 'absent.env', 'up-by-one'], {}],
  ] as [string[], Settings][]) {
    const expected = await run('goose', args, { env, cwd: elsewhere });
    const actual = await gander(args, { env, cwd: where });
    assert.equal(actual.code === 0, expected.code === 0, `${args.join(' ')} ${actual.err}`);
    for (const table of ['of_env', 'of_other', 'of_environment'])
      assert.deepEqual(
        await contents(ours, table),
        await contents(theirs, table),
        `${args.join(' ')} ${table}`,
      );
  }
});

test('settings of the session in the address hold, as with goose’s driver', { skip }, async (t) => {
  const dir = await writeMigrations(shop);
  const [theirs, ours] = [await createDatabase(t), await createDatabase(t)];
  const where = async (database: TestDatabase): Promise<unknown> =>
    database.query(
      `SELECT schemaname, tablename FROM pg_tables WHERE tablename IN ('users', 'goose_db_version') AND schemaname <> 'gander' ORDER BY 1, 2`,
    );
  for (const database of [theirs, ours]) await database.query('CREATE SCHEMA app; CREATE SCHEMA "other one"');
  const addresses: ((database: TestDatabase) => string)[] = [
    (database) => `${dsn(database)} search_path=app`,
    (database) =>
      `${database.url}?sslmode=disable&search_path=%22other%20one%22&default_query_exec_mode=exec`,
  ];
  for (const address of addresses) {
    assert.equal((await run('goose', ['-dir', dir, 'postgres', address(theirs), 'up'])).code, 0);
    const { code, err } = await gander(['-dir', dir, 'postgres', address(ours), 'up'], {
      env: { GOOSE_TABLE: 'goose_db_version' },
    });
    assert.equal(code, 0, err);
    assert.deepEqual(await where(ours), await where(theirs));
  }
});

test('create -s and fix give files the names that goose gives them', { skip }, async () => {
  const files = {
    '00001_a.sql': '',
    '3_c.sql': '',
    '20251399000000_month_13.sql': '',
    '20240101000000_first.sql': '',
    '20240101000001_second.sql': '',
    '20991231235959_last_2024.sql': '',
  };
  const names = async (folder: string): Promise<string[]> => (await readdir(folder)).toSorted();
  const sections = Object.fromEntries(
    Object.keys(files).map((name) => [name, goose('SELECT 1;', 'SELECT 1;')]),
  );
  const [theirs, ours] = [await writeMigrations(sections), await writeMigrations(sections)];
  assert.equal((await run('goose', ['-dir', theirs, '-s', 'create', 'next', 'sql'])).code, 0);
  assert.equal((await gander(['-dir', ours, '-s', 'create', 'next', 'sql'])).code, 0);
  assert.deepEqual(await names(ours), await names(theirs));
  assert.equal((await run('goose', ['-dir', theirs, 'fix'])).code, 0);
  assert.equal((await gander(['-dir', ours, 'fix', '--unapplied'])).code, 0);
  assert.deepEqual(await names(ours), await names(theirs));
});
