// What the catalogs are asked for, and what comes of it for a plan.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Client } from 'pg';
import type { Facts, RelationFacts } from '../../../server/engine/advice/facts.ts';
import { folder, Migrator } from '../../../server/engine/index.ts';
import type { Client as EngineClient } from '../../../server/engine/postgres.ts';
import { readFacts } from '../../../server/engine/table-facts.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { goose, writeMigrations } from '../../support/migrations.ts';
import { rulesOf } from './reading.ts';

let database: TestDatabase;

before(async () => {
  database = await createDatabase();
  await database.query(`
    CREATE SCHEMA app;
    CREATE TABLE users (id bigint PRIMARY KEY, email varchar(20) NOT NULL, age int);
    ALTER TABLE users ADD CONSTRAINT grown CHECK (age IS NOT NULL) NOT VALID;
    CREATE TABLE app.orders (id bigint, user_id bigint REFERENCES users (id));
    CREATE VIEW app.mails AS SELECT email FROM users;
    CREATE TABLE parts (n int) PARTITION BY RANGE (n);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10000);
    CREATE INDEX users_email ON users (email);
    CREATE TABLE "Odd ""Name" (a int);
    INSERT INTO users SELECT i, i, i FROM generate_series(1, 5000) i;
    INSERT INTO parts SELECT i FROM generate_series(1, 3000) i;`);
  await database.query('VACUUM ANALYZE users, parts_1');
});

async function ask(...names: readonly string[]): Promise<Facts> {
  const client = new Client({ connectionString: database.url, statement_timeout: 5_000 });
  await client.connect();
  const wanted = names.map((name) => {
    const [first = '', second] = name.split('.');
    return second === undefined ? { schema: null, name: first } : { schema: first, name: second };
  });
  const facts = await readFacts(client as unknown as EngineClient, wanted);
  await client.end();
  return facts;
}

function one({ relations }: Facts): RelationFacts {
  assert.equal(relations.length, 1);
  return relations[0]!;
}

describe('the catalogs say', () => {
  test('how large a table is, what it is made of, and what uses it', async () => {
    const users = one(await ask('users'));
    assert.equal(users.rows, 5_000);
    assert.ok(users.bytes !== null && users.bytes > 300_000, String(users.bytes));
    assert.deepEqual(users.columns[1], { name: 'email', type: 'character varying(20)', notNull: true });
    assert.deepEqual(
      users.constraints.filter(({ kind }) => kind === 'check'),
      [
        {
          name: 'grown',
          kind: 'check',
          columns: ['age'],
          notNull: 'age',
          validated: false,
          parent: null,
        },
      ],
    );
    assert.deepEqual(users.indexes.map(({ name }) => name).toSorted(), ['users_email', 'users_pkey']);
    assert.deepEqual(
      users.dependents
        .map(({ type, schema, name, columns }) => `${type} ${schema}.${name} ${columns.join()}`)
        .toSorted(),
      ['foreign key app.orders id', 'view app.mails email'],
    );
  });

  test('of a table that nobody has counted that nobody knows how large it is', async () => {
    assert.equal(one(await ask('app.orders')).rows, null);
  });

  test('of a partitioned table what its partitions hold together', async () => {
    const parts = one(await ask('parts'));
    assert.deepEqual([parts.kind, parts.rows], ['partitioned table', 3_000]);
  });

  test('which table an index belongs to, and where a table is that is not on the path', async () => {
    assert.equal(one(await ask('users_email')).name, 'users');
    assert.equal(one(await ask('orders')).schema, 'app');
    assert.equal(one(await ask('Odd "Name')).name, 'Odd "Name');
    assert.deepEqual((await ask('nowhere', 'other.users')).relations, []);
  });

  test('all of it while somebody keeps everybody from the table', async (t) => {
    const locker = new Client({ connectionString: database.url });
    await locker.connect();
    t.after(() => locker.end());
    await locker.query(
      'BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; LOCK TABLE parts IN ACCESS EXCLUSIVE MODE',
    );
    const { relations } = await ask('users', 'parts');
    assert.equal(relations.length, 2);
  });
});

describe('a plan', () => {
  const plan = async (...ups: readonly string[]): Promise<string> => {
    const files = Object.fromEntries(
      ups.map((up, index) => [`${index + 1}_m.sql`, goose(up, 'SELECT f();')]),
    );
    const migrator = new Migrator({ pool: database.pool, source: folder(await writeMigrations(files)) });
    const findings = await migrator.advise(await migrator.plan({ direction: 'up' }));
    return findings.map(({ version, rule, severity }) => `${version} ${severity} ${rule}`).join(', ');
  };

  test('is judged by the database’s own tables', async () => {
    assert.equal(
      await plan(
        'CREATE INDEX i ON users (age);\nCREATE INDEX j ON "Odd ""Name" (a);\nCREATE INDEX k ON nowhere (a);',
      ),
      '1 warning index-not-concurrently, 1 warning index-not-concurrently',
    );
    assert.equal(await plan('CREATE TABLE fresh (a int);', 'CREATE INDEX i ON fresh (a);'), '');
  });

  test('back is judged, too', async () => {
    const files = { '1_m.sql': goose('CREATE TABLE t (a int);', 'DROP TABLE t;') };
    const migrator = new Migrator({
      pool: database.pool,
      source: folder(await writeMigrations(files)),
      table: 'back',
    });
    await migrator.up();
    const findings = await migrator.advise(await migrator.plan({ direction: 'down' }));
    assert.equal(rulesOf(findings), 'drop-table');
    assert.equal(findings[0]?.direction, 'down');
  });
});
