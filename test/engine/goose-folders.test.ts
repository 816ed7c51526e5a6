// Which files of a folder are migrations, and what of them gets into the history: goose and Gander side by side.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { folder, Migrator } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';
import { gooseRows, runGoose, statusOfGoose, withoutGoose as skip } from '../support/real-goose.ts';

function migratorOf(database: TestDatabase, dir: string): Migrator {
  return new Migrator({ pool: database.pool, source: folder(dir), table: 'goose_db_version' });
}

async function two(t: TestContext): Promise<[TestDatabase, TestDatabase]> {
  return [await createDatabase(t), await createDatabase(t)];
}

describe('a folder of migrations', { skip }, () => {
  const shared = skip === false ? createDatabase() : null;

  test('goose and Gander read the same files, in the order of their numbers', async (t) => {
    const database = await createDatabase(t);
    const one = goose('SELECT 1;', 'SELECT 2;');
    const dir = await writeMigrations({
      '10_b.sql': one,
      '9_a.sql': one,
      '0000000000000000000011_c.sql': one,
      '9223372036854775807_last.sql': one,
      '12_.sql': one,
      '13_two.words.sql': one,
      '14_größe 😀.sql': one,
      '15_LOUD.SQL': one,
      '16_backup.sql~': one,
      '17_notes.txt': 'x',
      '18_in_go.go.txt': 'x',
      'README.md': 'x',
    });
    await mkdir(path.join(dir, '19_old'));
    await mkdir(path.join(dir, 'more'));
    const theirs = await statusOfGoose(database, dir);
    const { migrations } = await migratorOf(database, dir).status();
    assert.deepEqual(
      migrations.map(({ file }) => file),
      theirs,
    );
    assert.equal(theirs.length, 7);
  });

  for (const name of [
    '0_zero.sql',
    '-5_minus.sql',
    'no_number.sql',
    '1.sql',
    '9223372036854775808_too_large.sql',
    '_1_x.sql',
    '1 _x.sql',
    '0x1_x.sql',
    '1e3_x.sql',
    '٣_x.sql',
  ]) {
    test(`${name} is no name of a migration: goose and Gander refuse the folder`, async () => {
      const database = (await shared)!;
      const dir = await writeMigrations({ ...shop, [name]: goose('SELECT 1;') });
      assert.equal((await runGoose(database, dir, ['up'])).code, 1);
      await assert.rejects(migratorOf(database, dir).up(), { code: 'invalid_file', file: name });
      assert.deepEqual(await statusOfGoose(database, dir), []);
    });
  }

  test('+4_x.sql is version 4 to goose; Gander refuses it, as no other tool would take it for one', async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({ ...shop, '+4_plus.sql': goose('SELECT 1;') });
    await assert.rejects(migratorOf(database, dir).up(), { code: 'invalid_file', file: '+4_plus.sql' });
    assert.equal((await runGoose(database, dir, ['up'])).code, 0);
    assert.equal(await gooseRows(database), '0 1 2 3 4');
  });

  test('a dot file of an editor or of a Mac stops goose; Gander leaves it out, with a warning', async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({ ...shop, '._4_x.sql': Buffer.from([0, 5, 22, 7]) });
    assert.equal((await runGoose(database, dir, ['up'])).code, 1);
    await migratorOf(database, dir).up();
    assert.equal(await gooseRows(database), '0 1 2 3');
    assert.deepEqual(
      (await migratorOf(database, dir).status()).warnings.map(({ file }) => file),
      ['._4_x.sql'],
    );
  });

  test('two files of one version: goose breaks down, Gander names both', async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({ ...shop, '003_twin.sql': goose('SELECT 1;') });
    assert.match((await runGoose(database, dir, ['up'])).err, /panic: goose: duplicate version 3/);
    await assert.rejects(migratorOf(database, dir).up(), {
      code: 'invalid_file',
      message: /003_twin\.sql and 3_add_phone\.sql have the same version/,
    });
  });

  test('a folder that is missing is an error for both; an empty one only for goose', async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations();
    assert.match((await runGoose(database, dir, ['up'])).err, /no migration files found/);
    assert.equal((await migratorOf(database, dir).up()).steps.length, 0);
    const gone = path.join(dir, 'gone');
    assert.match((await runGoose(database, gone, ['up'])).err, /does not exist/);
    await assert.rejects(migratorOf(database, gone).up(), { code: 'source_missing' });
  });
});

describe('the history of goose', { skip }, () => {
  test('a file without a transaction that fails half-way gets no row from either', async (t) => {
    const [ours, theirs] = await two(t);
    const dir = await writeMigrations({
      ...shop,
      '4_half.sql': gooseWithoutTransaction('CREATE TABLE half ();\nSELECT 1/0;'),
    });
    assert.equal((await runGoose(theirs, dir, ['up'])).code, 1);
    await assert.rejects(migratorOf(ours, dir).up(), { code: 'migration_failed' });
    assert.equal(await gooseRows(ours), await gooseRows(theirs));
    assert.equal(await gooseRows(ours), '0 1 2 3');
  });

  test('a rollback takes every row of its version away, as goose does', async (t) => {
    const [ours, theirs] = await two(t);
    const dir = await writeMigrations(shop);
    for (const database of [ours, theirs]) {
      await runGoose(database, dir, ['up']);
      await database.query(
        'INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true), (3, true), (3, true)',
      );
    }
    await runGoose(theirs, dir, ['down']);
    await migratorOf(ours, dir).down();
    assert.equal(await gooseRows(theirs), '0 1 2 2');
    assert.equal(await gooseRows(ours), '0 1 2 2');
  });

  test('the time of a row is the local time of the session, as goose writes it, and is read back as the moment it was', async (t) => {
    const database = await createDatabase(t);
    await database.query(`ALTER DATABASE ${database.name} SET timezone = 'Asia/Tokyo'`);
    const dir = await writeMigrations(shop);
    await runGoose(database, dir, ['up-by-one']);
    await migratorOf(database, dir).up({ steps: 1 });
    const [row] = await database.query<{ apart: number; ahead: number }>(`
      SELECT extract(epoch FROM max(tstamp) - min(tstamp))::float AS apart,
             extract(epoch FROM max(tstamp) - (now() AT TIME ZONE 'UTC'))::float AS ahead
      FROM goose_db_version WHERE version_id > 0`);
    assert.ok(row!.apart < 60, `${row!.apart} s between the two rows`);
    assert.ok(Math.abs(row!.ahead - 9 * 3600) < 60, `${row!.ahead} s ahead of UTC`);
    const { migrations } = await migratorOf(database, dir).status();
    for (const { appliedAt } of migrations.slice(0, 2)) {
      assert.ok(Math.abs(Date.now() - appliedAt!.getTime()) < 60_000, String(appliedAt));
    }
  });
});
