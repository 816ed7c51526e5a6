// Ways out of dirty: going on, trying again, and not being fooled by what is half-built.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { folder, type GanderError, Migrator } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf, summary } from '../support/engine.ts';
import { gooseWithoutTransaction, writeMigrations } from '../support/migrations.ts';

for (const table of ['schema_migrations', 'goose_db_version']) {
  const project = async (
    up: string,
    down?: string,
  ): Promise<{
    database: TestDatabase;
    dir: string;
    migrator: Migrator;
    mend: (up: string) => Promise<void>;
  }> => {
    const database = await createDatabase();
    const dir = await writeMigrations({ '1_loose.sql': gooseWithoutTransaction(up, down) });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir), table });
    const mend = (text: string): Promise<void> =>
      writeFile(path.join(dir, '1_loose.sql'), gooseWithoutTransaction(text, down));
    return { database, dir, migrator, mend };
  };

  test(`a migration that stopped at its third statement goes on there, once the file is mended (${table})`, async () => {
    const { database, migrator, mend } = await project(
      'CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (x);\nINSERT INTO a VALUES (3);',
    );
    await failureOf(migrator.up());
    assert.equal(summary(await migrator.status()), '1 dirty partial');
    await mend(
      'CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (3);',
    );
    const run = await migrator.resolve(1n, 'resume');
    assert.equal(run.steps[0]?.outcome, 'done');
    assert.equal(summary(await migrator.status()), '1 applied');
    assert.deepEqual(await database.query('SELECT n FROM a ORDER BY n'), [{ n: 1 }, { n: 2 }, { n: 3 }]);
    const record = await migrator.run(run.id!);
    assert.deepEqual(
      record?.list[0]?.statements.map(({ state }) => state),
      ['earlier', 'earlier', 'done', 'done'],
    );
  });

  test(`one that stops again further on goes on from there the next time (${table})`, async () => {
    const { database, migrator, mend } = await project(
      'CREATE TABLE a (n int);\nINSERT INTO a VALUES (x);\nINSERT INTO a VALUES (y);',
    );
    await failureOf(migrator.up());
    await mend('CREATE TABLE a (n int);\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (y);');
    await failureOf(migrator.resolve(1n, 'resume'));
    assert.equal(summary(await migrator.status()), '1 dirty partial');
    await mend('CREATE TABLE a (n int);\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (3);');
    await migrator.resolve(1n, 'resume');
    assert.deepEqual(await database.query('SELECT n FROM a ORDER BY n'), [{ n: 2 }, { n: 3 }]);
  });

  test(`trying again from the start leaves it partial when it fails at once: what was there is still there (${table})`, async () => {
    const { migrator } = await project('CREATE TABLE a (n int);\nINSERT INTO a VALUES (x);');
    await failureOf(migrator.up());
    const error = await failureOf(migrator.resolve(1n, 'retry'));
    assert.match(error.message, /relation "a" already exists/);
    assert.equal(summary(await migrator.status()), '1 dirty partial');
  });

  test(`what is done must not have been edited since, or it does not go on (${table})`, async () => {
    const { migrator, mend } = await project('CREATE TABLE a (n int);\nINSERT INTO a VALUES (x);');
    await failureOf(migrator.up());
    await mend('CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);');
    await assert.rejects(migrator.resolve(1n, 'resume'), (error: GanderError) => {
      assert.equal(error.code, 'changed');
      assert.match(error.message, /Statement 1 of 1_loose has been done/);
      return true;
    });
    assert.equal(summary(await migrator.status()), '1 dirty partial');
  });

  test(`a rollback that stopped half-way goes on down (${table})`, async () => {
    const { migrator, database, dir } = await project(
      'CREATE TABLE a (n int);\nCREATE TABLE b (n int);',
      'DROP TABLE b;\nDROP TABLE nowhere;\nDROP TABLE a;',
    );
    await migrator.up();
    await failureOf(migrator.down());
    assert.equal(summary(await migrator.status()), '1 dirty partial');
    await writeFile(
      path.join(dir, '1_loose.sql'),
      gooseWithoutTransaction(
        'CREATE TABLE a (n int);\nCREATE TABLE b (n int);',
        'DROP TABLE b;\nDROP TABLE IF EXISTS nowhere;\nDROP TABLE a;',
      ),
    );
    await migrator.resolve(1n, 'resume');
    assert.equal(summary(await migrator.status()), '1 pending');
    const left = await database.query(`SELECT FROM pg_tables WHERE tablename IN ('a', 'b')`);
    assert.equal(left.length, 0);
  });

  test(`a unique index over duplicates is left invalid; dropped, and the duplicates gone, it is built by going on (${table})`, async () => {
    const { database, migrator } = await project(
      'CREATE TABLE a AS SELECT 1 AS n FROM generate_series(1, 2);\nCREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);\nINSERT INTO a VALUES (7);',
    );
    await failureOf(migrator.up());
    await database.query('DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)');
    await assert.rejects(migrator.resolve(1n, 'resume'), (error: GanderError) => {
      assert.equal(error.code, 'dirty');
      assert.match(error.message, /The index a_n on a is there but invalid/);
      assert.match(error.next ?? '', /DROP INDEX CONCURRENTLY a_n;/);
      return true;
    });
    await database.query('DROP INDEX CONCURRENTLY a_n');
    await migrator.resolve(1n, 'resume');
    assert.equal(summary(await migrator.status()), '1 applied');
    assert.equal((await database.query('SELECT FROM pg_index WHERE NOT indisvalid')).length, 0);
  });

  test(`IF NOT EXISTS over an invalid index does not pass for success, and nobody can call it applied (${table})`, async () => {
    const { database, migrator } = await project(
      'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "A_n" ON a (n);',
    );
    await database.query('CREATE TABLE a AS SELECT 1 AS n FROM generate_series(1, 2)');
    await failureOf(migrator.up());
    await database.query('DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)');
    await assert.rejects(migrator.resolve(1n, 'applied'), /"A_n" on a is there but invalid/);
    await assert.rejects(migrator.resolve(1n, 'retry'), /"A_n" on a is there but invalid/);
    await assert.rejects(
      migrator.resolve(1n, 'not applied'),
      /The database does not agree\. Statement 1: The index "A_n"/,
    );
    await migrator.resolve(1n, 'not applied', { overrule: [1] });
    const error = await failureOf(migrator.up());
    assert.match(error.message, /The index "A_n" on a is there but invalid/);
    assert.equal(summary(await migrator.status()), '1 dirty partial');
    await database.query('REINDEX INDEX CONCURRENTLY "A_n"');
    await migrator.resolve(1n, 'applied');
    assert.equal(summary(await migrator.status()), '1 applied');
  });
}

test('where a statement was cut off, only a person can say whether it happened; of an index the database can', async () => {
  const database = await createDatabase();
  const dir = await writeMigrations({
    '1_loose.sql': gooseWithoutTransaction(
      `CREATE TABLE a (n int);\nSELECT pg_terminate_backend(pg_backend_pid());\nINSERT INTO a VALUES (1);`,
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await failureOf(migrator.up());
  assert.equal(summary(await migrator.status()), '1 dirty in doubt');
  await assert.rejects(migrator.resolve(1n, 'resume'), (error: GanderError) => {
    assert.equal(error.code, 'invalid_request');
    assert.match(error.next ?? '', /--from 2 if it did not, --from 3 if it did/);
    return true;
  });
  await assert.rejects(migrator.resolve(1n, 'resume', { from: 1 }), /cannot go on with statement 1/);
  await assert.rejects(migrator.resolve(1n, 'resume', { from: 4 }), /cannot go on with statement 4/);
  await migrator.resolve(1n, 'resume', { from: 3 });
  assert.equal(summary(await migrator.status()), '1 applied');
  assert.equal((await database.query('SELECT FROM a')).length, 1);
});

test('a partial rollback whose file is gone goes on with what was stored', async () => {
  const database = await createDatabase();
  const dir = await writeMigrations({
    '1_loose.sql': gooseWithoutTransaction(
      'CREATE TABLE a (n int);\nCREATE TABLE b (n int);',
      'DROP TABLE b;\nDROP TABLE a;',
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await migrator.up();
  await rm(path.join(dir, '1_loose.sql'));
  await database.query('CREATE VIEW v AS SELECT * FROM a');
  await failureOf(migrator.down());
  await database.query('DROP VIEW v');
  await migrator.resolve(1n, 'resume');
  assert.equal(summary(await migrator.status()), '');
  assert.equal((await database.query(`SELECT FROM pg_tables WHERE tablename IN ('a', 'b')`)).length, 0);
});

const remains: readonly [
  what: string,
  before: string,
  after: string,
  from: number,
  expected: readonly number[],
][] = [
  [
    'a transaction that the file itself opened begins anew: nothing of it was committed',
    'INSERT INTO a VALUES (1);\nBEGIN;\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (x);\nCOMMIT;\nINSERT INTO a VALUES (4);',
    'INSERT INTO a VALUES (1);\nBEGIN;\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (3);\nCOMMIT;\nINSERT INTO a VALUES (4);',
    1,
    [1, 2, 3, 4],
  ],
  [
    'a transaction that the file itself committed is not run again',
    'BEGIN;\nINSERT INTO a VALUES (1);\nCOMMIT;\nINSERT INTO a VALUES (x);',
    'BEGIN;\nINSERT INTO a VALUES (1);\nCOMMIT;\nINSERT INTO a VALUES (2);',
    3,
    [1, 2],
  ],
  [
    'what was set in the session that is gone is set again',
    `SET search_path = other;\nINSERT INTO a VALUES (x);`,
    `SET search_path = other;\nINSERT INTO a VALUES (1);`,
    1,
    [1],
  ],
];
for (const [what, before, after, from, expected] of remains) {
  test(`going on, ${what}`, async () => {
    const database = await createDatabase();
    await database.query('CREATE SCHEMA other; CREATE TABLE a (n int); CREATE TABLE other.a (n int)');
    const dir = await writeMigrations({ '1_loose.sql': gooseWithoutTransaction(before) });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
    await failureOf(migrator.up());
    assert.equal(summary(await migrator.status()), '1 dirty partial');
    await writeFile(path.join(dir, '1_loose.sql'), gooseWithoutTransaction(after));
    const run = await migrator.resolve(1n, 'resume');
    const { statements } = (await migrator.run(run.id!))!.list[0]!;
    assert.equal(statements.filter(({ state }) => state === 'earlier').length, from);
    const table = before.startsWith('SET') ? 'other.a' : 'a';
    const rows = await database.query<{ n: number }>(`SELECT n FROM ${table} ORDER BY n`);
    assert.deepEqual(
      rows.map(({ n }) => n),
      expected,
    );
  });
}

test('a migration cannot go on without its temporary table, which went with the session', async () => {
  const database = await createDatabase();
  const dir = await writeMigrations({
    '1_loose.sql': gooseWithoutTransaction(
      'CREATE TEMP TABLE t (n int);\nCREATE TABLE a (n int);\nINSERT INTO t VALUES (x);',
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await failureOf(migrator.up());
  await assert.rejects(migrator.resolve(1n, 'resume'), (error: GanderError) => {
    assert.match(error.message, /line 3 of 1_loose made was for its session only/);
    return true;
  });
});

test('a COMMIT of the file’s own that was cut off leaves all of its transaction in doubt', async () => {
  const database = await createDatabase();
  const dir = await writeMigrations({
    '1_loose.sql': gooseWithoutTransaction(
      `BEGIN;\nINSERT INTO a VALUES (1);\nCOMMIT;\nINSERT INTO a VALUES (2);`,
    ),
  });
  await database.query(`
    CREATE TABLE a (n int);
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER die AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die();`);
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await failureOf(migrator.up());
  await assert.rejects(migrator.resolve(1n, 'resume'), (error: GanderError) => {
    assert.match(error.next ?? '', /--from 1 if they did not, --from 4 if they did/);
    return true;
  });
  await database.query('DROP TRIGGER die ON a');
  await migrator.resolve(1n, 'resume', { from: 1 });
  assert.deepEqual(await database.query('SELECT n FROM a ORDER BY n'), [{ n: 1 }, { n: 2 }]);
});

test('what was set for the session may be edited before it goes on: it is set anew anyway', async () => {
  const database = await createDatabase();
  const dir = await writeMigrations({
    '1_loose.sql': gooseWithoutTransaction('SET search_path = nowhere;\nINSERT INTO a VALUES (1);'),
  });
  await database.query('CREATE TABLE a (n int)');
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await failureOf(migrator.up());
  await writeFile(
    path.join(dir, '1_loose.sql'),
    gooseWithoutTransaction('SET search_path = public;\nINSERT INTO a VALUES (1);'),
  );
  await migrator.resolve(1n, 'resume');
  assert.equal(summary(await migrator.status()), '1 applied');
});
