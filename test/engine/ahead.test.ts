// Migrations are sent before those in front of them are answered. Nobody may notice, except that it is quick.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Pool } from 'pg';
import { folder, Migrator, type RunEvent } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, writeMigrations } from '../support/migrations.ts';
import { type Line, openWire } from '../support/wire.ts';

const table = (name: string): string => goose(`CREATE TABLE ${name} (id int);`, `DROP TABLE ${name};`);

async function migratorOf(
  database: TestDatabase,
  files: Readonly<Record<string, string>>,
): Promise<Migrator> {
  return new Migrator({ pool: database.pool, source: folder(await writeMigrations(files)) });
}

const FAILURES: Readonly<Record<string, string>> = {
  'a statement that fails': 'CREATE TABLE a (id int);\nSELECT 1/0;',
  'a COMMIT that fails':
    'CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);',
  'a transaction that a statement has ended': `CREATE PROCEDURE ends() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';\nCALL ends();`,
  'a lock that a statement has given back': 'SELECT pg_advisory_unlock_all();',
};

for (const [what, sql] of Object.entries(FAILURES)) {
  test(`nothing is run after ${what}, though it was on its way already`, async (t) => {
    const database = await createDatabase(t);
    const migrator = await migratorOf(database, {
      '1_first.sql': table('first'),
      '2_fails.sql': goose(sql),
      '3_never.sql': table('never'),
      '4_never.sql': table('never_either'),
    });
    const events: RunEvent[] = [];
    const error = await migrator.up({ onEvent: (event) => events.push(event) }).then(
      () => assert.fail('it should have failed'),
      (reason: Error) => reason,
    );
    assert.equal((await tables(database)).includes('never'), false, error.message);
    const { migrations } = await migrator.status();
    assert.deepEqual(
      migrations.map(({ state }) => state),
      ['applied', what.startsWith('a lock') ? 'applied' : 'dirty', 'pending', 'pending'],
    );
    const begun = events.flatMap((event) => (event.type === 'step' ? event.step.version : []));
    assert.deepEqual(begun, [1n, 2n], 'none of the later ones is said to have begun');
  });
}

test('a session that cannot be made as good as new ends the run before the next migration', async (t) => {
  const database = await createDatabase(t);
  const role = `mighty_${process.pid}`;
  await database.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'x'`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'x'];
  const pool = new Pool({ connectionString: url.href });
  pool.on('error', () => {});
  // Superusers alone may set it, and the migration makes an ordinary role of this one.
  pool.on('connect', (client) => void client.query(`SET session_replication_role = local`));
  const dir = await writeMigrations({
    '1_first.sql': table('first'),
    '2_modest.sql': goose(`ALTER ROLE ${role} NOSUPERUSER;`),
    '3_never.sql': table('never'),
  });
  await assert.rejects(new Migrator({ pool, source: folder(dir) }).up(), /cannot be made as it was before/);
  await pool.end();
  await database.query(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP OWNED BY ${role}; DROP ROLE ${role}`);
  const plain = new Migrator({ pool: database.pool, source: folder(dir) });
  assert.equal(summary(await plain.status()), '1 applied, 2 applied, 3 pending');
  assert.equal(await tables(database), 'first');
});

test('what happens is told in order, and each notice with the migration that raised it', async (t) => {
  const database = await createDatabase(t);
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `${index + 1}_m.sql`,
      goose(`DROP TABLE IF EXISTS nobody_${index + 1};\nSELECT ${index + 1};`),
    ]),
  );
  const migrator = await migratorOf(database, files);
  const told: string[] = [];
  const { id } = await migrator.up({
    onEvent: (event) => {
      if (event.type === 'step') told.push(`${event.step.version} begins`);
      if (event.type === 'ended') told.push(`${event.result.version} ends`);
      if (event.type === 'statement')
        told.push(`${event.step.version}.${event.record.position + 1} ${event.record.state}`);
      if (event.type === 'notice')
        told.push(`${event.step.version} says ${/nobody_\d+/.exec(event.message)?.[0]}`);
    },
  });
  const expected = Array.from({ length: 12 }, (_, index) => index + 1).flatMap((version) => [
    `${version} begins`,
    `${version}.1 running`,
    `${version}.1 running`,
    `${version} says nobody_${version}`,
    `${version}.1 done`,
    `${version}.2 running`,
    `${version}.2 done`,
    `${version} ends`,
  ]);
  assert.deepEqual(told, expected);
  const run = await migrator.run(id!);
  assert.deepEqual(
    run!.list.map(({ statements }) => statements.map(({ notices }) => notices.length)),
    Array.from({ length: 12 }, () => [1, 0]),
  );
});

test('each migration may choose its isolation with its first statement', async (t) => {
  const database = await createDatabase(t);
  const isolated = (name: string): string =>
    goose(`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
CREATE TABLE ${name} AS SELECT current_setting('transaction_isolation') AS level;`);
  const migrator = await migratorOf(database, {
    '1_a.sql': table('a'),
    '2_b.sql': isolated('b'),
    '3_c.sql': isolated('c'),
    '4_d.sql': table('d'),
  });
  await migrator.up();
  const levels = await database.query('SELECT level FROM b UNION ALL SELECT level FROM c');
  assert.deepEqual(levels, [{ level: 'serializable' }, { level: 'serializable' }]);
});

test('a migration that found a table locked is tried again, and those behind it follow', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE held (id int)');
  const holder = await database.pool.connect();
  await holder.query('BEGIN; LOCK TABLE held');
  const migrator = await migratorOf(database, {
    '1_a.sql': table('a'),
    '2_held.sql': goose('ALTER TABLE held ADD COLUMN note text;'),
    '3_c.sql': table('c'),
    '4_d.sql': table('d'),
  });
  const order: string[] = [];
  await migrator.up({
    lockTimeout: 100,
    onEvent: (event) => {
      if (event.type === 'step') order.push(String(event.step.version));
      if (event.type !== 'retry') return;
      order.push('retry');
      void holder.query('COMMIT').then(() => holder.release());
    },
  });
  assert.deepEqual(order.slice(0, 3), ['1', '2', 'retry']);
  assert.deepEqual(order.slice(-2), ['3', '4']);
  assert.equal(await tables(database), 'a c d held');
});

const COMMITTED = 'COMMIT\0';
/** A message of its own (docs: 53.7): on the connection that migrates, not on the one that keeps the record. */
const STATEMENT = /Q[^]{4}CREATE TABLE first/;

/** Ends the line for the client as soon as the server has committed `many` migrations; the answers do not arrive. */
function deaf(many: number): (data: Buffer, line: Line) => Buffer | undefined {
  let heard = '';
  return (data, line) => {
    if (!STATEMENT.test(line.said)) return undefined;
    heard += data.toString('latin1');
    if (heard.split(COMMITTED).length > many) setImmediate(() => line.cut());
    return Buffer.alloc(0);
  };
}

for (const many of [1, 2, 3]) {
  test(`the line breaks when ${many} of three migrations on their way are committed: the database tells which`, async (t: TestContext) => {
    const database = await createDatabase(t);
    const { url } = await openWire(t, database.url, { toClient: deaf(many) });
    const pool = new Pool({ connectionString: url });
    pool.on('error', () => {});
    t.after(() => pool.end());
    const slow = (name: string): string =>
      goose(`CREATE TABLE ${name} AS SELECT 1 AS id FROM pg_sleep(0.3);`);
    const dir = await writeMigrations({
      '1_first.sql': slow('first'),
      '2_second.sql': slow('second'),
      '3_third.sql': slow('third'),
      '4_fourth.sql': slow('fourth'),
    });
    const migrator = new Migrator({ pool, source: folder(dir) });
    const told = await migrator.up().then(
      () => 'it ended well',
      (reason: Error) => reason.message,
    );
    const state = await migrator.status();
    const there = await tables(database);
    const applied = state.migrations.filter((one) => one.state === 'applied').map(({ name }) => name);
    assert.equal(applied.toSorted().join(' '), there, told);
    assert.ok(applied.length >= many, `${applied.length} of ${many}`);
    assert.ok(
      state.migrations
        .slice(applied.length)
        .every(({ state: one, dirty }) => one === 'pending' || dirty?.kind === 'rolled back'),
    );
    await migrator.up();
    assert.equal(await tables(database), 'first fourth second third');
  });
}

test('of a rollback, too, nothing is run after what fails', async (t) => {
  const database = await createDatabase(t);
  const migrator = await migratorOf(database, {
    '1_a.sql': table('a'),
    '2_b.sql': goose('CREATE TABLE b (id int);', 'DROP TABLE b;\nDROP TABLE nobody;'),
    '3_c.sql': table('c'),
    '4_d.sql': table('d'),
  });
  await migrator.up();
  await failureOf(migrator.down({ to: 0n }));
  assert.equal(await tables(database), 'a b');
  assert.equal(summary(await migrator.status()), '1 applied, 2 dirty rolled back, 3 pending, 4 pending');
});
