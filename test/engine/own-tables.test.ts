// Gander's own tables: made, brought up to date, or done without.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { Pool } from 'pg';
import { folder, Migrator, prepareOwnTables, type RunEvent } from '../../server/engine/index.ts';
import { packageRoot } from '../../server/package-root.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { summary, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

const OWN = path.join(packageRoot, 'migrations', 'gander');
const FILES = (await readdir(OWN)).toSorted();

/** What the engine needs, and what a dashboard needs. */
const OF_DASHBOARD = FILES.filter((file) => file.includes('_dashboard_'));
const FILES_OF = {
  engine: FILES.filter((file) => !OF_DASHBOARD.includes(file)),
  dashboard: FILES,
} as const;
const NEWEST_OF = {
  engine: [FILES_OF.engine.at(-1)!],
  dashboard: [FILES_OF.engine.at(-1)!, OF_DASHBOARD.at(-1)!],
} as const;
const WHOSE = Object.keys(FILES_OF) as (keyof typeof FILES_OF)[];

/** Runs Gander's own migrations as any others: some of them only, or back and forth. */
async function ownMigrator(database: TestDatabase, files: readonly string[] = FILES): Promise<Migrator> {
  await database.query('CREATE SCHEMA IF NOT EXISTS gander');
  const dir = await writeMigrations();
  for (const file of files) await cp(path.join(OWN, file), path.join(dir, file));
  const table = 'gander.schema_migrations';
  return new Migrator({ pool: database.pool, source: folder(dir), table, journal: false });
}

async function ownVersions(database: TestDatabase): Promise<number[]> {
  const rows = await database.query<{ version: number }>(
    'SELECT version_id::int4 AS version FROM gander.schema_migrations WHERE NOT is_dirty ORDER BY 1',
  );
  return rows.map(({ version }) => version);
}

function versionsOf(files: readonly string[]): number[] {
  return files.map((file) => Number.parseInt(file, 10));
}

/** A pool of a role that may do nothing but what is granted to it; both are gone when the test ends. */
async function poolOf(database: TestDatabase, name: string, grants: string): Promise<Pool> {
  await database.query(`CREATE ROLE ${name} LOGIN PASSWORD 'x'; ${grants}`);
  const url = new URL(database.url);
  url.username = name;
  url.password = 'x';
  const pool = new Pool({ connectionString: url.href, max: 3 });
  pool.on('error', () => {});
  return pool;
}

async function dropRole(database: TestDatabase, pool: Pool, name: string): Promise<void> {
  await pool.end();
  await database.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
}

/** An `up`, with the notes that it made. */
async function upWithNotes(migrator: Migrator): Promise<string[]> {
  const notes: string[] = [];
  await migrator.up({
    onEvent: (event: RunEvent) => void (event.type === 'note' && notes.push(event.message)),
  });
  return notes;
}

for (const whose of WHOSE) {
  const files = FILES_OF[whose];

  test(`those that the ${whose} needs are made once, and then are there`, async (t) => {
    const database = await createDatabase(t);
    assert.equal(await prepareOwnTables(database.pool, whose), null);
    assert.deepEqual(await ownVersions(database), versionsOf(files));
    const made = await database.query('SELECT * FROM gander.schema_migrations ORDER BY 1');
    assert.equal(await prepareOwnTables(database.pool, whose), null);
    assert.deepEqual(await database.query('SELECT * FROM gander.schema_migrations ORDER BY 1'), made);
  });

  test(`that the newest of those that the ${whose} needs is lacking is seen, whichever it is`, async (t) => {
    for (const lacking of NEWEST_OF[whose]) {
      const database = await createDatabase(t);
      const older = files.filter((file) => file !== lacking);
      await (await ownMigrator(database, older)).up();
      assert.equal(await prepareOwnTables(database.pool, whose), null);
      assert.deepEqual(await ownVersions(database), versionsOf(files), `without ${lacking}`);
    }
  });

  test(`eight at once that need those of the ${whose}, on an empty database and on an older journal, all find them made`, async (t) => {
    for (const before of [[], FILES.slice(0, 1), FILES.slice(0, 2)]) {
      const database = await createDatabase(t);
      if (before.length > 0) await (await ownMigrator(database, before)).up();
      const pools = Array.from({ length: 8 }, () => new Pool({ connectionString: database.url, max: 2 }));
      const refusals = await Promise.all(pools.map((pool) => prepareOwnTables(pool, whose)));
      await Promise.all(pools.map((pool) => pool.end()));
      assert.deepEqual(new Set(refusals), new Set([null]));
      const made = FILES.filter((file) => files.includes(file) || before.includes(file));
      assert.deepEqual(await ownVersions(database), versionsOf(made));
    }
  });
}

test('a run makes no tables for users and sessions; a dashboard that comes later does', async (t) => {
  const database = await createDatabase(t);
  const migrator = new Migrator({ pool: database.pool, source: folder(await writeMigrations(shop)) });
  await migrator.up();
  assert.deepEqual(
    await database.query(
      `SELECT to_regclass('gander.users') AS users, to_regclass('gander.sessions') AS sessions`,
    ),
    [{ users: null, sessions: null }],
  );
  assert.equal(await prepareOwnTables(database.pool, 'dashboard'), null);
  assert.deepEqual(await ownVersions(database), versionsOf(FILES));
  assert.equal((await migrator.runs({ limit: 5 })).length, 1, 'what was recorded is still there');
});

test('they are made while somebody migrates', async (t) => {
  const database = await createDatabase(t);
  const client = await database.pool.connect();
  await client.query('SELECT pg_advisory_lock(4097083626)');
  assert.equal(await prepareOwnTables(database.pool), null);
  client.release(true);
});

/** A run as the first journal kept it: with the text beside each step and each applied version. */
async function fillOldJournal(database: TestDatabase, history: string): Promise<void> {
  const [run] = await database.query<{ id: string }>(
    `INSERT INTO gander.runs (history_table, direction, actor, state, backend_pid, finished_at)
     VALUES ($1, 'up', 'grace', 'done', 1, clock_timestamp()) RETURNING id::text`,
    [history],
  );
  const { id } = run!;
  for (const [position, [file, text]] of Object.entries(shop).entries()) {
    const [, version, name] = /^(\d+)_(.*)\.sql$/.exec(file)!;
    const checksum = createHash('sha256').update(text).digest('hex');
    const of = [id, version, name, checksum, text];
    await database.query(
      `INSERT INTO gander.steps (run_id, version, name, checksum, sql, position, action, transaction, state, took_ms)
       VALUES ($1, $2, $3, $4, $5, $6, 'run', true, 'done', 7)`,
      [...of, position],
    );
    await database.query(
      `INSERT INTO gander.statements (run_id, step, position, line, kind, object, state, took_ms, row_count)
       VALUES ($1, $2, 0, 2, 'create table', 'x', 'done', 7, null)`,
      [id, position],
    );
    await database.query(
      `INSERT INTO gander.applied (run_id, version, name, checksum, sql, history_table, file, history_id, actor, took_ms)
       VALUES ($1, $2, $3, $4, $5, $6, $7, '', 'grace', 7)`,
      [...of, history, file],
    );
  }
  await database.query(
    `INSERT INTO gander.steps (run_id, version, name, checksum, sql, position, action, transaction, state)
     VALUES ($1, 9, 'gone', NULL, NULL, 9, 'forget', true, 'done')`,
    [id],
  );
}

/** A database with three migrations applied, and a journal of two files that tells of them and of another service's. */
async function databaseOfOldGander(): Promise<{ database: TestDatabase; dir: string; migrator: Migrator }> {
  const database = await createDatabase();
  const dir = await writeMigrations(shop);
  await (await ownMigrator(database, FILES.slice(0, 2))).up();
  await new Migrator({ pool: database.pool, source: folder(dir), journal: false }).up();
  await fillOldJournal(database, 'public.schema_migrations');
  await fillOldJournal(database, 'billing.schema_migrations');
  return { database, dir, migrator: new Migrator({ pool: database.pool, source: folder(dir) }) };
}

test('an older journal is brought up to date with all that it knows: who, when, and the texts, each kept once', async () => {
  const { database, dir, migrator } = await databaseOfOldGander();
  assert.equal(await prepareOwnTables(database.pool), null);
  assert.deepEqual(
    (await database.query<{ sql: string }>('SELECT sql FROM gander.texts')).map(({ sql }) => sql).toSorted(),
    Object.values(shop).toSorted(),
  );
  const { migrations } = await migrator.status();
  assert.deepEqual(
    migrations.map(({ state, fileState, applied }) => [state, fileState, applied?.actor, applied?.tookMs]),
    migrations.map(() => ['applied', 'ok', 'grace', 7]),
  );
  const [run] = await migrator.runs({ limit: 5 });
  const record = await migrator.run(run!.id);
  assert.deepEqual(
    record?.list.map(({ action, sql, statements }) => [action, sql, statements.length, statements[0]?.count]),
    [...Object.values(shop).map((text) => ['run', text, 1, 1]), ['forget', null, 0, undefined]],
  );
  await rm(path.join(dir, '3_add_phone.sql'));
  await migrator.down();
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied', 'rolled back with the stored Down');
});

test('with an older journal status works as without one, and the next run brings it up to date', async () => {
  const { database, migrator } = await databaseOfOldGander();
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied');
  assert.deepEqual(await migrator.runs({ limit: 5 }), []);
  await migrator.down();
  assert.deepEqual(await ownVersions(database), versionsOf(FILES));
  assert.deepEqual(
    (await migrator.runs({ limit: 5 })).map(({ direction, actor }) => [direction, actor]),
    [
      ['down', 'gander'],
      ['up', 'grace'],
    ],
  );
});

test('what keeps each text once can be rolled back and applied again, and the texts are what they were', async () => {
  const { database } = await databaseOfOldGander();
  const kept = `SELECT run_id, position, version, sql, checksum FROM gander.steps ORDER BY 1, 2`;
  const applied = `SELECT history_table, version, sql FROM gander.applied ORDER BY 1, 2`;
  const before = [await database.query(kept), await database.query(applied)];
  await prepareOwnTables(database.pool);
  const own = await ownMigrator(database);
  await own.down({ to: 2n });
  assert.deepEqual([await database.query(kept), await database.query(applied)], before);
  assert.equal(await prepareOwnTables(database.pool), null);
  assert.equal((await database.query('SELECT FROM gander.texts')).length, 3);
});

test('they can be rolled back altogether, whatever has been recorded, and made again', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    ...shop,
    '4_half.sql': gooseWithoutTransaction('CREATE TABLE half ();\nSELEC 1;', 'DROP TABLE half;'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await migrator.baseline(1n);
  await database.query('CREATE TABLE users (id bigint PRIMARY KEY)');
  await assert.rejects(migrator.up(), { code: 'migration_failed' });
  await assert.rejects(migrator.resolve(4n, 'resume'), { code: 'migration_failed' });
  const own = await ownMigrator(database);
  await own.down({ to: 0n });
  assert.deepEqual(await database.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'gander'`), [
    { tablename: 'schema_migrations' },
  ]);
  assert.equal(await prepareOwnTables(database.pool), null);
  assert.deepEqual(await ownVersions(database), versionsOf(FILES_OF.engine));
});

test('a role that may not make them is told so, and migrates all the same, with a note', async (t) => {
  const database = await createDatabase(t);
  const name = `${database.name}_a`;
  const pool = await poolOf(database, name, `GRANT CREATE ON SCHEMA public TO ${name}`);
  const refusal = await prepareOwnTables(pool);
  assert.equal(refusal?.code, 'not_permitted');
  assert.match(refusal.message, /^Gander’s own tables cannot be made: permission denied for database /);
  const migrator = new Migrator({ pool, source: folder(await writeMigrations(shop)) });
  assert.deepEqual(await upWithNotes(migrator), [
    `Gander’s own tables cannot be made: permission denied for database ${database.name}. The run is not recorded. Grant CREATE on the database, or let its owner run Gander once.`,
  ]);
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied');
  assert.deepEqual(await upWithNotes(migrator), [], 'with nothing to do, nothing is to be recorded');
  await dropRole(database, pool, name);
});

test('a role that may not make schemas makes them in the one that was made for it', async (t) => {
  const database = await createDatabase(t);
  const name = `${database.name}_b`;
  const pool = await poolOf(
    database,
    name,
    `CREATE SCHEMA gander; GRANT ALL ON SCHEMA gander, public TO ${name}`,
  );
  const migrator = new Migrator({ pool, source: folder(await writeMigrations(shop)) });
  assert.deepEqual(await upWithNotes(migrator), []);
  assert.equal((await migrator.runs({ limit: 5 })).length, 1);
  await dropRole(database, pool, name);
});

for (const [what, grant] of [
  ['not even look into the schema', ''],
  ['look into the schema, but make nothing there', 'GRANT USAGE ON SCHEMA gander TO'],
] as const) {
  test(`a role that may ${what} migrates with a note`, async (t) => {
    const database = await createDatabase(t);
    const name = `${database.name}_c`;
    const pool = await poolOf(
      database,
      name,
      `CREATE SCHEMA gander; GRANT ALL ON SCHEMA public TO ${name}; ${grant === '' ? '' : `${grant} ${name}`}`,
    );
    const migrator = new Migrator({ pool, source: folder(await writeMigrations(shop)) });
    assert.match(
      (await upWithNotes(migrator)).join('\n'),
      /permission denied for schema gander\. The run is not recorded/,
    );
    assert.equal(await tables(database), 'orders users');
    await dropRole(database, pool, name);
  });
}

for (const [what, rights] of [
  ['not see them', ''],
  ['read them only', 'SELECT'],
  ['read them and add to them only', 'SELECT, INSERT'],
] as const) {
  test(`where they are somebody else’s, a role that may ${what} migrates with a note`, async (t) => {
    const database = await createDatabase(t);
    await prepareOwnTables(database.pool);
    const name = `${database.name}_d`;
    const pool = await poolOf(
      database,
      name,
      `GRANT ALL ON SCHEMA public TO ${name};
       ${rights === '' ? '' : `GRANT USAGE ON SCHEMA gander TO ${name}; GRANT ${rights} ON ALL TABLES IN SCHEMA gander TO ${name}`}`,
    );
    const migrator = new Migrator({ pool, source: folder(await writeMigrations(shop)) });
    assert.match((await upWithNotes(migrator)).join('\n'), /The run is not recorded\./);
    assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied');
    assert.deepEqual(await database.query('SELECT FROM gander.runs'), []);
    await dropRole(database, pool, name);
  });
}

test('a migration that would leave no trace of a failure is refused where there is no place to keep one', async (t) => {
  const database = await createDatabase(t);
  const name = `${database.name}_e`;
  const pool = await poolOf(database, name, `GRANT ALL ON SCHEMA public TO ${name}`);
  const dir = await writeMigrations({
    '1_loose.sql': gooseWithoutTransaction('CREATE TABLE loose ();'),
    '2_b.sql': goose('SELECT 1;'),
  });
  const migrator = new Migrator({ pool, source: folder(dir), table: 'goose_db_version' });
  await assert.rejects(migrator.up(), { code: 'not_permitted', message: /^1_loose has no transaction/ });
  assert.equal(await tables(database), '');
  await dropRole(database, pool, name);
});
