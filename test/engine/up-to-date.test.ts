// A start with nothing to do: told from the files' names and a digest of the history, whatever the files hold.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  folder,
  Migrator,
  type MigratorOptions,
  type RunEvent,
  type Source,
} from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf, summary } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

const TABLES = { gander: 'schema_migrations', goose: 'goose_db_version' } as const;

interface Counted extends Source {
  /** How often the files have been read. */
  readonly reads: () => number;
}

/** A folder that counts how often its files are read. */
function counted(dir: string): Counted {
  const source = folder(dir);
  let reads = 0;
  const read: Source['read'] = async () => {
    reads++;
    return source.read();
  };
  return { ...source, read, reads: () => reads };
}

/** One `up`: what it did, what it said, and whether it has read the files. */
async function lookAt(
  database: TestDatabase,
  dir: string,
  options: Partial<MigratorOptions> = {},
): Promise<{ steps: string; current: bigint | null; said: string[]; read: boolean }> {
  const source = counted(dir);
  const said: string[] = [];
  const onEvent = (event: RunEvent): void => void (event.type === 'note' && said.push(event.message));
  const { steps, current } = await new Migrator({ pool: database.pool, source, ...options }).up({ onEvent });
  return {
    steps: steps.map(({ version, action }) => `${action} ${version}`).join(', '),
    current,
    said,
    read: source.reads() > 0,
  };
}

const NOTHING = { steps: '', said: [], read: false } as const;

for (const [format, table] of Object.entries(TABLES)) {
  describe(`with ${format}'s history table`, () => {
    test('where nothing is pending no file is opened: an edited, a broken or an unreadable one is not noticed', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      assert.equal((await lookAt(database, dir, { table })).read, true);
      assert.deepEqual(await lookAt(database, dir, { table }), { ...NOTHING, current: 3n });
      await writeFile(path.join(dir, '1_create_users.sql'), goose('SELECT 1;'));
      await writeFile(path.join(dir, '2_create_orders.sql'), 'no annotation in here');
      await writeFile(path.join(dir, '3_add_phone.sql'), Buffer.from([0xff, 0xfe, 0x00]));
      assert.deepEqual(await lookAt(database, dir, { table }), { ...NOTHING, current: 3n });
      assert.deepEqual(await lookAt(database, dir, { table, journal: false }), { ...NOTHING, current: 3n });
    });

    test('versions are compared as numbers, in full: 9 and 10, and two of 17 digits that a double cannot tell apart', async (t) => {
      const database = await createDatabase(t);
      const long = [20250101000000123n, 20250101000000124n] as const;
      assert.equal(Number(long[0]), Number(long[1]));
      const files = ['9', '10', ...long.map(String)].map((version) => [
        `${version}_it.sql`,
        goose('SELECT 1;', 'SELECT 1;'),
      ]);
      const dir = await writeMigrations(Object.fromEntries(files));
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      await migrator.up({ to: long[0] });
      const second = await lookAt(database, dir, { table });
      assert.deepEqual([second.steps, second.current], [`run ${long[1]}`, long[1]]);
      assert.deepEqual(await lookAt(database, dir, { table }), { ...NOTHING, current: long[1] });
    });

    test('an added file is found and applied', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      await lookAt(database, dir, { table });
      await writeFile(path.join(dir, '4_more.sql'), goose('SELECT 1;', 'SELECT 1;'));
      const found = await lookAt(database, dir, { table });
      assert.deepEqual([found.steps, found.current], ['run 4', 4n]);
    });

    test('a missing file makes it look closer, and then there is nothing to do', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      await lookAt(database, dir, { table });
      await rm(path.join(dir, '2_create_orders.sql'));
      assert.deepEqual(await lookAt(database, dir, { table }), { ...NOTHING, current: 3n, read: true });
    });

    test('a file in place of another one makes it look closer, though their number is the same', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      await lookAt(database, dir, { table });
      await rm(path.join(dir, '3_add_phone.sql'));
      await writeFile(path.join(dir, '4_add_fax.sql'), goose('SELECT 1;', 'SELECT 1;'));
      assert.equal((await lookAt(database, dir, { table })).steps, 'run 4');
    });

    test('a Down that failed and was undone is dirty: it is seen, and going up takes the flag off', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations({ ...shop, '4_stuck.sql': goose('SELECT 1;', 'SELEC 1;') });
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      await migrator.up();
      await failureOf(migrator.down());
      assert.equal((await lookAt(database, dir, { table })).steps, 'clear 4');
      assert.deepEqual(await lookAt(database, dir, { table }), { ...NOTHING, current: 4n });
    });

    test('a Down that stopped half-way outside a transaction is seen, and refused', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations({
        ...shop,
        '4_half.sql': gooseWithoutTransaction('SELECT 1;', 'CREATE TABLE half ();\nSELEC 1;'),
      });
      const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
      await migrator.up();
      await failureOf(migrator.down());
      await assert.rejects(lookAt(database, dir, { table }), { code: 'dirty' });
    });

    test('two files of one version are refused, also when that version is applied', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      await lookAt(database, dir, { table });
      await writeFile(path.join(dir, '003_twin.sql'), goose('SELECT 1;'));
      await assert.rejects(lookAt(database, dir, { table }), { code: 'invalid_file' });
    });

    test('a folder without migrations has nothing to do, and nothing is made for it', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations();
      assert.deepEqual(await lookAt(database, dir, { table }), { ...NOTHING, current: null, read: true });
      assert.deepEqual(
        await database.query(
          `SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
        ),
        [],
      );
    });

    test('everything rolled back, with the folder emptied: nothing to do', async (t) => {
      const database = await createDatabase(t);
      const dir = await writeMigrations(shop);
      await lookAt(database, dir, { table });
      await new Migrator({ pool: database.pool, source: folder(dir), table }).down({ to: 0n });
      assert.deepEqual(await lookAt(database, await writeMigrations(), { table }), {
        ...NOTHING,
        current: null,
      });
      assert.equal((await lookAt(database, dir, { table })).steps, 'run 1, run 2, run 3');
    });
  });
}

test('a flag in the table alone, without a word in the journal, is seen', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  await lookAt(database, dir);
  await database.query('UPDATE schema_migrations SET is_dirty = true WHERE version_id = 2');
  await assert.rejects(lookAt(database, dir), { code: 'dirty' });
  await assert.rejects(lookAt(database, dir, { journal: false }), { code: 'dirty' });
  await database.query('UPDATE schema_migrations SET is_dirty = false WHERE version_id = 2');
  assert.deepEqual(await lookAt(database, dir), { ...NOTHING, current: 3n });
});

test('what the journal says is dirty, and the table by now says is not, is looked at closely and does no harm', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '3_add_phone.sql': goose('SELEC 1;') });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), table: 'goose_db_version' });
  await failureOf(migrator.up());
  await database.query('INSERT INTO goose_db_version (version_id, is_applied) VALUES (3, true)');
  assert.deepEqual(await lookAt(database, dir), { ...NOTHING, current: 3n, read: true });
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied');
});

test('rows in which old gooses wrote that a version was rolled back do not count, unless it was applied again', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const table = 'goose_db_version';
  const add = (version: number, applied: boolean): Promise<unknown> =>
    database.query('INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)', [
      version,
      applied,
    ]);
  await lookAt(database, dir, { table });
  await new Migrator({ pool: database.pool, source: folder(dir), table }).down();

  await add(3, true);
  assert.deepEqual(await lookAt(database, dir), { ...NOTHING, current: 3n });
  await add(3, false);
  await add(2, false);
  await add(2, true);
  const again = await lookAt(database, dir);
  assert.deepEqual([again.steps, again.current], ['run 3', 3n]);
  assert.deepEqual(await lookAt(database, dir), { ...NOTHING, current: 3n });
  await add(1, true);
  assert.deepEqual(await lookAt(database, dir), { ...NOTHING, current: 3n }, 'a row twice is a version once');
});

test('a plan that was seen is held against what there is: the files are read', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const { fingerprint } = await migrator.plan({ direction: 'up' });
  await migrator.up();
  await assert.rejects(migrator.up({ fingerprint }), { code: 'plan_changed' });
});

test('where goose itself would say another version, because a late one was applied last, the status says so', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '4_d.sql': goose('CREATE TABLE d ();') });
  const migrator = (): Migrator =>
    new Migrator({ pool: database.pool, source: folder(dir), table: 'goose_db_version' });
  await migrator().up();
  assert.deepEqual((await migrator().status()).warnings, []);
  await writeFile(path.join(dir, '2_b.sql'), goose('CREATE TABLE b ();'));
  await migrator().up({ outOfOrder: true });
  const { warnings, current } = await migrator().status();
  assert.equal(current, 4n);
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['goose itself says version 2, because that was applied last; Gander goes by the largest, 4.'],
  );
});
