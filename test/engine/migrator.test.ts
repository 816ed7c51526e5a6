import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Pool } from 'pg';
import { folder, Migrator, type RunEvent } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';

const TABLES = { gander: 'schema_migrations', goose: 'goose_db_version' } as const;

for (const [format, table] of Object.entries(TABLES)) {
  describe(`with ${format}'s history table`, () => {
    test('up applies everything in order, and then has nothing to do', async (t) => {
      const database = await createDatabase(t);
      const migrator = new Migrator({
        pool: database.pool,
        source: folder(await writeMigrations(shop)),
        table,
        actor: 'ada',
      });
      assert.equal(summary(await migrator.status()), '1 pending, 2 pending, 3 pending');
      const run = await migrator.up();
      assert.deepEqual(
        run.steps.map(({ version, outcome }) => [version, outcome]),
        [
          [1n, 'done'],
          [2n, 'done'],
          [3n, 'done'],
        ],
      );
      assert.equal(run.current, 3n);
      const state = await migrator.status();
      assert.equal(summary(state), '1 applied, 2 applied, 3 applied');
      assert.equal(state.migrations[0]?.applied?.actor, 'ada');
      assert.ok(state.migrations[0].applied.tookMs! > 0);
      assert.deepEqual(await migrator.up(), { id: null, direction: 'up', steps: [], current: 3n });
    });

    test('up to a version, down by one, down to a version, down to nothing', async (t) => {
      const database = await createDatabase(t);
      const migrator = new Migrator({
        pool: database.pool,
        source: folder(await writeMigrations(shop)),
        table,
      });
      await migrator.up({ to: 2n });
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 pending');
      await migrator.up();
      assert.equal((await migrator.down()).current, 2n);
      assert.equal((await migrator.down({ to: 1n })).current, 1n);
      assert.equal(await tables(database), 'users');
      assert.equal((await migrator.down({ to: 0n })).current, null);
      assert.equal(await tables(database), '');
      assert.deepEqual((await migrator.down({ to: 0n })).steps, []);
    });

    test('a failing migration stops the run: it is undone and dirty, what came before stays, what comes after is not run', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations({
        ...shop,
        '2_create_orders.sql': goose(
          'CREATE TABLE orders (id int);\n\nALTER TABLE nobody ADD x int;',
          'DROP TABLE orders;',
        ),
      });
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      const error = await failureOf(migrator.up());
      assert.deepEqual(
        error.run.steps.map(({ outcome }) => outcome),
        ['done', 'failed', 'not run'],
      );
      assert.equal(error.run.current, 1n);
      assert.equal(error.where, '2_create_orders.sql:4:1');
      assert.match(error.message, /relation "nobody" does not exist \(SQLSTATE 42P01\)/);
      assert.equal(await tables(database), 'users');
      const state = await migrator.status();
      assert.equal(summary(state), '1 applied, 2 dirty rolled back, 3 pending');
      assert.deepEqual(state.migrations[1]?.dirty?.failure?.place, { line: 4, column: 1 });
      assert.equal(state.migrations[1]?.dirty?.failure?.statement, 1);

      await writeFile(path.join(dir, '2_create_orders.sql'), shop['2_create_orders.sql']!);
      assert.equal((await migrator.up()).current, 3n);
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied');
    });

    test('a failing Down is undone and dirty; mended it goes on; going up instead just takes the flag off', async (t) => {
      const database = await createDatabase(t);
      const broken = goose(
        'ALTER TABLE users ADD COLUMN phone text;',
        'ALTER TABLE users DROP COLUMN phone text;',
      );
      const dir = await writeMigrations({ ...shop, '3_add_phone.sql': broken });
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      await migrator.up();
      const error = await failureOf(migrator.down({ to: 0n }));
      assert.equal(error.where, '3_add_phone.sql:5:37');
      const after = await migrator.status();
      assert.equal(summary(after), '1 applied, 2 applied, 3 dirty rolled back');
      assert.equal(after.current, 3n, 'what could not be rolled back is still in the database');
      const up = await migrator.up();
      assert.deepEqual(
        up.steps.map(({ action }) => action),
        ['clear'],
      );
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied');

      await failureOf(migrator.down());
      await writeFile(path.join(dir, '3_add_phone.sql'), shop['3_add_phone.sql']!);
      assert.equal((await migrator.down({ to: 0n })).current, null);
      assert.equal(await tables(database), '');
    });

    test('an irreversible migration is not rolled back, only forgotten, and only if that was agreed to', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations({
        ...shop,
        '4_drop_phone.sql': goose('ALTER TABLE users DROP COLUMN phone;'),
      });
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      await migrator.up();
      await assert.rejects(migrator.down(), {
        code: 'irreversible',
        message: /^4_drop_phone is irreversible/,
      });
      const run = await migrator.down({ irreversible: true });
      assert.deepEqual(
        run.steps.map(({ action, outcome }) => [action, outcome]),
        [['forget', 'done']],
      );
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied, 4 pending');
    });

    test('a late migration waits until it is allowed, and then runs before the new ones', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations({
        '1_create_users.sql': shop['1_create_users.sql']!,
        '3_add_phone.sql': shop['3_add_phone.sql']!,
      });
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      await migrator.up();
      await writeFile(path.join(dir, '2_create_orders.sql'), shop['2_create_orders.sql']!);
      await writeFile(path.join(dir, '4_more.sql'), goose('SELECT 1;', 'SELECT 1;'));
      assert.equal(
        summary(await migrator.status()),
        '1 applied, 2 pending out of order, 3 applied, 4 pending',
      );
      await assert.rejects(migrator.up(), {
        code: 'out_of_order',
        message: /^2_create_orders is pending but older/,
      });
      const run = await migrator.up({ outOfOrder: true });
      assert.deepEqual(
        run.steps.map(({ version }) => version),
        [2n, 4n],
      );
    });

    test('a file that is gone is rolled back with the Down that was stored when it ran', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      await migrator.up();
      await rm(path.join(dir, '3_add_phone.sql'));
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied missing');
      const plan = await migrator.plan({ direction: 'down' });
      assert.equal(plan.steps[0]?.origin, 'stored');
      assert.equal((await migrator.down()).current, 2n);
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied');
    });

    test('a file that was edited after it ran is shown as changed', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      await migrator.up();
      await writeFile(
        path.join(dir, '1_create_users.sql'),
        `${shop['1_create_users.sql']!}\n-- a word more\n`,
      );
      assert.equal(summary(await migrator.status()), '1 applied changed, 2 applied, 3 applied');
    });

    test('versions up to the largest bigint keep every digit', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations({
        '9223372036854775806_a.sql': goose('SELECT 1;', 'SELECT 1;'),
        '9223372036854775807_b.sql': goose('SELECT 1;', 'SELECT 1;'),
      });
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      assert.equal((await migrator.up()).current, 9_223_372_036_854_775_807n);
      assert.equal((await migrator.down()).current, 9_223_372_036_854_775_806n);
    });

    test('without the right to make Gander’s own tables everything runs, and the run says that it is not recorded', async (t) => {
      const database = await createDatabase();
      const pool = await poolOf(database, 'nothing_of_its_own', t.after.bind(t));
      const dir = await writeMigrations(shop);
      const migrator = new Migrator({ pool, source: folder(dir), table });
      const events: RunEvent[] = [];
      const run = await migrator.up({ onEvent: (event) => events.push(event) });
      assert.equal(run.id, null);
      assert.equal(run.current, 3n);
      const notes = events.flatMap((event) => (event.type === 'note' ? [event.message] : []));
      assert.match(
        notes.join('\n'),
        /own tables cannot be made: permission denied.*not recorded.*Grant CREATE/s,
      );
      await writeFile(path.join(dir, '4_bad.sql'), goose('SELEC 1;'));
      await failureOf(migrator.up());
      assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied, 4 pending');
      assert.deepEqual(await migrator.runs({ limit: 10 }), []);
    });
  });
}

async function poolOf(
  database: TestDatabase,
  role: string,
  after: (work: () => Promise<void>) => void,
): Promise<TestDatabase['pool']> {
  const name = `${role}_${database.name}`;
  await database.query(
    `CREATE ROLE "${name}" LOGIN PASSWORD 'x'; GRANT CREATE, USAGE ON SCHEMA public TO "${name}"`,
  );
  const url = new URL(database.url);
  url.username = name;
  url.password = 'x';
  const pool = new Pool({ connectionString: url.href });
  pool.on('error', () => {});
  after(async () => {
    await pool.end();
    await database.query(`DROP OWNED BY "${name}"; DROP ROLE "${name}"`);
  });
  return pool;
}

test('a plan that is no longer what was seen is not run', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const { fingerprint } = await migrator.plan({ direction: 'up' });
  await writeFile(path.join(dir, '4_more.sql'), goose('SELECT 1;', 'SELECT 1;'));
  await assert.rejects(migrator.up({ fingerprint }), {
    code: 'plan_changed',
    next: 'Look at the plan again: it now has 4 migrations, to 4_more.',
  });
  assert.equal(await tables(database), '');
});
