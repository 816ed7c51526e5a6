import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import type { TestContext } from 'node:test';
import { Client, Pool } from 'pg';
import type { QueryResultRow } from 'pg';

/** A database of a test's own. */
export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  readonly pool: Pool;
  /** Runs SQL and returns the rows of its (last) statement. */
  query<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Drops the database, whoever is connected. Happens by itself; a test may be earlier. */
  drop(): Promise<void>;
}

const undropped = new Set<TestDatabase>();

// Registered when the file is loaded, so that it belongs to the whole file wherever createDatabase is called.
after(async () => {
  await Promise.all([...undropped].map((database) => database.drop()));
});

/**
 * Creates an empty database on the server of the test run. It is dropped when the test file ends, or the given test does;
 * call it as often as needed.
 */
export async function createDatabase(t?: TestContext): Promise<TestDatabase> {
  const name = `gander_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await query(serverUrl(), `CREATE DATABASE ${name}`);
  const opened = onServer(addressOf(name));
  const database: TestDatabase = {
    ...opened,
    drop: async () => {
      if (!undropped.delete(database)) return;
      await opened.drop();
      await query(serverUrl(), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
  undropped.add(database);
  t?.after(() => database.drop());
  return database;
}

/** A database that is there already, on a server of a test's own; to drop it ends its pool. */
export function onServer(url: string): TestDatabase {
  const pool = openPool(url);
  return {
    url,
    name: new URL(url).pathname.slice(1),
    pool,
    query: (sql, values) => query(url, sql, values),
    drop: async () => {
      // Not awaited: a connection that a failed test did not release would hold it up for ever.
      void pool.end();
    },
  };
}

/** Runs SQL on a connection of its own and returns the rows; for a look from outside of what is being tested. */
export async function query<Row extends QueryResultRow>(
  url: string,
  sql: string,
  values?: readonly unknown[],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    // Several statements at once have several results, which the declared type does not say.
    const results = [await client.query<Row>(sql, values && [...values])].flat();
    return results.at(-1)?.rows ?? [];
  } finally {
    await client.end().catch(() => {});
  }
}

/** The address of the test run's server, whose user may create databases. */
export function serverUrl(): string {
  const url = process.env['GANDER_TEST_DATABASE_URL'] ?? process.env['TEST_DATABASE_URL'];
  if (url) return url;
  throw new Error(
    'There is no server for tests: run them by `npm test -- <file>`, or set TEST_DATABASE_URL.',
  );
}

function addressOf(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}

/** Dropping the database ends its connections, idle ones and busy ones: that is no error of the test. */
function openPool(connectionString: string): Pool {
  const pool = new Pool({ connectionString, max: 10 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
