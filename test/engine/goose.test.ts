// Real goose is the judge: what it does to a database and what Gander does must be the same.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { folder, Migrator } from '../../server/engine/index.ts';
import { DEFAULT_SETTINGS } from '../../server/engine/migration.ts';
import { packageRoot } from '../../server/package-root.ts';
import { createDatabase } from '../support/database.ts';
import { tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';
import { gooseRows, runGoose, withoutGoose as skip } from '../support/real-goose.ts';
import { schema } from '../support/snapshot.ts';

const EXAMPLE = path.join(packageRoot, 'migrations', 'example');

/** Faults that real folders have: Downs that are missing, broken, or do not undo what Up made. */
const FAULTY = {
  ...shop,
  '4_rename.sql': goose(
    'ALTER TABLE orders RENAME TO purchases;',
    '-- +goose StatementBegin\n-- +goose StatementEnd',
  ),
  '5_function.sql': goose(
    '-- +goose StatementBegin\nCREATE FUNCTION five() RETURNS int AS $$\nBEGIN\n  RETURN 5;\nEND;\n$$ LANGUAGE plpgsql;\n-- +goose StatementEnd',
    'DROP FUNCTION five();',
  ),
  '6_no_down.sql': goose('ALTER TABLE users ADD COLUMN six text;'),
  '7_index.sql': gooseWithoutTransaction(
    'CREATE INDEX CONCURRENTLY users_six ON users (six);',
    'DROP INDEX CONCURRENTLY users_six;',
  ),
  '8_broken_down.sql': goose(
    'ALTER TABLE users ADD COLUMN eight text;',
    'ALTER TABLE users DROP COLUMN eight text;',
  ),
};

for (const [name, makeDir] of [
  ['a folder with faults', () => writeMigrations(FAULTY)],
  ['the example', async () => EXAMPLE],
] as const) {
  test(`${name}: goose and Gander leave the same schema and the same rows`, { skip }, async (t) => {
    const [ours, theirs, dir] = [await createDatabase(t), await createDatabase(t), await makeDir()];
    await new Migrator({ pool: ours.pool, source: folder(dir), table: 'goose_db_version' }).up();
    assert.equal((await runGoose(theirs, dir, ['up'])).code, 0);
    assert.equal(await gooseRows(ours), await gooseRows(theirs));
    assert.deepEqual(await schema(ours), await schema(theirs));
    const status = await runGoose(ours, dir, ['status']);
    assert.doesNotMatch(status.err, /Pending/);
    assert.match((await runGoose(ours, dir, ['up'])).err, /no migrations to run/);
  });
}

test('what goose applied Gander shows as applied, and the two can take turns', { skip }, async (t) => {
  const database = await createDatabase(t);
  const migrator = new Migrator({ pool: database.pool, source: folder(EXAMPLE) });
  await runGoose(database, EXAMPLE, ['up-to', '20250401000000']);
  const { migrations, history } = await migrator.status();
  assert.equal(history.format, 'goose');
  assert.equal(migrations.filter(({ state }) => state === 'applied').length, 13);
  await migrator.up({ steps: 5 });
  await runGoose(database, EXAMPLE, ['up']);
  assert.equal((await migrator.up()).steps.length, 0);
  await migrator.down({ steps: 3, irreversible: true });
  await runGoose(database, EXAMPLE, ['down']);
  await migrator.down({ steps: 2 });
  assert.equal((await runGoose(database, EXAMPLE, ['up'])).code, 0);
  assert.equal((await migrator.up()).steps.length, 0);
  await migrator.down({ to: 0n, irreversible: true });
  assert.match((await runGoose(database, EXAMPLE, ['version'])).err, /version 0/);
});

test('faults of a folder are met and told where goose stumbles over them', { skip }, async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(FAULTY);
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), table: 'goose_db_version' });
  await migrator.up();
  assert.notEqual((await runGoose(database, dir, ['down'])).code, 0);
  await assert.rejects(migrator.down({ to: 0n }), {
    code: 'irreversible',
    message: '6_no_down, 4_rename are irreversible: they have no Down.',
  });
  await assert.rejects(migrator.down({ to: 0n, irreversible: true }), {
    code: 'migration_failed',
    where: '8_broken_down.sql:5:37',
  });
  assert.equal((await migrator.status()).migrations.at(-1)?.state, 'dirty');

  const mended = await writeMigrations({
    ...FAULTY,
    '8_broken_down.sql': FAULTY['8_broken_down.sql']
      .replace('eight text;\n', 'eight;\n')
      .replace('DROP COLUMN eight text', 'DROP COLUMN eight'),
  });
  const again = new Migrator({ pool: database.pool, source: folder(mended), table: 'goose_db_version' });
  await again.down({ to: 4n, irreversible: true });
  await again.down({ to: 3n, irreversible: true });
  // The rename of 4 was never undone, so neither tool can apply it again.
  await assert.rejects(again.up({ to: 4n }), {
    code: 'migration_failed',
    message: /relation "orders" does not exist/,
  });
  assert.match((await runGoose(database, mended, ['up-to', '4'])).err, /relation "orders" does not exist/);
});

/** A file for each place that an annotation of Gander may have. */
const NOTED = Object.fromEntries(
  [
    (table: string) =>
      `-- +gander OUT OF ORDER\n${goose(`CREATE TABLE ${table} ();`, `DROP TABLE ${table};`)}`,
    (table: string) => goose(`-- +gander OUT OF ORDER\nCREATE TABLE ${table} ();`, `DROP TABLE ${table};`),
    (table: string) =>
      goose(`CREATE TABLE ${table} (\n-- +gander LOCK TIMEOUT 30s\n);`, `DROP TABLE ${table};`),
    (table: string) =>
      goose(`SELECT 1;\n-- +gander LOCK TIMEOUT 30s\nCREATE TABLE ${table} ();`, `DROP TABLE ${table};`),
    (table: string) =>
      goose(
        `-- +goose StatementBegin\n-- +gander LOCK TIMEOUT 0\nCREATE TABLE ${table} ();\n-- +goose StatementEnd`,
        `DROP TABLE ${table};`,
      ),
    (table: string) =>
      goose(
        `-- +goose StatementBegin\nSELECT 1;\n-- +gander LOCK TIMEOUT 0\nCREATE TABLE ${table} ();\n-- +goose StatementEnd`,
        `DROP TABLE ${table};`,
      ),
    (table: string) =>
      goose(`CREATE TABLE ${table} ();`, `-- +gander STATEMENT TIMEOUT 10min\nDROP TABLE ${table};`),
    (table: string) =>
      goose(`CREATE TABLE ${table} ();`, `DROP TABLE ${table};\n-- +gander STATEMENT TIMEOUT 10min`),
  ].map((file, index) => [`${index + 1}_note.sql`, file(`note_${index + 1}`)]),
);

test('goose takes the annotations of Gander for comments, wherever they are', { skip }, async (t) => {
  const [ours, theirs, dir] = [
    await createDatabase(t),
    await createDatabase(t),
    await writeMigrations(NOTED),
  ];
  const read = await folder(dir).read();
  assert.equal(read.migrations.filter(({ script }) => script.settings !== DEFAULT_SETTINGS).length, 8);
  await new Migrator({ pool: ours.pool, source: folder(dir), table: 'goose_db_version' }).up();
  assert.equal((await runGoose(theirs, dir, ['up'])).code, 0);
  assert.deepEqual(await tables(theirs), await tables(ours));
  assert.equal((await tables(theirs)).split(' ').length, 8);
  assert.equal((await runGoose(theirs, dir, ['down-to', '0'])).code, 0);
  assert.equal(await tables(theirs), '');
});
