// Transactions and the protocol (postgres-traps.md, 1–5 and 7–10); 6 is in traps-commit.test.ts.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { folder, Migrator, type RunEvent } from '../../server/engine/index.ts';
import { packageRoot } from '../../server/package-root.ts';
import { run as runProcess } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { eventually } from '../support/embedded.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction as loose, shop, writeMigrations } from '../support/migrations.ts';

const block = (sql: string): string => `-- +goose StatementBegin\n${sql}\n-- +goose StatementEnd`;

function openPool(t: TestContext, config: ConstructorParameters<typeof Pool>[0]): Pool {
  const pool = new Pool(config);
  pool.on('error', () => {});
  t.after(() => pool.end());
  return pool;
}

// 1
test('without a transaction, several statements in one block take effect together or not at all', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_block.sql': loose(
      `CREATE TABLE counted (n int);\n${block('INSERT INTO counted VALUES (1);\nINSERT INTO counted VALUES (2);\nSELECT 1 / (count(*) - 2) FROM counted;')}\nCREATE TABLE after ();`,
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await failureOf(migrator.up());
  assert.equal(error.run.steps[0]?.failure?.statement, 1);
  assert.deepEqual(await database.query('SELECT FROM counted'), []);
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  await writeFile(
    path.join(dir, '1_block.sql'),
    loose(
      `CREATE TABLE counted (n int);\n${block('INSERT INTO counted VALUES (1);\nINSERT INTO counted VALUES (2);')}\nCREATE TABLE after ();`,
    ),
  );
  await migrator.resolve(1n, 'resume');
  assert.deepEqual(await database.query('SELECT n FROM counted ORDER BY n'), [{ n: 1 }, { n: 2 }]);
  assert.equal(await tables(database), 'after counted');
});

// 2
test('COMMIT and BEGIN in a transactional migration are refused before anything runs, with their place', async (t) => {
  for (const word of ['COMMIT', 'BEGIN', 'ROLLBACK', 'END', 'START TRANSACTION']) {
    const database = await createDatabase(t);
    const dir = await writeMigrations({
      ...shop,
      '4_ends.sql': goose(`CREATE TABLE a ();\n${word};\nCREATE TABLE b ();`),
    });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
    await assert.rejects(migrator.up(), { code: 'invalid_file', where: '4_ends.sql:3:1' }, word);
    assert.equal(await tables(database), '');
  }
});

// 2
test('a procedure that commits cannot end the migration that calls it: it fails, and all is undone', async (t) => {
  const database = await createDatabase(t);
  await database.query(
    'CREATE PROCEDURE ends() LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE inside (); COMMIT; END $$',
  );
  const dir = await writeMigrations({
    '1_calls.sql': goose('CREATE TABLE before ();\nCALL ends();\nCREATE TABLE after ();'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await failureOf(migrator.up());
  assert.match(error.message, /invalid transaction termination \(SQLSTATE 2D000\)/);
  assert.equal(await tables(database), '');
  assert.equal(summary(await migrator.status()), '1 dirty rolled back');
});

// 2
test('without a transaction a file may open and end its own; one that leaves it open fails, and does not count as applied', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_own.sql': loose('BEGIN;\nCREATE TABLE a ();\nCREATE TABLE b ();\nCOMMIT;\nCREATE TABLE c ();'),
    '2_open.sql': loose('CREATE TABLE d ();\nBEGIN;\nCREATE TABLE e ();'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await failureOf(migrator.up());
  assert.match(error.message, /opens a transaction and leaves it open/);
  assert.equal(await tables(database), 'a b c d');
  assert.equal(summary(await migrator.status()), '1 applied, 2 dirty partial');
});

// 2
test('going on with a file that opens a transaction of its own loses nothing of it', async (t) => {
  const database = await createDatabase(t);
  const text =
    'CREATE TABLE first ();\nBEGIN;\nCREATE TABLE a ();\nCREATE TABLE b ();\nSELECT now()::nothing;\nCOMMIT;\nCREATE TABLE c ();';
  const dir = await writeMigrations({ '1_own.sql': loose(text) });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await failureOf(migrator.up());
  assert.equal(await tables(database), 'first');
  await writeFile(path.join(dir, '1_own.sql'), loose(text.replace('::nothing', '')));
  await migrator.resolve(1n, 'resume').catch(() => {});
  const { migrations } = await migrator.status();
  if (migrations[0]?.state === 'applied') assert.equal(await tables(database), 'a b c first');
  else assert.equal(await tables(database), 'first');
});

// 3
test('a failing statement among many makes none of them count, wherever it stands', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE counted (n int CHECK (n <> 150))');
  for (const place of [1, 150, 300]) {
    const numbers = Array.from({ length: 300 }, (_, index) => index + 1).filter((n) => n !== 150);
    numbers.splice(place - 1, 0, 150);
    const dir = await writeMigrations({
      '1_many.sql': goose(numbers.map((n) => `INSERT INTO counted VALUES (${n});`).join('\n')),
      '2_next.sql': goose('CREATE TABLE next ();'),
    });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
    const error = await failureOf(migrator.up());
    assert.equal(error.where, `1_many.sql:${place + 1}:1`);
    assert.deepEqual(await database.query('SELECT FROM counted'), []);
    assert.equal(summary(await migrator.status()), '1 dirty rolled back, 2 pending');
  }
  assert.equal(await tables(database), 'counted');
});

// 4
test('CREATE INDEX CONCURRENTLY is sent alone, between other statements and under limits of its file', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_index.sql': `-- +gander STATEMENT TIMEOUT 5min\n-- +gander LOCK TIMEOUT 1min\n${loose(
      'CREATE TABLE a (id int, n int);\nCREATE INDEX CONCURRENTLY a_id ON a (id);\nCREATE INDEX CONCURRENTLY a_n ON a (n);\nANALYZE a;',
      'DROP INDEX CONCURRENTLY a_n;\nDROP INDEX CONCURRENTLY a_id;\nDROP TABLE a;',
    )}`,
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), statementTimeout: 60_000 });
  assert.equal((await migrator.up()).current, 1n);
  assert.equal(
    (await database.query(`SELECT FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid`)).length,
    2,
  );
  assert.equal((await migrator.down()).current, null);
  assert.equal(await tables(database), '');
});

// 5
test('a new enum value cannot be used in the migration that adds it; in the next one it can', async (t) => {
  const database = await createDatabase(t);
  const base = { '1_mood.sql': goose(`CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE people (mood mood);`) };
  const together = await writeMigrations({
    ...base,
    '2_ok.sql': goose(`ALTER TYPE mood ADD VALUE 'ok';\nINSERT INTO people VALUES ('ok');`),
  });
  const error = await failureOf(new Migrator({ pool: database.pool, source: folder(together) }).up());
  assert.equal(error.where, '2_ok.sql:3:28');
  assert.match(error.message, /unsafe use of new value "ok" of enum type mood \(SQLSTATE 55P04\)/);
  assert.deepEqual(await database.query(`SELECT FROM pg_enum WHERE enumlabel = 'ok'`), []);
  const apart = await writeMigrations({
    ...base,
    '2_ok.sql': goose(`ALTER TYPE mood ADD VALUE 'ok';`),
    '3_use.sql': goose(`INSERT INTO people VALUES ('ok');`),
  });
  assert.equal((await new Migrator({ pool: database.pool, source: folder(apart) }).up()).current, 3n);
});

// 7
test('a lock_timeout of the database does not cut short the wait for the migration lock', async (t) => {
  const database = await createDatabase(t);
  await database.query(`ALTER DATABASE ${database.name} SET lock_timeout = '50ms'`);
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(4097083626)');
  const pool = openPool(t, { connectionString: database.url });
  const migrator = new Migrator({ pool, source: folder(await writeMigrations(shop)) });
  const events: RunEvent[] = [];
  const running = migrator.up({ onEvent: (event) => events.push(event) });
  await eventually(async () => events.some(({ type }) => type === 'waiting'), 'the run waits');
  await sleep(300); // longer than the lock_timeout
  await holder.query('SELECT pg_advisory_unlock(4097083626)');
  assert.equal((await running).current, 3n);
  await holder.end();
});

// 7
test('a statement timeout is for each statement, not for the migration: one that is too slow is cancelled, and all is undone', async (t) => {
  const database = await createDatabase(t);
  const slow = Array.from({ length: 5 }, () => 'SELECT pg_sleep(0.3);').join('\n');
  const dir = await writeMigrations({
    '1_steady.sql': goose(`CREATE TABLE a ();\n${slow}`),
    '2_slow.sql': goose('CREATE TABLE b ();\nSELECT pg_sleep(30);'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), statementTimeout: 1000 });
  const error = await failureOf(migrator.up());
  assert.equal(error.where, '2_slow.sql:3:1');
  assert.match(error.message, /canceling statement due to statement timeout \(SQLSTATE 57014\)/);
  assert.equal(summary(await migrator.status()), '1 applied, 2 dirty rolled back');
  assert.equal(await tables(database), 'a');
});

// 8
for (const [what, file] of [
  ['with a transaction', goose('CREATE TABLE a ();\nSELECT pg_sleep(2);')],
  ['without one', loose('CREATE TABLE a ();\nSELECT pg_sleep(2);')],
] as const) {
  test(
    `a pool that gives up waiting for answers does not make anyone believe that the server has given up too (${what})`,
    { timeout: 30_000 },
    async (t) => {
      const database = await createDatabase(t);
      const pool = openPool(t, { connectionString: database.url, query_timeout: 700 });
      const source = folder(await writeMigrations({ '1_slow.sql': file }));
      const error = await new Migrator({ pool, source }).up().then(
        () => null,
        (reason: unknown) => reason,
      );
      const migrator = new Migrator({ pool: database.pool, source });
      const told = summary(await migrator.status());
      const atWork = `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%' AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()`;
      await eventually(async () => (await database.query(atWork)).length === 0, 'the server is done');
      const later = summary(await migrator.status());
      if (error === null) assert.equal(later, '1 applied');
      else assert.equal(later, told, 'what was said of it did not become untrue afterwards');
      assert.equal(
        later === '1 applied' || later.includes('in doubt') || later.includes('partial'),
        (await tables(database)) === 'a',
        later,
      );
    },
  );
}

// 9
test('an administrator who ends all sessions makes the run fail, and does not take the service down', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_slow.sql': goose('CREATE TABLE a ();\nSELECT pg_sleep(60);') });
  // The pool has no listener for errors, as in many a service.
  const service = `
    import { Pool } from 'pg';
    import { folder, Migrator } from ${JSON.stringify(path.join(packageRoot, 'dist/server/engine/index.js'))};
    const pool = new Pool({ connectionString: process.argv[1] });
    pool.on('error', () => {});
    await new Migrator({ pool, source: folder(process.argv[2]) }).up().catch((error) => console.log(error.message));
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log('still here');
    process.exit();`;
  const ended = runProcess(process.execPath, ['--input-type=module', '-e', service, database.url, dir], {
    cwd: packageRoot,
  });
  const sleeping = `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()`;
  await eventually(async () => (await database.query(sleeping)).length > 0, 'the migration runs');
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  const { out, err } = await ended;
  assert.match(
    out,
    /^1_slow failed: terminating connection due to administrator command.*\nstill here\n$/,
    err,
  );
});

// 10
test('the migration after one that fails is not begun, though everything is sent at once', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_bad.sql': goose('CREATE TABLE a ();\nSELECT 1/0;\nCREATE TABLE b ();\nCREATE TABLE c ();'),
    '2_next.sql': goose('CREATE TABLE d ();'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const begun: bigint[] = [];
  const onEvent = (event: RunEvent): void => void (event.type === 'step' && begun.push(event.step.version));
  const error = await failureOf(migrator.up({ onEvent }));
  assert.equal(error.where, '1_bad.sql:3:1');
  assert.deepEqual(begun, [1n]);
  assert.equal(await tables(database), '');
  const record = await migrator.run(error.run.id!);
  assert.deepEqual(
    record?.list.map(({ state, statements }) => [state, statements.map((one) => one.state)]),
    [
      ['failed', ['done', 'failed']],
      ['not run', []],
    ],
  );
});
