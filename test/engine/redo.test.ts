// Rolled back and applied again, under one lock.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { folder, Migrator, type MigratorOptions } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';
import { Client } from 'pg';

const TABLES = { gander: 'schema_migrations', goose: 'goose_db_version' } as const;
const LOCK = 4_097_083_626n;

function open(database: TestDatabase, dir: string, options: Partial<MigratorOptions> = {}): Migrator {
  return new Migrator({ pool: database.pool, source: folder(dir), ...options });
}

for (const [format, table] of Object.entries(TABLES)) {
  describe(`with ${format}'s history table`, () => {
    test('redo rolls the newest one back and applies it again, and touches nothing else', async (t) => {
      const database = await createDatabase(t);
      const migrator = open(database, await writeMigrations(shop), { table, actor: 'ada' });
      await migrator.up({ to: 2n });
      await database.query('INSERT INTO users VALUES (1); INSERT INTO orders VALUES (1, 1)');
      const { down, up } = await migrator.redo();
      assert.deepEqual(
        [down, up].map(({ direction, current, steps }) => [
          direction,
          current,
          steps.map(({ version, action, outcome }) => `${action} ${version} ${outcome}`).join(),
        ]),
        [
          ['down', 1n, 'run 2 done'],
          ['up', 2n, 'run 2 done'],
        ],
      );
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 pending');
      assert.deepEqual(await database.query('SELECT FROM orders'), [], 'a new table');
      assert.equal((await database.query('SELECT FROM users')).length, 1, 'the old one');
      assert.deepEqual(
        (await migrator.runs({ limit: 2 })).map(({ direction, state, actor }) => [direction, state, actor]),
        [
          ['up', 'done', 'ada'],
          ['down', 'done', 'ada'],
        ],
      );
    });

    test('redo outside a transaction', async (t) => {
      const database = await createDatabase(t);
      const migrator = open(
        database,
        await writeMigrations({
          ...shop,
          '4_index.sql': gooseWithoutTransaction(
            'CREATE INDEX CONCURRENTLY users_phone ON users (phone);',
            'DROP INDEX CONCURRENTLY users_phone;',
          ),
        }),
        { table },
      );
      await migrator.up();
      const before = await database.query(`SELECT 'users_phone'::regclass::oid AS oid`);
      await migrator.redo();
      assert.notDeepEqual(await database.query(`SELECT 'users_phone'::regclass::oid AS oid`), before);
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied, 4 applied');
    });

    test('a file that was edited is redone as it is now', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      const migrator = open(database, dir, { table });
      await migrator.up();
      await writeFile(
        path.join(dir, '3_add_phone.sql'),
        goose(
          'ALTER TABLE users ADD COLUMN phone text, ADD COLUMN fax text;',
          'ALTER TABLE users DROP COLUMN phone, DROP COLUMN IF EXISTS fax;',
        ),
      );
      assert.equal(summary(await migrator.status()).endsWith('3 applied changed'), true);
      await migrator.redo();
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied');
      await database.query('SELECT phone, fax FROM users');
    });

    test('an irreversible one is refused, also when forgetting was agreed to, and nothing is done', async (t) => {
      const database = await createDatabase(t);
      const migrator = open(
        database,
        await writeMigrations({ ...shop, '4_drop.sql': goose('ALTER TABLE users DROP COLUMN phone;') }),
        { table },
      );
      await migrator.up();
      for (const request of [{}, { irreversible: true }]) {
        await assert.rejects(migrator.redo(request), {
          code: 'irreversible',
          message: '4_drop is irreversible: it has no Down.',
        });
      }
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied, 4 applied');
    });

    test('with nothing applied there is nothing to redo, and nothing is made', async (t) => {
      const database = await createDatabase(t);
      const migrator = open(database, await writeMigrations(shop), { table });
      assert.deepEqual(await migrator.redo(), {
        down: { id: null, direction: 'down', steps: [], current: null },
        up: { id: null, direction: 'up', steps: [], current: null },
      });
      assert.equal(await tables(database), '');
      assert.deepEqual(
        await database.query(
          `SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
        ),
        [],
      );
    });

    test('when the Down fails it is undone and dirty, and the Up is not tried', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations({
        ...shop,
        '4_stuck.sql': goose('CREATE TABLE stuck ();', 'SELEC 1;'),
      });
      const migrator = open(database, dir, { table });
      await migrator.up();
      const error = await failureOf(migrator.redo());
      assert.equal(error.run.direction, 'down');
      assert.equal(error.where, '4_stuck.sql:5:1');
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied, 4 dirty rolled back');
      assert.equal(await tables(database), 'orders stuck users');
    });

    test('when the Up fails the second time it is rolled back and dirty, and mended it is applied by up', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      const migrator = open(database, dir, { table });
      await migrator.up();
      await writeFile(
        path.join(dir, '3_add_phone.sql'),
        goose('ALTER TABLE users ADD COLUMN phone txt;', 'ALTER TABLE users DROP COLUMN phone;'),
      );
      const error = await failureOf(migrator.redo());
      assert.equal(error.run.direction, 'up');
      assert.equal(error.where, '3_add_phone.sql:2:36');
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 dirty rolled back');
      await writeFile(path.join(dir, '3_add_phone.sql'), shop['3_add_phone.sql']!);
      assert.equal((await migrator.up()).current, 3n);
    });

    test('of a migration whose file is gone nothing is left to apply: it is refused before it is rolled back', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      const migrator = open(database, dir, { table });
      await migrator.up();
      await rm(path.join(dir, '3_add_phone.sql'));
      await assert.rejects(migrator.redo(), { code: 'file_missing' });
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied missing');
    });
  });
}

test('somebody else’s lock is waited for as long as was asked, and both halves run in one session that holds it', async (t) => {
  const database = await createDatabase(t);
  const note = `INSERT INTO seen SELECT l.pid, l.granted FROM pg_locks l WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid();`;
  const dir = await writeMigrations({
    '1_seen.sql': goose('CREATE TABLE seen (pid int, held boolean);', 'DROP TABLE seen;'),
    '2_note.sql': goose(note, note),
  });
  const migrator = open(database, dir);
  await migrator.up();
  await database.query('TRUNCATE seen');
  const holder = new Client({ connectionString: database.url });
  holder.on('error', () => {});
  await holder.connect();
  t.after(() => holder.end());
  await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
  await assert.rejects(migrator.redo({ lockWait: 0 }), { code: 'locked' });
  await holder.query('SELECT pg_advisory_unlock($1)', [LOCK]);

  await migrator.redo();
  const seen = await database.query<{ pid: number; held: boolean }>('SELECT * FROM seen');
  assert.deepEqual(
    seen.map(({ held }) => held),
    [true, true],
  );
  assert.equal(seen[0]?.pid, seen[1]?.pid);
});
