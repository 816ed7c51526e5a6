// Errors, notices and text (postgres-traps.md, 21–26).
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { Client } from 'pg';
import { folder, Migrator, type RunEvent } from '../../server/engine/index.ts';
import { packageRoot } from '../../server/package-root.ts';
import { run as runProcess } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction as loose, writeMigrations } from '../support/migrations.ts';

// 21
test('an error is shown at its line and column: behind emoji, Windows line ends, a byte order mark and other statements', async (t) => {
  const database = await createDatabase(t);
  const lines = ['-- +goose Up', "SELECT '😀'; SELECT '👩‍👩‍👧', 'é';", "SELECT '😀',", "  '😀😀', nowhere;", ''];
  for (const text of [lines.join('\n'), lines.join('\r\n'), `\uFEFF${lines.join('\r\n')}`]) {
    for (const head of ['', '-- +goose NO TRANSACTION\n']) {
      const dir = await writeMigrations({
        '1_bad.sql': head === '' ? text : text.replace('-- +goose Up', `${head}-- +goose Up`),
      });
      const error = await failureOf(new Migrator({ pool: database.pool, source: folder(dir) }).up());
      assert.equal(error.where, `1_bad.sql:${head === '' ? 4 : 5}:9`);
      assert.match(error.message, /column "nowhere" does not exist/);
      await database.query(`DELETE FROM schema_migrations; DELETE FROM gander.dirty`);
    }
  }
});

// 21
test('an error inside a function is shown at the statement that called it, with the way into the function', async (t) => {
  const database = await createDatabase(t);
  await database.query(
    `CREATE FUNCTION inner_one() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT a, b FROM nowhere'; END $$;
     CREATE FUNCTION outer_one() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM inner_one(); END $$`,
  );
  const dir = await writeMigrations({ '1_calls.sql': goose('SELECT 1;\n  SELECT outer_one();') });
  const error = await failureOf(new Migrator({ pool: database.pool, source: folder(dir) }).up());
  assert.equal(error.where, '1_calls.sql:3:3');
  const failure = error.run.steps[0]?.failure;
  assert.equal(failure?.exact, false);
  assert.match(
    failure?.context ?? '',
    /PL\/pgSQL function inner_one\(\) line 1 at EXECUTE[^]*PL\/pgSQL function outer_one\(\)/,
  );
});

// 22
test('of a statement that says ten thousand things a hundred are kept, and every one is told while it runs', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_loud.sql': goose(
      `SELECT 1;\nDO $$ BEGIN FOR i IN 1..10000 LOOP RAISE NOTICE 'row %', i; END LOOP; END $$;\nDO $$ BEGIN RAISE WARNING 'last'; END $$;`,
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  let told = 0;
  const { id } = await migrator.up({ onEvent: ({ type }) => void (type === 'notice' && (told += 1)) });
  assert.equal(told, 10_001);
  const run = await migrator.run(id!);
  assert.deepEqual(
    run?.list[0]?.statements.map(({ notices }) => [notices.length, notices[0], notices.at(-1)]),
    [
      [0, undefined, undefined],
      [100, 'row 1', 'row 100'],
      [1, 'last', 'last'],
    ],
  );
});

// 22
for (const [what, file] of [
  ['in a transaction', goose],
  ['without one', loose],
] as const) {
  test(`what a statement says is heard while it still runs (${what})`, async (t) => {
    const database = await createDatabase(t);
    const holder = new Client({ connectionString: database.url });
    holder.on('error', () => {});
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(7)');
    const dir = await writeMigrations({
      '1_waits.sql': file(`DO $$ BEGIN RAISE NOTICE 'half'; PERFORM pg_advisory_xact_lock(7); END $$;`),
    });
    // It can only end if it was heard before its end.
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'notice') void holder.query('SELECT pg_advisory_unlock(7)');
    };
    const migrator = new Migrator({ pool: database.pool, source: folder(dir), statementTimeout: 20_000 });
    assert.equal((await migrator.up({ onEvent })).current, 1n);
    await holder.end();
  });
}

// 23
test('COPY with data in the file is refused before anything runs, with its line and what to write instead', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_copy.sql': goose('CREATE TABLE a (id int);\nCOPY a (id) FROM stdin;\n1\n2\n\\.\n'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await assert.rejects(migrator.up(), { code: 'invalid_file', where: '1_copy.sql:3:18', next: /INSERT/ });
  assert.equal(await tables(database), '');
});

// 23
test('a COPY to the client sends its rows nowhere, and the run goes on', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_out.sql': goose(
      'CREATE TABLE a AS SELECT generate_series(1, 5) AS id;\nCOPY a TO STDOUT;\nCREATE TABLE b ();',
    ),
    '2_out.sql': loose('COPY a TO STDOUT;\nCREATE TABLE c ();'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  assert.equal((await migrator.up()).current, 2n);
  assert.equal(await tables(database), 'a b c');
});

// 24
test('a line for psql, as new dumps begin with, is refused with its place before anything runs', async (t) => {
  const database = await createDatabase(t);
  for (const line of ['\\restrict dBh0', '\\connect shop', '\\set ON_ERROR_STOP on', '\\i other.sql']) {
    const dir = await writeMigrations({
      '1_dump.sql': goose(`CREATE TABLE a ();\n\n${line}\nCREATE TABLE b ();`),
    });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
    await assert.rejects(
      migrator.up(),
      { code: 'invalid_file', where: '1_dump.sql:4:1', message: /psql/ },
      line,
    );
    assert.equal(await tables(database), '');
  }
});

// 25
test('a no-break space that was pasted in is no white space for PostgreSQL: the error is at its place', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_nbsp.sql': goose('SELECT 1;\nSELECT 2 +\u00a03;') });
  const error = await failureOf(new Migrator({ pool: database.pool, source: folder(dir) }).up());
  assert.equal(error.where, '1_nbsp.sql:3:11');
});

// 25
test('Windows line ends in a text become plain ones, and a lone carriage return stays', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_text.sql': `-- +goose Up\r\nCREATE TABLE texts AS SELECT 'one\r\ntwo' AS windows, 'one\rtwo' AS lone, '\u00a0' AS nbsp;\r\n`,
  });
  await new Migrator({ pool: database.pool, source: folder(dir) }).up();
  assert.deepEqual(await database.query('SELECT * FROM texts'), [
    { windows: 'one\ntwo', lone: 'one\rtwo', nbsp: '\u00a0' },
  ]);
});

// 26
test(
  'a statement of 50 MB runs, in at most six times its size of memory',
  { timeout: 120_000 },
  async (t) => {
    const database = await createDatabase(t);
    const size = 50 * 1024 * 1024;
    const dir = await writeMigrations({
      '1_large.sql': goose(`CREATE TABLE a AS SELECT length('${'x'.repeat(size)}') AS size;`),
    });
    const service = `
    import { Pool } from 'pg';
    import { folder, Migrator } from ${JSON.stringify(path.join(packageRoot, 'dist/server/engine/index.js'))};
    const pool = new Pool({ connectionString: process.argv[1] });
    pool.on('error', () => {});
    const before = process.resourceUsage().maxRSS;
    await new Migrator({ pool, source: folder(process.argv[2]) }).up();
    console.log((process.resourceUsage().maxRSS - before) * 1024);
    await pool.end();`;
    const { out, err } = await runProcess(
      process.execPath,
      ['--input-type=module', '-e', service, database.url, dir],
      {
        cwd: packageRoot,
      },
    );
    assert.deepEqual(await database.query('SELECT size FROM a'), [{ size }], err);
    assert.ok(Number(out) <= 6 * size, `it took ${Math.round(Number(out) / 1024 / 1024)} MB`);
    const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
    assert.equal(summary(await migrator.status()), '1 applied');
  },
);
