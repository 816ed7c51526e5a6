// Migrations are sent before those in front of them are answered. Nobody may notice, except that it is quick.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Pool } from 'pg';
import { folder, Migrator, type RunEvent } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, writeMigrations } from '../support/migrations.ts';
import { until } from '../support/wait.ts';
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
    '4_d.sql': goose('SET "transaction_isolation" = "repeatable read";\nSELECT 1;'),
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

for (const spoiled of [1, 2]) {
  test(`the transaction of migration ${spoiled} cannot be opened: none of its statements, on their way already, takes effect by itself`, async (t) => {
    const database = await createDatabase(t);
    await database.query('CREATE TABLE counted (version int)');
    let begun = 0;
    const { url } = await openWire(t, database.url, {
      toServer: (data, line) => {
        if (!/INSERT INTO counted VALUES/.test(line.said)) return undefined;
        // One letter makes a mistake of it, as long as before.
        const text = data
          .toString('latin1')
          .replace(/BEGIN READ WRITE(?=; SET LOCAL)/g, (begin) =>
            ++begun === spoiled ? 'BEGIN READ WROTE' : begin,
          );
        return Buffer.from(text, 'latin1');
      },
    });
    const pool = new Pool({ connectionString: url });
    pool.on('error', () => {});
    t.after(() => pool.end());
    const files = Object.fromEntries(
      [1, 2, 3, 4].map((version) => [`${version}_m.sql`, goose(`INSERT INTO counted VALUES (${version});`)]),
    );
    const migrator = new Migrator({ pool, source: folder(await writeMigrations(files)) });
    const error = await migrator.up().then(
      () => null,
      (reason: Error) => reason,
    );
    const counted = await database.query('SELECT version FROM counted ORDER BY version');
    const { migrations } = await migrator.status();
    const applied = migrations
      .filter(({ state }) => state === 'applied')
      .map(({ version }) => Number(version));
    assert.deepEqual(
      counted.map((row) => row['version']),
      applied,
    );
    // Sent ahead it is sent anew; at its turn it has failed.
    assert.deepEqual([error === null, applied.length], spoiled === 1 ? [false, 0] : [true, 4]);
    await migrator.up();
    assert.equal((await database.query('SELECT FROM counted')).length, 4);
  });
}

test('a file of more than a megabyte runs between small ones, up and down', async (t) => {
  const database = await createDatabase(t);
  const rows = `INSERT INTO big VALUES ('${'x'.repeat(1_000)}');\n`.repeat(1_100);
  const migrator = await migratorOf(database, {
    '1_a.sql': table('a'),
    '2_big.sql': goose(`CREATE TABLE big (s text);\n${rows}`, 'DROP TABLE big;'),
    '3_c.sql': table('c'),
    '4_d.sql': table('d'),
  });
  assert.equal((await migrator.up()).current, 4n);
  assert.equal((await database.query('SELECT FROM big')).length, 1_100);
  assert.equal((await migrator.down({ to: 0n })).current, null);
  assert.equal(await tables(database), '');
});

test('where transactions are isolated more by default, a LOCK still comes before what the migration sees', async (t) => {
  const database = await createDatabase(t);
  await database.query(
    `CREATE TABLE src (i int); CREATE TABLE dst (i int); ALTER DATABASE ${database.name} SET default_transaction_isolation = 'repeatable read'`,
  );
  const pool = new Pool({ connectionString: database.url });
  pool.on('error', () => {});
  t.after(() => pool.end());
  const writer = await database.pool.connect();
  await writer.query('BEGIN; INSERT INTO src VALUES (1)');
  const dir = await writeMigrations({
    '1_a.sql': table('a'),
    '2_copy.sql': goose('LOCK TABLE src IN EXCLUSIVE MODE;\nINSERT INTO dst SELECT * FROM src;'),
  });
  const up = new Migrator({ pool, source: folder(dir) }).up({ lockTimeout: 0 });
  const waits = (): Promise<boolean> =>
    database.query('SELECT FROM pg_locks WHERE NOT granted').then((locks) => locks.length > 0);
  await until('it waits for the writer', waits);
  await writer.query('COMMIT');
  writer.release();
  await up;
  assert.equal((await database.query('SELECT FROM dst')).length, 1);
});

test('a cancellation that comes too late for a migration does not end the run: the session is made as good as new once more', async (t) => {
  const database = await createDatabase(t);
  let isSpoilt = false;
  const { url } = await openWire(t, database.url, {
    toServer: (data) => {
      const before = 'COMMIT;\nRESET SESSION AUTHORIZATION;\nRESET ROL';
      if (isSpoilt || !data.includes(before)) return undefined;
      isSpoilt = true;
      // What comes after COMMIT fails, and when it is run only: there is no such setting.
      return Buffer.from(data.toString('latin1').replace(`${before}E`, `${before}X`), 'latin1');
    },
  });
  const pool = new Pool({ connectionString: url });
  pool.on('error', () => {});
  t.after(() => pool.end());
  const names = ['a', 'b', 'c', 'd'];
  const files = Object.fromEntries(names.map((name, index) => [`${index + 1}_${name}.sql`, table(name)]));
  const migrator = new Migrator({ pool, source: folder(await writeMigrations(files)) });
  assert.equal((await migrator.up()).current, 4n);
  assert.ok(isSpoilt);
  assert.equal(await tables(database), 'a b c d');
});
