// What a transaction has changed, found without a second look at everything, held against that second look.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PoolClient } from 'pg';
import { prepareOwnTables } from '../../../server/engine/index.ts';
import { diffSchemas, type SchemaDiff } from '../../../server/engine/schema/diff/diff.ts';
import { toUnified } from '../../../server/engine/schema/diff/unified.ts';
import { toWords } from '../../../server/engine/schema/diff/words.ts';
import {
  type Recorder,
  recordEverything,
  recorderFor,
  type RecordOf,
} from '../../../server/engine/schema/recording/record-sql.ts';
import { type ObjectRow, rowColumns, toObjects } from '../../../server/engine/schema/rows.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { BASE, FORMS, ROLES } from './forms.ts';

const NOBODY: RecordOf = {
  historyTable: 'public.schema_migrations',
  runId: '1',
  histories: [],
  version: null,
  direction: null,
};
const MIGRATION: RecordOf = { ...NOBODY, version: 1n, direction: 'up' };

let database: TestDatabase;
let client: PoolClient;
let server: number;
let recorder: Recorder;

before(async () => {
  database = await createDatabase();
  await database.query(`${ROLES}; ${BASE}`);
  assert.equal(await prepareOwnTables(database.pool), null);
  client = await database.pool.connect();
  await client.query(
    `INSERT INTO gander.runs (history_table, direction, actor, backend_pid) VALUES ('public.schema_migrations', 'up', 'test', 0)`,
  );
  server = Number((await client.query('SHOW server_version_num')).rows[0].server_version_num);
  recorder = recorderFor(server);
  await client.query(recorder.make);
  await client.query(recordEverything(server, NOBODY));
  // The same as a function, whose plans the server keeps.
  const body = recordEverything(server, NOBODY).replace(/^DO /, '');
  await client.query(`CREATE FUNCTION everything() RETURNS void LANGUAGE plpgsql AS ${body}`);
  await client.query(recordEverything(server, NOBODY));
});

after(() => client.release());

/** The newest record, where it is newer than another one. */
async function recordAfter(id: string): Promise<{ id: string; diff: SchemaDiff } | null> {
  const { rows } = await client.query<{ id: string; problem: string | null }>(
    'SELECT id, problem FROM gander.schema_changes WHERE id > $1 ORDER BY id DESC LIMIT 1',
    [id],
  );
  const [record] = rows;
  if (record === undefined) return null;
  assert.equal(record.problem, null);
  const objects = await client.query<ObjectRow & { since: string }>(
    `SELECT o.since, ${rowColumns('o')} FROM gander.schema_objects o WHERE $1 IN (o.since, o.until)`,
    [record.id],
  );
  const [gone, come] = [false, true].map((isNew) =>
    toObjects(objects.rows.filter(({ since }) => (since === record.id) === isNew)),
  ) as [ReturnType<typeof toObjects>, ReturnType<typeof toObjects>];
  return { id: record.id, diff: diffSchemas(gone, come, 'same database') };
}

async function newest(): Promise<string> {
  return (await client.query<{ id: string }>('SELECT max(id) AS id FROM gander.schema_changes')).rows[0]!.id;
}

/** Runs statements and records them, and undoes it all. @returns what they changed, and what a look at everything adds */
async function tried(
  sql: string,
  record = recorder.call(MIGRATION, 'own changes'),
): Promise<{ own: SchemaDiff; missed: string }> {
  const last = await newest();
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(record);
    const own = (await recordAfter(last)) ?? { id: last, diff: [] };
    await client.query('SELECT public.everything()');
    const rest = await recordAfter(own.id);
    return { own: own.diff, missed: rest === null ? '' : toUnified(rest.diff) };
  } finally {
    await client.query('ROLLBACK');
  }
}

test('a migration’s own changes are all there is, for statements of every form', async () => {
  const silent: string[] = [];
  for (const form of FORMS) {
    const { own, missed } = await tried(form);
    assert.equal(missed, '', form);
    if (own.length === 0) silent.push(form);
    else assert.notDeepEqual(toWords(own), [], form);
  }
  assert.deepEqual(silent, [
    'ALTER TABLE shop.orders RESET (fillfactor)',
    'DROP VIEW busy; CREATE VIEW busy AS SELECT u.name, count(*) AS orders FROM users u JOIN shop.orders o ON o.user_id = u.id GROUP BY u.name',
    'CREATE TABLE t (a integer); DROP TABLE t',
    'INSERT INTO plain VALUES (1)',
    'SELECT 1',
  ]);
});

test('so is what has been done since everything was looked at, whoever did it', async () => {
  const found: string[] = [];
  for (const form of FORMS.filter((_, index) => index % 3 === 0)) {
    const { own, missed } = await tried(form, recorder.call(NOBODY, 'since then'));
    assert.equal(missed, '', form);
    if (own.length > 0) found.push(form);
  }
  assert.ok(found.length > 70);
});

test('they are told in plain words', async () => {
  const words: Record<string, string> = {
    'ALTER TABLE users ADD COLUMN phone text': 'adds column phone text to users',
    'ALTER TABLE plain DROP COLUMN b': 'drops column b of plain',
    'ALTER TABLE users RENAME TO people': 'renames table users to people',
    'ALTER TABLE animals RENAME COLUMN name TO called':
      'renames column name of animals to called; renames column name of cats to called',
    'ALTER TABLE plain DROP COLUMN b, ADD COLUMN b text': 'drops column b of plain and adds it anew: text',
    'CREATE INDEX plain_b ON plain (b)': 'creates index plain_b on plain',
    'CREATE TABLE t (id bigserial PRIMARY KEY, a integer UNIQUE, b bigint REFERENCES users, CHECK (a > 1))':
      'creates table t (3 columns, 4 constraints)',
    'DROP TABLE plain': 'drops table plain (3 columns, 1 rule); changes publication out',
    'ALTER TABLE plain SET SCHEMA shop': 'moves table plain to shop.plain',
    'ALTER TABLE plain ALTER COLUMN a SET NOT NULL':
      'changes column a of plain from integer to integer NOT NULL',
    'COMMENT ON TABLE users IS NULL': 'changes the comment of table users',
    'REVOKE SELECT ON users FROM gander_reader': 'changes the rights of table users',
    "ALTER TYPE mood ADD VALUE 'glad' BEFORE 'happy'": "adds value 'glad' to enum mood",
    'DROP VIEW busy; CREATE VIEW busy AS SELECT 1 AS one': 'changes view busy',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA shop REVOKE SELECT ON TABLES FROM gander_reader':
      'drops default privileges on tables of ROLE in schema shop',
  };
  for (const [sql, expected] of Object.entries(words)) {
    const { own } = await tried(sql);
    assert.equal(
      toWords(own)
        .join('; ')
        .replace(/ of \w+ in schema/, ' of ROLE in schema'),
      expected,
      sql,
    );
  }
});

test('what others have committed meanwhile is not laid at a migration’s door', async () => {
  await client.query('BEGIN; CREATE TABLE mine (a integer)');
  await database.query('CREATE TABLE theirs (a integer)');
  const last = await newest();
  await client.query(recorder.call(MIGRATION, 'own changes'));
  const own = await recordAfter(last);
  await client.query('ROLLBACK');
  await database.query('DROP TABLE theirs');
  assert.deepEqual(toWords(own!.diff), ['creates table mine (1 column)']);
});

test('a record that cannot be made is a line in the journal, and nothing of the migration is lost', async (t) => {
  const other = await database.pool.connect();
  t.after(() => other.release());
  await other.query('BEGIN; LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE');
  await client.query('BEGIN; CREATE TABLE kept (a integer)');
  await client.query(recordEverything(server, { ...NOBODY, version: 7n, direction: 'up' }));
  await client.query('COMMIT');
  await other.query('ROLLBACK');
  const { rows } = await client.query('SELECT problem FROM gander.schema_changes WHERE version = 7');
  assert.match(rows[0].problem, /lock timeout/);
  assert.equal((await client.query(`SELECT to_regclass('kept') IS NOT NULL AS there`)).rows[0].there, true);
  await client.query('DROP TABLE kept');
});

test('with the server’s counts switched off everything is looked at, and nothing missed', async () => {
  const { own, missed } = await tried(
    'SET LOCAL track_counts = off; DROP INDEX users_happy; COMMENT ON TYPE mood IS NULL',
  );
  assert.deepEqual(
    [toWords(own), missed],
    [['changes the comment of enum mood', 'drops index users_happy on users'], ''],
  );
});
