// A database that had its schema before it had a history.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Pool } from 'pg';
import { folder, Migrator, type MigratorOptions } from '../../server/engine/index.ts';
import { run } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

const TABLES = { gander: 'schema_migrations', goose: 'goose_db_version' } as const;
const skip = spawnSync('goose', ['--version']).error === undefined ? false : 'goose is not on the PATH';

const ALL_TABLES = `SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`;

function open(database: TestDatabase, dir: string, options: Partial<MigratorOptions> = {}): Migrator {
  return new Migrator({ pool: database.pool, source: folder(dir), ...options });
}

/** A database whose schema somebody has made by hand, as the first two migrations of `shop` would. */
async function madeByHand(database: TestDatabase): Promise<void> {
  await database.query(`
    CREATE TABLE users (id bigint PRIMARY KEY);
    CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
    CREATE INDEX orders_user ON orders (user_id);`);
}

for (const [format, table] of Object.entries(TABLES)) {
  describe(`with ${format}'s history table`, () => {
    test('everything up to a version counts as applied, nothing is run, and up goes on from there', async (t) => {
      const database = await createDatabase(t);
      await madeByHand(database);
      const migrator = open(database, await writeMigrations(shop), { table, actor: 'ada' });
      const result = await migrator.baseline(2n);
      assert.deepEqual(
        result.steps.map(({ version, action, outcome }) => [version, action, outcome]),
        [
          [1n, 'mark', 'done'],
          [2n, 'mark', 'done'],
        ],
      );
      assert.equal(result.current, 2n);
      const state = await migrator.status();
      assert.equal(summary(state), '1 applied, 2 applied, 3 pending');
      assert.equal(state.migrations[0]?.applied?.actor, 'ada');
      assert.equal((await migrator.up()).steps.length, 1);
      await database.query('SELECT phone FROM users');
    });

    test('what was recorded so can be rolled back, also when its file is gone', async (t) => {
      const database = await createDatabase(t);
      await madeByHand(database);
      const dir = await writeMigrations(shop);
      const migrator = open(database, dir, { table });
      await migrator.baseline(2n);
      await rm(path.join(dir, '2_create_orders.sql'));
      await migrator.down({ to: 0n });
      assert.equal(await tables(database), '');
    });

    test('it is a run in the journal, and says that nothing was run', async (t) => {
      const database = await createDatabase(t);
      const migrator = open(database, await writeMigrations(shop), { table });
      const { id } = await migrator.baseline(3n);
      const record = await migrator.run(id!);
      assert.deepEqual(
        [
          record?.state,
          record?.target,
          record?.list.map(({ action, state, statements }) => [action, state, statements]),
        ],
        ['done', 3n, Array.from({ length: 3 }, () => ['mark', 'done', []])],
      );
      assert.equal(await tables(database), '', 'no migration was run');
    });

    test('what is applied already is left alone; when all of it is, there is nothing to do', async (t) => {
      const database = await createDatabase(t);
      const migrator = open(database, await writeMigrations(shop), { table });
      await migrator.up({ to: 1n });
      const before = (await migrator.status()).migrations[0];
      await database.query('CREATE TABLE orders (id bigint PRIMARY KEY)');
      assert.deepEqual(
        (await migrator.baseline(2n)).steps.map(({ version }) => version),
        [2n],
      );
      assert.deepEqual((await migrator.status()).migrations[0], before);
      assert.deepEqual(await migrator.baseline(2n), { id: null, direction: 'up', steps: [], current: 2n });
      assert.deepEqual(await migrator.baseline(1n), { id: null, direction: 'up', steps: [], current: 2n });
      assert.equal((await migrator.runs({ limit: 9 })).length, 2);
    });

    test('a version that no file has is refused, and nothing is made', async (t) => {
      const database = await createDatabase(t);
      const migrator = open(
        database,
        await writeMigrations({ '10_a.sql': goose('SELECT 1;'), '20_b.sql': goose('SELECT 1;') }),
        { table },
      );
      for (const version of [0n, 5n, 15n, 21n]) {
        await assert.rejects(migrator.baseline(version), {
          code: 'unknown_version',
          message: `There is no migration ${version} in the folder.`,
        });
      }
      assert.deepEqual(await database.query(ALL_TABLES), []);
    });

    test('a file below it that nobody can read is refused, one above it is not', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations({ ...shop, '2_create_orders.sql': 'no annotation in here' });
      const migrator = open(database, dir, { table });
      await assert.rejects(migrator.baseline(3n), { code: 'invalid_file', file: '2_create_orders.sql' });
      assert.deepEqual(await database.query(ALL_TABLES), []);
      assert.equal((await migrator.baseline(1n)).current, 1n);
    });

    test('a failed migration below it has to be resolved first: partial or undone', async (t) => {
      const database = await createDatabase(t);
      for (const broken of [goose('SELEC 1;'), gooseWithoutTransaction('CREATE TABLE half ();\nSELEC 1;')]) {
        const migrator = open(
          database,
          await writeMigrations({ '1_broken.sql': broken, '2_more.sql': goose('SELECT 1;') }),
          { table },
        );
        await failureOf(migrator.up());
        await assert.rejects(migrator.baseline(2n), {
          code: 'dirty',
          message: 'Migration 1 is dirty: a baseline cannot say what became of it.',
        });
        assert.match(summary(await migrator.status()), /^1 dirty (rolled back|partial), 2 pending$/);
      }
    });

    test('of eight at once one records it, and the others find nothing to do', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      const pools = Array.from({ length: 8 }, () => new Pool({ connectionString: database.url, max: 2 }));
      const results = await Promise.all(
        pools.map((pool) => open(database, dir, { pool, table }).baseline(3n)),
      );
      await Promise.all(pools.map((pool) => pool.end()));
      assert.deepEqual(
        results.map(({ steps }) => steps.length).toSorted((a, b) => a - b),
        [0, 0, 0, 0, 0, 0, 0, 3],
      );
      assert.deepEqual(new Set(results.map(({ current }) => current)), new Set([3n]));
    });
  });
}

test('goose takes a baseline for applied, and can roll it back', { skip }, async (t) => {
  const database = await createDatabase(t);
  await madeByHand(database);
  const dir = await writeMigrations(shop);
  await open(database, dir, { table: 'goose_db_version' }).baseline(2n);
  const withGoose = (...words: string[]): ReturnType<typeof run> =>
    run('goose', ['-dir', dir, 'postgres', database.url, ...words]);
  assert.match((await withGoose('version')).err, /version 2/);
  const { err } = await withGoose('status');
  assert.match(err, /Pending\s+-- 3_add_phone\.sql/);
  assert.doesNotMatch(err, /Pending\s+-- [12]_/);
  assert.equal((await withGoose('up')).code, 0);
  await database.query('SELECT phone FROM users');
  assert.equal((await withGoose('down-to', '0')).code, 0);
  assert.equal(await tables(database), '');
  assert.equal(summary(await open(database, dir).status()), '1 pending, 2 pending, 3 pending');
});
