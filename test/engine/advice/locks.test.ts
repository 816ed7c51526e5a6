// What advice says of locks is held against those that PostgreSQL really takes, on the embedded server and on the machine's own.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Client } from 'pg';
import { readActs } from '../../../server/engine/advice/acts/read.ts';
import { LOCKS } from '../../../server/engine/advice/acts/act.ts';
import { Catalog } from '../../../server/engine/advice/catalog.ts';
import type { Facts } from '../../../server/engine/advice/facts.ts';
import { blockedBy, type Lock, lockOn, locksOf } from '../../../server/engine/advice/locks.ts';
import { mentionedIn } from '../../../server/engine/advice/mentioned.ts';
import { loadParser } from '../../../server/engine/parser.ts';
import type { Client as EngineClient } from '../../../server/engine/postgres.ts';
import { readFacts } from '../../../server/engine/table-facts.ts';
import { createDatabase } from '../../support/database.ts';
import { startSystemPostgres, systemBinaries } from '../../support/system-postgres.ts';
import { until } from '../../support/wait.ts';

const FIXTURE = `
CREATE TABLE parent (id int PRIMARY KEY, code text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int, n int, t text, v varchar(10), at timestamp,
  CONSTRAINT child_positive CHECK (n > 0) NOT VALID);
ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
CREATE INDEX child_t ON child (t);
CREATE UNIQUE INDEX child_n ON child (n);
CREATE TABLE measures (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE measures_2025 PARTITION OF measures FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE measures_2026 (at date NOT NULL);
CREATE MATERIALIZED VIEW summary AS SELECT count(*) AS n FROM parent;
CREATE UNIQUE INDEX summary_n ON summary (n);
CREATE VIEW seen AS SELECT code FROM parent;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER child_nothing AFTER INSERT ON child EXECUTE FUNCTION nothing();
INSERT INTO parent SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO child SELECT i, i, i, i, i, now() FROM generate_series(1, 10) i;
CREATE SCHEMA other;`;

const FORMS = `
ALTER TABLE child ADD COLUMN a int
ALTER TABLE child ADD COLUMN a int NOT NULL DEFAULT 1
ALTER TABLE child ADD COLUMN a uuid DEFAULT gen_random_uuid()
ALTER TABLE child ADD COLUMN a bigserial
ALTER TABLE child ADD COLUMN a int GENERATED ALWAYS AS (n * 2) STORED
ALTER TABLE child ADD COLUMN a int CHECK (a > 0)
ALTER TABLE child ADD COLUMN a int REFERENCES parent
ALTER TABLE child ADD COLUMN a int DEFAULT 1 REFERENCES parent
ALTER TABLE child ADD COLUMN a int UNIQUE
ALTER TABLE child DROP COLUMN t
ALTER TABLE child ALTER COLUMN t SET DEFAULT ''
ALTER TABLE child ALTER COLUMN n SET NOT NULL
ALTER TABLE child ALTER COLUMN n DROP NOT NULL
ALTER TABLE child DROP CONSTRAINT child_pkey
ALTER TABLE child ALTER COLUMN n SET STATISTICS 100
ALTER TABLE child ALTER COLUMN n SET (n_distinct = 5)
ALTER TABLE child SET (fillfactor = 90)
ALTER TABLE child CLUSTER ON child_pkey
ALTER TABLE child ALTER COLUMN n TYPE bigint
ALTER TABLE child ALTER COLUMN v TYPE text
ALTER TABLE child ADD CONSTRAINT u UNIQUE (t)
ALTER TABLE child ADD CONSTRAINT u UNIQUE USING INDEX child_n
ALTER TABLE child ADD CONSTRAINT c CHECK (n > 0)
ALTER TABLE child ADD CONSTRAINT c CHECK (n > 0) NOT VALID
ALTER TABLE child ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES parent
ALTER TABLE child ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES parent NOT VALID
ALTER TABLE child ADD CONSTRAINT x EXCLUDE USING btree (n WITH =)
ALTER TABLE child VALIDATE CONSTRAINT child_positive
ALTER TABLE child VALIDATE CONSTRAINT child_parent
ALTER TABLE child DROP CONSTRAINT child_positive
ALTER TABLE child DROP CONSTRAINT child_parent
ALTER TABLE child RENAME COLUMN t TO u
ALTER TABLE child RENAME CONSTRAINT child_positive TO c
ALTER TABLE child RENAME TO kid
ALTER TABLE child SET SCHEMA other
ALTER INDEX child_t RENAME TO child_text
ALTER TABLE child SET UNLOGGED
ALTER TABLE child ENABLE TRIGGER child_nothing
ALTER TABLE child DISABLE TRIGGER ALL
ALTER TABLE child ENABLE ROW LEVEL SECURITY
ALTER TABLE child REPLICA IDENTITY FULL
ALTER TABLE measures ATTACH PARTITION measures_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
ALTER TABLE measures DETACH PARTITION measures_2025
CREATE TABLE measures_2027 PARTITION OF measures FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')
CREATE TABLE grandchild (id int REFERENCES child)
CREATE TABLE copied AS SELECT 1 AS a
DROP TABLE child
DROP VIEW seen
DROP MATERIALIZED VIEW summary
ALTER VIEW seen RENAME TO looked
TRUNCATE child
CREATE INDEX i ON child (v)
CREATE UNIQUE INDEX i ON child (id, n)
DROP INDEX child_t
REINDEX INDEX child_t
REINDEX TABLE child
CLUSTER child USING child_pkey
REFRESH MATERIALIZED VIEW summary
REFRESH MATERIALIZED VIEW CONCURRENTLY summary
CREATE TRIGGER t AFTER INSERT ON child EXECUTE FUNCTION nothing()
DROP TRIGGER child_nothing ON child
CREATE RULE r AS ON DELETE TO child DO INSTEAD NOTHING
CREATE POLICY p ON child
INSERT INTO child (id) VALUES (100)
INSERT INTO child (id) SELECT id + 100 FROM parent
UPDATE child SET t = ''
DELETE FROM child WHERE n = 1
WITH gone AS (DELETE FROM child WHERE n = 1 RETURNING id) INSERT INTO parent SELECT id + 100 FROM gone
LOCK TABLE child
LOCK TABLE child IN SHARE MODE
LOCK TABLE child IN EXCLUSIVE MODE
ALTER TYPE mood ADD VALUE 'calm'`
  .trim()
  .split('\n');

/** They wait for whoever is using the table, with the lock in hand: that is when to look. */
const WAITING = `
CREATE INDEX CONCURRENTLY i ON child (v)
DROP INDEX CONCURRENTLY child_t
REINDEX INDEX CONCURRENTLY child_t
REINDEX TABLE CONCURRENTLY child`
  .trim()
  .split('\n');

const parse = await loadParser();

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

const NAMES = `SELECT oid, relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm', 'v')`;
const HELD = `SELECT relation AS oid, mode FROM pg_locks WHERE locktype = 'relation' AND granted AND pid = $1`;

/** The strongest lock on each table that was there before, but for those that are in nobody's way. */
function strongest(names: ReadonlyMap<number, string>, held: readonly Lock[]): Record<string, string> {
  const found = [...names.values()].flatMap((name) => {
    const lock = lockOn({ schema: null, name }, held);
    return lock === null || LOCKS.indexOf(lock.mode) < LOCKS.indexOf('ROW EXCLUSIVE')
      ? []
      : [[name, lock.mode] as const];
  });
  return Object.fromEntries(found.toSorted(([a], [b]) => a.localeCompare(b)));
}

function modeOf(mode: string): Lock['mode'] {
  const words = mode
    .replace(/Lock$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
  return LOCKS.find((known) => known === words) ?? assert.fail(mode);
}

async function claimed(
  client: Client,
  sql: string,
  names: ReadonlyMap<number, string>,
): Promise<Record<string, string>> {
  const acts = readActs(sql, parse(sql) ?? assert.fail(`not parsed: ${sql}`));
  const facts: Facts = await readFacts(client as unknown as EngineClient, mentionedIn(acts));
  const catalog = new Catalog(facts);
  return strongest(
    names,
    acts.flatMap((act) => locksOf(act, catalog)),
  );
}

async function namesIn(client: Client): Promise<Map<number, string>> {
  const { rows } = await client.query<{ oid: number; name: string }>(NAMES);
  return new Map(rows.map(({ oid, name }) => [oid, name]));
}

async function taken(
  client: Client,
  pid: number,
  names: ReadonlyMap<number, string>,
): Promise<Record<string, string>> {
  const { rows } = await client.query<{ oid: number; mode: string }>(HELD, [pid]);
  const held = rows.map(({ oid, mode }) => ({
    table: { schema: null, name: names.get(oid) ?? '' },
    mode: modeOf(mode),
  }));
  return strongest(names, held);
}

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

async function holdAgainst(url: string): Promise<void> {
  const client = await connect(url);
  const observer = await connect(url);
  after(() => Promise.all([client.end(), observer.end()]));
  await client.query(FIXTURE);
  await client.query('CREATE TYPE mood AS ENUM ()');
  await client.query('ALTER TABLE child ADD CONSTRAINT there CHECK (t IS NOT NULL) NOT VALID');
  const [child] = (await readFacts(client as unknown as EngineClient, [{ schema: null, name: 'child' }]))
    .relations;
  const there = child?.constraints.find(({ name }) => name === 'there');
  assert.deepEqual(
    [there?.notNull, there?.validated],
    ['t', false],
    'what a check says of null is read alike',
  );
  await client.query('ALTER TABLE child DROP CONSTRAINT there');
  const pid = await pidOf(client);
  for (const sql of FORMS) {
    await client.query('BEGIN');
    const names = await namesIn(client);
    await client.query('COMMIT');
    const claims = await claimed(client, sql, names);
    await client.query('BEGIN');
    try {
      await client.query(sql);
      assert.deepEqual(claims, await taken(observer, pid, names), sql);
    } finally {
      await client.query('ROLLBACK');
    }
  }
}

async function holdAgainstWaiting(url: string): Promise<void> {
  const [client, user, observer] = await Promise.all([connect(url), connect(url), connect(url)]);
  after(() => Promise.all([client.end(), user.end(), observer.end()]));
  await client.query(FIXTURE);
  const pid = await pidOf(client);
  for (const sql of WAITING) {
    const names = await namesIn(observer);
    const claims = await claimed(observer, sql, names);
    await user.query('BEGIN');
    await user.query('INSERT INTO child (id) VALUES (1000)');
    const running = client.query(sql).catch(() => {});
    await until(`it waits: ${sql}`, async () => {
      const { rows } = await observer.query('SELECT 1 FROM pg_locks WHERE NOT granted AND pid = $1', [pid]);
      return rows.length > 0;
    });
    assert.deepEqual(claims, await taken(observer, pid, names), sql);
    await user.query('ROLLBACK');
    await running;
    await client.query('DROP INDEX IF EXISTS i; CREATE INDEX IF NOT EXISTS child_t ON child (t)');
  }
}

describe('the locks that are claimed are those that PostgreSQL takes', () => {
  test('embedded, inside a transaction', async (t) => holdAgainst((await createDatabase(t)).url));
  test('embedded, CONCURRENTLY', async (t) => holdAgainstWaiting((await createDatabase(t)).url));

  const bin = systemBinaries();
  const skip = bin === null ? 'the machine has no PostgreSQL of its own' : false;
  test('the machine’s own', { skip }, async () => {
    const url = await startSystemPostgres(bin!);
    await holdAgainst(url);
    const client = await connect(url);
    await client.query('CREATE DATABASE waiting');
    await client.end();
    await holdAgainstWaiting(url.replace(/postgres$/, 'waiting'));
  });
});

test('who has to wait is what the manual’s table of conflicts says', () => {
  const blocked = LOCKS.map((mode) => `${mode}: ${blockedBy(mode)}`);
  assert.deepEqual(blocked, [
    'ACCESS SHARE: nothing',
    'ROW SHARE: nothing',
    'ROW EXCLUSIVE: nothing',
    'SHARE UPDATE EXCLUSIVE: nothing',
    'SHARE: writes',
    'SHARE ROW EXCLUSIVE: writes',
    'EXCLUSIVE: writes',
    'ACCESS EXCLUSIVE: reads and writes',
  ]);
});
