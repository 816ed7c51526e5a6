// What is kept of what migrations change, as they run.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Pool } from 'pg';
import {
  folder,
  Migrator,
  type MigratorOptions,
  type RunEvent,
  Schemas,
  titleOf,
  toWords,
} from '../../../server/engine/index.ts';
import { createDatabase, query, serverUrl, type TestDatabase } from '../../support/database.ts';
import { failureOf } from '../../support/engine.ts';
import { until } from '../../support/wait.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../../support/migrations.ts';

interface Scene {
  readonly database: TestDatabase;
  readonly migrator: Migrator;
  readonly schemas: Schemas;
}

async function scene(
  files: Readonly<Record<string, string>>,
  options: Partial<MigratorOptions> = {},
): Promise<Scene> {
  const database = await createDatabase();
  const all = { pool: database.pool, source: folder(await writeMigrations(files)), ...options };
  return { database, migrator: new Migrator(all), schemas: new Schemas(all) };
}

async function words({ schemas }: Pick<Scene, 'schemas'>, version: bigint): Promise<string | null> {
  const change = await schemas.changeOf(version);
  return change === null ? null : (change.problem ?? toWords(change.diff).join('; '));
}

/** What was found that no migration of this history had done. */
async function found({ database }: Pick<Scene, 'database'>): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `SELECT o.name FROM gander.schema_changes c JOIN gander.schema_objects o ON o.since = c.id
     WHERE c.version IS NULL AND o.kind = 'table' ORDER BY c.id, o.name`,
  );
  return rows.map(({ name }) => name);
}

describe('three migrations that ran', () => {
  let shopScene: Scene;

  before(async () => {
    shopScene = await scene(shop);
    await shopScene.database.query('CREATE TABLE before_it_all (a integer)');
    await shopScene.migrator.up();
  });

  test('have what each of them changed, in words', async () => {
    assert.equal(await words(shopScene, 1n), 'creates table users (1 column, 1 constraint)');
    assert.equal(await words(shopScene, 2n), 'creates table orders (2 columns, 2 constraints, 1 index)');
    assert.equal(await words(shopScene, 3n), 'adds column phone text to users');
    assert.equal(await words(shopScene, 4n), null);
    const change = (await shopScene.schemas.changeOf(3n))!;
    assert.deepEqual([change.version, change.direction, change.runId], [3n, 'up', '1']);
    assert.ok(Math.abs(change.at.getTime() - Date.now()) < 60_000);
  });

  test('can be asked what the schema was after each, and what is different between two', async () => {
    const names = async (version: bigint): Promise<string[]> =>
      (await shopScene.schemas.after(version)).filter(({ kind }) => kind === 'table').map(titleOf);
    assert.deepEqual(await names(1n), ['public.before_it_all', 'public.users']);
    assert.deepEqual(await names(3n), ['public.before_it_all', 'public.orders', 'public.users']);
    assert.deepEqual(toWords(await shopScene.schemas.between(1n, 3n)), [
      'creates table orders (2 columns, 2 constraints, 1 index)',
      'adds column phone text to users',
    ]);
    assert.deepEqual(toWords(await shopScene.schemas.between(3n, 2n)), ['drops column phone of users']);
    await assert.rejects(shopScene.schemas.after(9n), /after version 9 has not been recorded/);
    assert.deepEqual(await shopScene.schemas.after(3n), await shopScene.schemas.now());
  });

  test('are told from what somebody else does, before them, between them and after them', async () => {
    assert.deepEqual(await found(shopScene), ['before_it_all']);
    assert.deepEqual((await shopScene.schemas.drift()).diff, []);
    await shopScene.database.query('CREATE TABLE by_hand (a integer)');
    assert.deepEqual(toWords((await shopScene.schemas.drift()).diff), ['creates table by_hand (1 column)']);
    await shopScene.migrator.down();
    assert.deepEqual(await found(shopScene), ['before_it_all', 'by_hand']);
    await shopScene.migrator.up();
    assert.deepEqual(
      (await shopScene.schemas.drift()).diff,
      [],
      'what was rolled back and done again is known',
    );
    assert.equal(await words(shopScene, 3n), 'adds column phone text to users');
    const rows = await shopScene.database.query<{ of: string }>(
      `SELECT concat_ws(' ', version, direction) AS of FROM gander.schema_changes ORDER BY id`,
    );
    assert.deepEqual(
      rows.map(({ of }) => of),
      ['', '1 up', '2 up', '3 up', '', '3 down', '3 up'],
    );
  });
});

test('a migration without a transaction has its changes, too, and one that was gone on with has all of them', async () => {
  const one = await scene({
    '1_loose.sql': gooseWithoutTransaction(
      'CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY a_id ON a (id);',
    ),
    '2_stops.sql': gooseWithoutTransaction(
      'CREATE TABLE b ();\nSELECT 1 / count(*) FROM a;\nCREATE TABLE c ();',
    ),
  });
  await failureOf(one.migrator.up());
  assert.equal(await words(one, 1n), 'creates table a (1 column, 1 index)');
  assert.equal(await words(one, 2n), null);
  await one.database.query('INSERT INTO a VALUES (1)');
  await one.migrator.resolve(2n, 'resume');
  assert.equal(await words(one, 2n), 'creates table b; creates table c');
  assert.deepEqual(await found(one), []);
});

test('a failed migration leaves no record', async () => {
  const one = await scene({ ...shop, '4_fails.sql': goose('CREATE TABLE d (); SELECT 1 / 0;') });
  await failureOf(one.migrator.up());
  assert.equal(await words(one, 4n), null);
  assert.equal(await words(one, 3n), 'adds column phone text to users');
});

test('what an extension takes on or gives up is seen, though it leaves no trace', async () => {
  const one = await scene({
    '1_table.sql': goose('CREATE TABLE t (id int);'),
    '2_adopt.sql': goose('ALTER EXTENSION plpgsql ADD TABLE t;'),
    '3_give_up.sql': goose('ALTER EXTENSION plpgsql DROP TABLE t;'),
  });
  await one.migrator.up();
  assert.equal(await words(one, 2n), 'drops table t (1 column)');
  assert.equal(await words(one, 3n), 'creates table t (1 column)');
});

test('it can be switched off', async () => {
  const one = await scene(shop, { schemaChanges: 'off' });
  await one.migrator.up();
  assert.equal(await words(one, 1n), null);
  assert.deepEqual(await one.database.query('SELECT FROM gander.schema_changes'), []);
  await assert.rejects(one.schemas.drift(), /No change of the schema has been recorded yet/);
});

test('of the many of a large run nothing is kept, unless it is asked for; the next one goes on from what it finds', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 22 }, (_, at) => [
      `${at + 1}_t.sql`,
      goose(`CREATE TABLE t${at + 1} ();`, `DROP TABLE t${at + 1};`),
    ]),
  );
  const one = await scene(many);
  await one.migrator.up({ steps: 21 });
  assert.equal(await words(one, 21n), null);
  await one.migrator.up();
  assert.equal(await words(one, 22n), 'creates table t22');
  assert.equal((await found(one)).length, 21);
  const each = await scene(many, { schemaChanges: 'each' });
  await each.migrator.up();
  assert.equal(await words(each, 1n), 'creates table t1');
});

test('a copy of a database is looked at anew', async (t) => {
  const one = await scene(shop);
  await one.migrator.up();
  await one.database.query('CREATE TABLE before_copying (a integer)');
  const name = `${one.database.name}_copy`;
  const address = new URL(serverUrl());
  await until('nobody is in it any more', async () => {
    const [row] = await query<{ left: number }>(
      serverUrl(),
      `SELECT count(pg_terminate_backend(pid))::int AS left FROM pg_stat_activity WHERE datname = '${one.database.name}'`,
    );
    return row!.left === 0;
  });
  await query(address.href, `CREATE DATABASE ${name} TEMPLATE ${one.database.name}`);
  t.after(() => query(serverUrl(), `DROP DATABASE ${name} WITH (FORCE)`));
  address.pathname = `/${name}`;
  const pool = new Pool({ connectionString: address.href, max: 2 });
  pool.on('error', () => {});
  const source = folder(await writeMigrations({ ...shop, '4_more.sql': goose('CREATE TABLE more ();') }));
  await new Migrator({ pool, source }).up();
  const schemas = new Schemas({ pool, source });
  assert.deepEqual(toWords((await schemas.changeOf(4n))!.diff), ['creates table more']);
  assert.ok((await schemas.after(4n)).some((object) => object.name === 'before_copying'));
  assert.deepEqual((await schemas.drift()).diff, []);
  await pool.end();
});

test('a role that may not make what records runs all the same, and is told', async () => {
  const one = await scene({ '1_a.sql': goose('CREATE TABLE a ();'), '2_b.sql': goose('CREATE TABLE b ();') });
  await one.migrator.up({ to: 1n });
  const role = `${one.database.name}_role`;
  await one.database
    .query(`DO $$ BEGIN EXECUTE 'DROP FUNCTION ' || (SELECT p.oid::regprocedure FROM pg_proc p WHERE p.proname LIKE 'record%'
      AND p.pronamespace = 'gander'::regnamespace); END $$;
    CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT CREATE, USAGE ON SCHEMA public TO ${role};
    GRANT USAGE ON SCHEMA gander TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA gander, public TO ${role};`);
  const address = new URL(one.database.url);
  [address.username, address.password] = [role, 'x'];
  const pool = new Pool({ connectionString: address.href, max: 2 });
  pool.on('error', () => {});
  const events: RunEvent[] = [];
  const source = folder(
    await writeMigrations({ '1_a.sql': goose('CREATE TABLE a ();'), '2_b.sql': goose('CREATE TABLE b ();') }),
  );
  const run = await new Migrator({ pool, source }).up({ onEvent: (event) => events.push(event) });
  await pool.end();
  await one.database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  assert.equal(run.steps[0]!.outcome, 'done');
  const notes = events.flatMap((event) => (event.type === 'note' ? [event.message] : []));
  assert.deepEqual(notes, [
    'What changes in the schema will not be recorded: permission denied for schema gander',
  ]);
});
