import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findHistory, type TableChoice } from '../../../server/engine/history/index.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

async function find(database: TestDatabase, choice: TableChoice = {}): Promise<string> {
  const client = await database.pool.connect();
  try {
    const { history, exists } = await findHistory(client, choice);
    return `${history.format} ${history.table.schema}.${history.table.name}${exists ? '' : ' (new)'}`;
  } finally {
    client.release();
  }
}

const GOOSE =
  '(id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now())';

test('which table holds the history: the one asked for, else goose’s if it is there, else schema_migrations', async (t) => {
  const database = await createDatabase(t);
  assert.equal(await find(database), 'gander public.schema_migrations (new)');
  assert.equal(await find(database, { table: 'goose_db_version' }), 'goose public.goose_db_version (new)');
  assert.equal(await find(database, { table: 'versions', format: 'goose' }), 'goose public.versions (new)');
  assert.equal(await find(database, { table: 'ops."My Table"' }), 'gander ops.My Table (new)');
  await database.query(`CREATE TABLE goose_db_version ${GOOSE}`);
  assert.equal(await find(database), 'goose public.goose_db_version');
  assert.equal(await find(database, { table: 'schema_migrations' }), 'gander public.schema_migrations (new)');
  await database.query(`CREATE TABLE renamed ${GOOSE}`);
  assert.equal(await find(database, { table: 'Renamed', format: 'gander' }), 'goose public.renamed');
});

test('a table of another tool is refused, and the error says whose it looks like', async (t) => {
  const database = await createDatabase(t);
  for (const [columns, expected] of [
    ['(version varchar PRIMARY KEY)', /looks like that of Rails or dbmate/],
    ['(version bigint PRIMARY KEY, dirty boolean NOT NULL)', /looks like golang-migrate’s/],
    ['(installed_rank int, version text, description text)', /looks like Flyway’s/],
    ['(a int, b int)', /has the columns a, b/],
  ] as const) {
    await database.query(`DROP TABLE IF EXISTS schema_migrations; CREATE TABLE schema_migrations ${columns}`);
    await assert.rejects(
      find(database),
      (error: Error & { code: string }) => error.code === 'foreign_table' && expected.test(error.message),
    );
  }
});

test('a name that is none, and a search_path that leads nowhere, are told', async (t) => {
  const database = await createDatabase(t);
  for (const table of ['a b', 'a.b.c', '"open', '']) {
    await assert.rejects(find(database, { table }), {
      code: 'invalid_request',
      message: /is not the name of a table/,
    });
  }
  await database.query('DROP SCHEMA public');
  await assert.rejects(find(database), {
    code: 'invalid_request',
    message: /None of the schemas in the search_path exists/,
  });
});

test('a role named gander, whose search_path begins with Gander’s own schema, is warned before it mixes the two', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE SCHEMA gander');
  database.pool.on('connect', (client) => void client.query('SET search_path = gander, public'));
  await assert.rejects(find(database), { code: 'invalid_request', message: /begins with gander/ });
});

test('a goose table that a mere look has made, empty, does not take the place of a history in use', async (t) => {
  const database = await createDatabase(t);
  await database.query(
    `CREATE TABLE schema_migrations (version_id bigint PRIMARY KEY, is_dirty boolean NOT NULL, tstamp timestamptz NOT NULL)`,
  );
  await database.query(
    `INSERT INTO schema_migrations VALUES (1, false, now()); CREATE TABLE goose_db_version ${GOOSE}; INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true)`,
  );
  assert.equal(await find(database), 'gander public.schema_migrations');
  await database.query('INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, true)');
  await assert.rejects(find(database), {
    code: 'invalid_request',
    message: 'Both public.goose_db_version and public.schema_migrations hold versions.',
  });
  assert.equal(await find(database, { table: 'schema_migrations' }), 'gander public.schema_migrations');
  await database.query('DELETE FROM schema_migrations');
  assert.equal(await find(database), 'goose public.goose_db_version');
});

test('a view is no history', async (t) => {
  const database = await createDatabase(t);
  await database.query(
    'CREATE VIEW schema_migrations AS SELECT 1::bigint AS version_id, false AS is_dirty, now() AS tstamp',
  );
  await assert.rejects(find(database), { code: 'foreign_table', message: /it is no table/ });
});
