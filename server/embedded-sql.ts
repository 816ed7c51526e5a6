import { Client } from 'pg';
import { codeOf, EmbeddedError } from './embedded-place.ts';

const INVALID_PASSWORD = '28P01';
const INVALID_CATALOG_NAME = '3D000';
/** Two processes create the same database at once: the slower one is told one or the other. */
const ALREADY_THERE = new Set(['42P04', '23505']);

/** The address of Gander's database on the embedded server. */
export function urlOf(port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/gander`;
}

/** The pid of the process that started a server, '' when it was not started by Gander, undefined when it does not answer. */
export async function askOwner(url: string): Promise<string | undefined> {
  try {
    return await withClient(maintenance(url), async (client) => {
      const { rows } = await client.query<{ owner: string }>(
        `SELECT coalesce(current_setting('gander.owner', true), '') AS owner`,
      );
      return rows[0]?.owner;
    });
  } catch (error) {
    if (error instanceof EmbeddedError) throw error;
    return undefined;
  }
}

/** Connects to the database of the address, creating it when it is missing. */
export async function ensureDatabase(url: string): Promise<void> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
  } catch (error) {
    if (codeOf(error) !== INVALID_CATALOG_NAME) throw error;
    await withClient(maintenance(url), createDatabase);
  }
}

async function createDatabase(client: Client): Promise<void> {
  await client.query('CREATE DATABASE gander').catch((error: unknown) => {
    if (!ALREADY_THERE.has(codeOf(error) ?? '')) throw error;
  });
}

function maintenance(url: string): string {
  const address = new URL(url);
  address.pathname = '/postgres';
  return address.href;
}

async function withClient<T>(connectionString: string, use: (client: Client) => Promise<T>): Promise<T> {
  // Without `ssl: false` a PGSSLMODE that is meant for another server would count here.
  const client = new Client({
    connectionString,
    ssl: false,
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    if (codeOf(error) !== INVALID_PASSWORD) throw error;
    throw new EmbeddedError(
      'The embedded PostgreSQL does not take the password in the file beside its data. Put the right one there, or set DATABASE_URL.',
      { cause: error },
    );
  } finally {
    await client.end().catch(() => {});
  }
}
