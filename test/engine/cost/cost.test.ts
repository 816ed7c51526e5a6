// What a rollback costs, as the database tells it.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Pool } from 'pg';
import {
  amountText,
  folder,
  gravityOf,
  lossText,
  Migrator,
  type RollbackCost,
} from '../../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../../support/migrations.ts';

interface Scene {
  readonly database: TestDatabase;
  readonly migrator: Migrator;
  readonly dir: string;
  readonly cost: (how?: 'by statistics' | 'exactly') => Promise<RollbackCost>;
}

/** Migrations that are applied, and what they made filled with this. */
async function applied(
  t: TestContext,
  files: Record<string, string>,
  filling = '',
  env: Record<string, string> = {},
): Promise<Scene> {
  const database = await createDatabase(t);
  const dir = await writeMigrations(files);
  const migrator = new Migrator({ pool: database.pool, source: folder(dir, { env }) });
  await migrator.up();
  await database.query(filling);
  const cost: Scene['cost'] = async (how) =>
    migrator.rollbackCost(await migrator.plan({ direction: 'down', to: 0n }), how);
  return { database, migrator, dir, cost };
}

/** A line for each loss: what, how much, and what depends on it. */
function told({ steps }: RollbackCost): string[] {
  return steps.flatMap(({ losses, untold }) => [
    ...losses.map((loss) => {
      const dependents = loss.dependents.map(({ type, identity }) => `${type} ${identity}`).join(', ');
      const then = dependents === '' ? '' : ` ${loss.cascade ? 'takes' : 'refused for'} ${dependents}`;
      return `${lossText(loss)}: ${amountText(loss)}${then}`;
    }),
    ...untold.map(({ does, why }) => `${does}: ${why}`),
  ]);
}

const USERS = goose(
  'CREATE TABLE users (id bigint PRIMARY KEY, phone text, mail text, old text);',
  'DROP TABLE users;',
);
const FILLED = `INSERT INTO users SELECT i, CASE WHEN i % 4 = 0 THEN 'x' END, 'y' FROM generate_series(1, 2000) i;`;

test('dropped tables and columns are told with their rows and values, from statistics', async (t) => {
  const { cost } = await applied(
    t,
    {
      '1_users.sql': USERS,
      '2_empty.sql': goose('CREATE TABLE empty (id bigint);', 'DROP TABLE empty;'),
      '3_columns.sql': goose(
        'SELECT 1;',
        'ALTER TABLE users DROP COLUMN phone, DROP old; ALTER TABLE "users" DROP COLUMN IF EXISTS nothere;',
      ),
    },
    `${FILLED} ANALYZE;`,
  );
  const found = await cost();
  assert.deepEqual(
    told(found).map((line) => line.replace(/, \d+ kB/, ', … kB')),
    [
      'column users.phone: about 500 values in about 2,000 rows',
      'column users.old: no value in it, of about 2,000 rows',
      'table empty: empty',
      'table users: about 2,000 rows, … kB',
    ],
  );
  assert.deepEqual(
    found.steps.map(({ version }) => version),
    [3n, 2n, 1n],
  );
  assert.equal(gravityOf(found), 'data');
});

test('on request rows and values are counted', async (t) => {
  const { cost, database } = await applied(
    t,
    { '1_users.sql': USERS, '2_phone.sql': goose('SELECT 1;', 'ALTER TABLE users DROP COLUMN phone;') },
    `${FILLED} ANALYZE; INSERT INTO users VALUES (0, 'one more');`,
  );
  assert.deepEqual(told(await cost('exactly')), [
    'column users.phone: 501 values in 2,001 rows, counted',
    'table users: 2,001 rows, counted',
  ]);
  await database.query('DELETE FROM users');
  assert.deepEqual(told(await cost('exactly')), [
    'column users.phone: empty, counted',
    'table users: empty, counted',
  ]);
  assert.equal(gravityOf(await cost('exactly')), 'nothing');
});

test('statistics may be old: what is empty by them and is not, and the other way round, is looked into', async (t) => {
  const { cost, database } = await applied(
    t,
    { '1_users.sql': USERS },
    'ALTER TABLE users SET (autovacuum_enabled = off); ANALYZE users;',
  );
  assert.deepEqual(told(await cost()), ['table users: empty']);
  assert.equal(gravityOf(await cost()), 'nothing');
  await database.query(FILLED);
  assert.equal((await cost()).steps[0]!.losses[0]!.holds, 'data');
  assert.equal(gravityOf(await cost()), 'data');
  await database.query('ANALYZE users; TRUNCATE users');
  assert.equal(gravityOf(await cost()), 'nothing');
});

test('what depends on it is told: it goes with it by CASCADE, and makes it fail without', async (t) => {
  const dependents = `CREATE VIEW a AS SELECT phone FROM users; CREATE VIEW b AS SELECT * FROM a;
    CREATE TABLE orders (id int, user_id bigint REFERENCES users); CREATE INDEX ON users (phone);
    CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM users; END;`;
  const cascade = await applied(
    t,
    { '1_users.sql': USERS.replace('DROP TABLE users', 'DROP TABLE users CASCADE') },
    dependents,
  );
  const all =
    'function public.f(), foreign key orders_user_id_fkey on public.orders, view public.a, view public.b';
  assert.deepEqual(told(await cascade.cost()), [`table users: empty takes ${all}`]);
  const plain = await applied(
    t,
    { '1_users.sql': USERS, '2_phone.sql': goose('SELECT 1;', 'ALTER TABLE users DROP phone;') },
    dependents,
  );
  assert.deepEqual(told(await plain.cost()), [
    'column users.phone: no value in it refused for view public.a, view public.b',
    `table users: empty refused for ${all}`,
  ]);
  await assert.rejects(plain.migrator.down(), /because other objects depend on it/);
});

test('what the same rollback takes away before stands in nobody’s way', async (t) => {
  const { cost, migrator } = await applied(t, {
    '1_users.sql': USERS,
    '2_orders.sql': goose(
      'CREATE TABLE orders (user_id bigint REFERENCES users); CREATE TABLE carts (user_id bigint CONSTRAINT whose REFERENCES users);',
      'ALTER TABLE carts DROP CONSTRAINT whose; DROP TABLE orders; DROP TABLE carts;',
    ),
    '3_view.sql': goose(
      'CREATE VIEW a AS SELECT phone FROM users; CREATE VIEW b AS SELECT id FROM users;',
      'DROP VIEW a; CREATE OR REPLACE VIEW b AS SELECT 1::bigint AS id;',
    ),
  });
  assert.deepEqual(told(await cost()), [
    'view a: ',
    'table orders: empty',
    'table carts: empty',
    'table users: empty',
  ]);
  await migrator.down({ to: 0n });
});

test('names are followed through renames, moves and what the rollback makes itself', async (t) => {
  const { cost, migrator } = await applied(
    t,
    {
      '1_users.sql': USERS,
      '2_rename.sql': goose(
        'CREATE SCHEMA app; ALTER TABLE users RENAME TO members; ALTER TABLE members RENAME phone TO telephone; ALTER TABLE members SET SCHEMA app;',
        `ALTER TABLE app.members SET SCHEMA public; ALTER TABLE members RENAME COLUMN telephone TO phone;
         ALTER TABLE members RENAME TO users; DROP SCHEMA app; ALTER TABLE users DROP phone;
         CREATE TABLE old (id int); ALTER TABLE users ADD COLUMN phone text; ALTER TABLE users DROP COLUMN phone; DROP TABLE old;`,
      ),
    },
    `INSERT INTO app.members VALUES (1, 'x'); ANALYZE;`,
  );
  assert.deepEqual(
    told(await cost()).map((line) => line.replace(/, \d+ (kB|bytes)/, '')),
    ['column app.members.telephone: about 1 value in about 1 row', 'table app.members: about 1 row'],
  );
  await migrator.down({ to: 0n });
});

test('a schema, a type and TRUNCATE take away what they take along', async (t) => {
  const { cost, migrator } = await applied(
    t,
    {
      '1_schema.sql': goose(
        'CREATE SCHEMA app; CREATE TABLE app.a (id int); CREATE TABLE app.b (id int);',
        'DROP SCHEMA app CASCADE;',
      ),
      '2_type.sql': goose(
        "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE people (id int, mood mood);",
        'DROP TYPE mood CASCADE; TRUNCATE people; DROP TABLE people;',
      ),
    },
    `INSERT INTO app.b VALUES (1); INSERT INTO people VALUES (1, 'ok'); ANALYZE;`,
  );
  assert.deepEqual(
    told(await cost()).map((line) => line.replace(/, \d+ (kB|bytes)/, '')),
    [
      'column people.mood: about 1 value in about 1 row',
      'all rows of people: about 1 row',
      'table people: about 1 row',
      'table app.a: empty',
      'table app.b: about 1 row',
    ],
  );
  await migrator.down({ to: 0n });
});

test('partitions are counted with their table, and go with it in silence', async (t) => {
  const { cost } = await applied(
    t,
    {
      '1_log.sql': goose(
        'CREATE TABLE log (at int, what text) PARTITION BY RANGE (at); CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10); CREATE TABLE log_2 PARTITION OF log DEFAULT;',
        'DROP TABLE log;',
      ),
    },
    'INSERT INTO log SELECT i FROM generate_series(1, 30) i; ANALYZE;',
  );
  assert.deepEqual(
    told(await cost()).map((line) => line.replace(/, \d+ (kB|bytes)/, '')),
    ['table log: about 30 rows'],
  );
  assert.deepEqual(told(await cost('exactly')), ['table log: 30 rows, counted']);
});

test('what only running tells is said to be untold, and why', async (t) => {
  const { cost } = await applied(t, {
    '1_many.sql': gooseWithoutTransaction(
      'CREATE TABLE a (id int, price numeric);',
      `SELECT set_config('search_path', 'public', false);
DELETE FROM a WHERE id = 1;
UPDATE a SET id = 2;
DO $$ BEGIN DROP TABLE a; END $$;
SELECT drop_everything();
WITH old AS (DELETE FROM a RETURNING *) SELECT * FROM old;
ALTER TABLE a ALTER COLUMN price TYPE int;`,
    ),
  });
  const found = await cost();
  assert.deepEqual(
    found.steps[0]!.untold.map(({ line, does }) => `${line} ${does}`),
    [
      '7 deletes from a',
      '8 updates a',
      '9 runs a DO block',
      '10 runs a query',
      '11 runs a query',
      '12 alters table a',
    ],
  );
  assert.equal(gravityOf(found), 'untold');
});

test('an irreversible migration and a Down that was stored are told as such', async (t) => {
  const { cost, dir, migrator } = await applied(t, {
    '1_once.sql': goose('CREATE TABLE once ();'),
    '2_gone.sql': goose('CREATE TABLE gone ();', 'DROP TABLE gone;'),
  });
  await rm(path.join(dir, '2_gone.sql'));
  const { steps } = await cost();
  assert.deepEqual(
    steps.map(({ irreversible, origin, losses }) => [irreversible, origin, losses.length]),
    [
      [false, 'stored', 1],
      [true, 'file', 0],
    ],
  );
  const up = await migrator.rollbackCost(await migrator.plan({ direction: 'up' }));
  assert.equal(gravityOf(up), 'nothing');
});

test('names are looked for where the Down says, and a variable’s value is not shown', async (t) => {
  const { cost } = await applied(
    t,
    {
      '1_path.sql': goose(
        'CREATE SCHEMA app; CREATE TABLE t (); CREATE TABLE app.t (id int);',
        'SET LOCAL search_path TO app, public; DROP TABLE t; DROP SCHEMA app;',
      ),
      '2_secret.sql': `-- +goose ENVSUB ON\n${goose('CREATE TABLE "$NAME" ();', 'DROP TABLE "$NAME";')}`,
    },
    'INSERT INTO app.t VALUES (1); ANALYZE',
    { NAME: 'geheim' },
  );
  assert.deepEqual(
    told(await cost()).map((line) => line.replace(/, \d+ (kB|bytes)/, '')),
    ['table ${NAME}: empty', 'table app.t: about 1 row'],
  );
});

test('hostile names are names', async (t) => {
  const name = `"x""; DROP TABLE users; --'$1"`;
  const { cost } = await applied(
    t,
    {
      '1_hostile.sql': goose(
        `CREATE TABLE ${name} (${name} int);`,
        `ALTER TABLE ${name} DROP ${name}; DROP TABLE ${name};`,
      ),
    },
    `INSERT INTO ${name} VALUES (1)`,
  );
  assert.deepEqual(told(await cost('exactly')), [
    `column x"; DROP TABLE users; --'$1.x"; DROP TABLE users; --'$1: 1 value in 1 row, counted`,
    `table x"; DROP TABLE users; --'$1: 1 row, counted`,
  ]);
});

test('while a table is locked it is answered in time, and what is in it is not known', async (t) => {
  const { cost, database } = await applied(t, { '1_users.sql': USERS }, `${FILLED} ANALYZE;`);
  const locked = await database.pool.connect();
  t.after(() => locked.release(true));
  await locked.query('BEGIN; LOCK TABLE users');
  const begun = performance.now();
  const found = await cost();
  assert.ok(performance.now() - begun < 2_000);
  assert.match(told(found)[0]!, /^table users: about 2,000 rows/);
  assert.equal(found.steps[0]!.losses[0]!.holds, 'unknown');
  assert.equal(gravityOf(found), 'data');
  assert.match(told(await cost('exactly'))[0]!, /not counted: it is locked just now/);
});

test('what the role may not read is not known, nor what row security hides from it', async (t) => {
  const { database, migrator, dir } = await applied(t, {
    '1_users.sql': USERS,
    '2_secrets.sql': goose(
      'CREATE TABLE secrets (id int); ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;',
      'DROP TABLE secrets;',
    ),
  });
  const role = `reader_${database.name}`;
  await database.query(`CREATE ROLE ${role}; GRANT SELECT ON secrets TO ${role}`);
  const pool = new Pool({ connectionString: database.url, options: `-c role=${role}` });
  pool.on('error', () => {});
  const plan = await migrator.plan({ direction: 'down', to: 0n });
  const found = await new Migrator({ pool, source: folder(dir) }).rollbackCost(plan, 'exactly');
  await pool.end();
  await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  assert.deepEqual(
    found.steps.map(({ losses: [loss] }) => [loss!.holds, loss!.counted]),
    [
      ['unknown', { failed: 'the role may not read it' }],
      ['unknown', { failed: 'the role may not read it' }],
    ],
  );
});
