// A schema in a text that is the same wherever the schema is the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, Pool } from 'pg';
import { folder, Migrator } from '../../../server/engine/index.ts';
import { withClient } from '../../../server/engine/postgres.ts';
import { diffSchemas } from '../../../server/engine/schema/diff/diff.ts';
import { KIND_NAMES, type SchemaObject, textOf, titleOf } from '../../../server/engine/schema/diff/object.ts';
import { toUnified } from '../../../server/engine/schema/diff/unified.ts';
import { type HistoryTable, takeSnapshot } from '../../../server/engine/schema/snapshot.ts';
import { exampleMigrations } from '../../../server/config.ts';
import { createDatabase } from '../../support/database.ts';
import { startSystemPostgres, systemBinaries } from '../../support/system-postgres.ts';
import { BASE, ROLES } from './forms.ts';

const HISTORIES = [{ schema: 'public', name: 'schema_migrations' }];

function snapshotOf(pool: Pool, histories: readonly HistoryTable[] = []): Promise<SchemaObject[]> {
  return withClient(pool, (client) => takeSnapshot(client, { histories }));
}

/** What differs but for who owns it: the servers' users have names of their own. */
function difference(a: readonly SchemaObject[], b: readonly SchemaObject[]): string {
  const withoutOwner = (object: SchemaObject): SchemaObject => ({
    ...object,
    name: object.name.replace(/ of \w+/, ''),
    definition: object.definition
      .replaceAll(/^OWNER TO (?!gander).*$/gm, 'OWNER')
      .replaceAll(/FOR ROLE \w+/g, ''),
  });
  return toUnified(diffSchemas(a.map(withoutOwner), b.map(withoutOwner), 'other database'));
}

test('a snapshot has every kind of object, each with all that can be said of it', async (t) => {
  const database = await createDatabase(t);
  await database.query(`${ROLES}; ${BASE}`);
  const objects = await snapshotOf(database.pool);
  const kinds = new Set(objects.map(({ kind }) => kind));
  const none = new Set<string>([
    'extension',
    'base type',
    'text search dictionary',
    'operator class',
    'operator family',
  ]);
  assert.deepEqual(
    KIND_NAMES.filter((kind) => !kinds.has(kind)),
    KIND_NAMES.filter((kind) => none.has(kind)),
  );
  const users = objects.find(({ kind, name }) => kind === 'table' && name === 'users')!;
  assert.equal(
    textOf(users).replace(/OWNER TO .*/, 'OWNER TO somebody'),
    `CREATE TABLE public.users (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY
  email public.email NOT NULL
  name character varying(40) DEFAULT 'it''s'::character varying
  feels public.mood DEFAULT 'ok'::public.mood
  lives public.address
  score numeric(8,2)
  born date
  label text GENERATED ALWAYS AS (upper((name)::text)) STORED
  note text COLLATE pg_catalog."C"
)
ROW LEVEL SECURITY ENABLED
OWNER TO somebody
GRANT SELECT TO gander_reader
COMMENT 'Who may come in.'
COMMENT ON COLUMN name 'As said at the door.'`,
  );
});

test('the same schema gives the same text, whatever the session is set to, and in the same order', async (t) => {
  const [one, other] = [await createDatabase(t), await createDatabase(t)];
  for (const database of [one, other]) await database.query(`${ROLES}; ${BASE}`);
  const odd = new Client({ connectionString: other.url });
  await odd.connect();
  await odd.query(`SET search_path = shop, public; SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Tokyo';
    SET IntervalStyle = iso_8601; SET quote_all_identifiers = on; SET extra_float_digits = -5`);
  const [plain, set] = [await snapshotOf(one.pool), await takeSnapshot(odd as never, { histories: [] })];
  assert.deepEqual(set.map(titleOf), plain.map(titleOf));
  assert.deepEqual(set.map(textOf), plain.map(textOf));
  const { rows } = await odd.query('SHOW search_path');
  await odd.end();
  assert.equal(rows[0].search_path, 'shop, public', 'what was set is as before');
});

test('what extensions own, what is Gander’s own and the history are no part of a schema', async (t) => {
  const database = await createDatabase(t);
  await new Migrator({ pool: database.pool, source: folder(exampleMigrations) }).up({ steps: 2 });
  const before = await snapshotOf(database.pool, HISTORIES);
  assert.ok(before.length > 2);
  assert.deepEqual(
    before.filter(({ schema, name }) => schema === 'gander' || name.includes('schema_migrations')),
    [],
  );
  await database.query(`CREATE TABLE owned (id serial PRIMARY KEY, a text CHECK (a > 'a')); CREATE INDEX owned_a ON owned (a);
    CREATE FUNCTION owned_too() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
    CREATE TRIGGER owned_trigger BEFORE INSERT ON owned FOR EACH ROW EXECUTE FUNCTION owned_too()`);
  assert.equal((await snapshotOf(database.pool, HISTORIES)).length, before.length + 7);
  // Extensions of the server's own are not at hand everywhere, so plpgsql has to adopt them.
  await database.query(`ALTER EXTENSION plpgsql ADD TABLE owned; ALTER EXTENSION plpgsql ADD SEQUENCE owned_id_seq;
    ALTER EXTENSION plpgsql ADD FUNCTION owned_too()`);
  assert.equal(difference(before, await snapshotOf(database.pool, HISTORIES)), '');
});

test('the same migrations in two databases make the same schema', async (t) => {
  const [one, other] = [await createDatabase(t), await createDatabase(t)];
  for (const { pool } of [one, other]) await new Migrator({ pool, source: folder(exampleMigrations) }).up();
  const [first, second] = [await snapshotOf(one.pool, HISTORIES), await snapshotOf(other.pool, HISTORIES)];
  assert.ok(first.length > 40);
  assert.equal(difference(first, second), '');
});

/** What versions write in their own way, or did once. */
const WRITTEN_DIFFERENTLY = `
  CREATE VIEW v1 AS SELECT users.id, users.name AS "users.name", 'users.id' AS text FROM users WHERE users.id > 1 ORDER BY users.name;
  CREATE VIEW v2 AS SELECT u.id AS first, u.* FROM users u;
  CREATE VIEW v3 AS SELECT id, (SELECT count(*) FROM shop.orders o WHERE o.user_id = users.id) AS orders FROM users;
  CREATE VIEW v4 AS SELECT id FROM users WHERE EXISTS (SELECT FROM shop.orders WHERE user_id = users.id);
  CREATE VIEW v5 AS SELECT id FROM users UNION SELECT id FROM shop.orders ORDER BY 1;
  CREATE VIEW v6 AS WITH q AS (SELECT id FROM users) SELECT q.id FROM q;
  CREATE VIEW v7 AS SELECT q.a FROM (VALUES (1), (2)) q (a);
  CREATE VIEW v8 AS SELECT g FROM generate_series(1, 3) g;
  CREATE VIEW v9 AS SELECT s.id, row_number() OVER (PARTITION BY s.feels ORDER BY s.id) FROM (SELECT id, feels FROM users) s;
  CREATE VIEW v10 AS SELECT feels, count(*) FILTER (WHERE score > 1), max(upper(name)) FROM users GROUP BY feels HAVING count(*) > 1;
  CREATE VIEW v11 AS SELECT DISTINCT ON (name) name, extract(year FROM born) AS year, CASE WHEN score IS NULL THEN 0 ELSE score END AS s FROM users;
  CREATE VIEW v12 AS SELECT "Odd Table"."Col.umn" AS x FROM "Odd Table" WHERE "Odd Table"."Col.umn" IS DISTINCT FROM 'a';
  CREATE VIEW v13 AS SELECT users.lives, (users.lives).zip, users AS whole FROM users;
  CREATE VIEW v14 AS SELECT a.name, b.name AS other FROM users a CROSS JOIN users b;
  CREATE VIEW v15 AS SELECT id FROM ONLY users TABLESAMPLE system (10);
  CREATE VIEW v16 AS SELECT 1 AS one;
  CREATE MATERIALIZED VIEW v17 AS SELECT id, current_date AS day, ARRAY[1, 2] || ARRAY[id::integer] AS list FROM users WHERE name LIKE 'a%' LIMIT 5;
  ALTER TABLE plain ADD CONSTRAINT b_listed CHECK (b IN ('x', 'y') AND a BETWEEN 1 AND 5 AND NOT (c = 3 OR c IS NULL));
  ALTER TABLE plain ADD COLUMN d interval DEFAULT '1 day 2 hours', ADD COLUMN e timestamptz DEFAULT '2024-01-01 00:00+02', ADD COLUMN f float8 DEFAULT 0.1;
  CREATE INDEX odd ON plain (coalesce(b, ''), (a + c)) WHERE b IS NOT NULL AND (a % 2) = 0;
  GRANT ALL ON plain TO gander_reader;
  REVOKE ALL ON scratch FROM CURRENT_USER;
  CREATE RULE log AS ON UPDATE TO scratch DO ALSO INSERT INTO plain (a, b) VALUES (1, old.k);
  CREATE POLICY mine ON plain USING (EXISTS (SELECT FROM users u WHERE u.name = plain.b));
  CREATE DOMAIN filled AS text NOT NULL CHECK (VALUE <> '');`;

test('an older PostgreSQL gives the same text', async (t) => {
  const programs = systemBinaries();
  if (programs === null) return t.skip('there is no other PostgreSQL on this machine');
  const old = new Pool({ connectionString: await startSystemPostgres(programs), max: 1 });
  old.on('error', () => {});
  const ours = await createDatabase();
  const snapshots: SchemaObject[][] = [];
  for (const pool of [old, ours.pool]) {
    await pool.query(`${ROLES}; ${BASE}; CREATE TABLE "Odd Table" ("Col.umn" text); ${WRITTEN_DIFFERENTLY}`);
    snapshots.push(await snapshotOf(pool));
  }
  await old.end();
  assert.ok(snapshots[0]!.length > 80);
  assert.equal(difference(snapshots[0]!, snapshots[1]!), '');
});
