import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname, userInfo } from 'node:os';
import type { Pool, PoolClient } from 'pg';
import { ConfigError, envForMigrations, type TargetConfig } from '../config.ts';
import { connectTimeout, describeDatabase } from '../database-url.ts';
import type { Migrator, Schemas, Source } from '../engine/index.ts';
import { type Call, configOf } from './command.ts';

/** What a command that needs the database works with. */
export interface Context extends Call {
  readonly config: TargetConfig;
  readonly source: Source;
  readonly migrator: Migrator;
  /** The migrator, or what runs files without a history where that was asked for. */
  readonly runner: Pick<Migrator, 'up' | 'down' | 'redo'>;
  /** What the database's schema is and was. */
  readonly schemas: () => Promise<Schemas>;
  /** `shop on db1` */
  readonly database: string;
}

/** Opens database and folder for the time of `work`. @returns what `work` returns: the exit code */
export async function withDatabase(call: Call, work: (context: Context) => Promise<number>): Promise<number> {
  const config = configOf(call);
  const { url, stop } = await openDatabase(config);
  const { pool, close } = openPool(url, call.name);
  try {
    const { folder, Migrator: Engine } = await import('../engine/start.ts');
    const source = folder(config.migrations, { env: envForMigrations(config.env) });
    const { table, tableFormat, policies } = config;
    const options = { pool, source, table, tableFormat, ...policies, actor: actor() };
    const migrator = new Engine(options);
    const runner =
      call.options['no-versioning'] === true
        ? (await import('./unversioned.ts')).unversioned(options)
        : migrator;
    const schemas = async (): Promise<Schemas> => new (await import('../engine/index.ts')).Schemas(options);
    const database = describeDatabase(url);
    return await work({ ...call, config, source, migrator, schemas, runner, database });
  } finally {
    await close();
    await stop();
  }
}

const CONNECT_MS = 10_000;

/** The first connection is made while the engine is still being loaded, and given to whoever asks first. */
function openPool(connectionString: string, command: string): { pool: Pool; close: () => Promise<void> } {
  const pool = new (loadPg().Pool)({
    connectionString,
    max: 2,
    application_name: `gander ${command}`,
    connectionTimeoutMillis: connectTimeout(connectionString) ?? CONNECT_MS,
    // A statement may take hours, and whatever stands between us and the server forgets connections that are silent.
    keepAlive: true,
    keepAliveInitialDelayMillis: 60_000,
  });
  pool.on('error', () => {}); // the query that needs the connection reports it
  const connect = pool.connect.bind(pool) as () => Promise<PoolClient>;
  let first: Promise<PoolClient> | null = connect();
  first.catch(() => {}); // whoever asks for it is told
  pool.connect = (): Promise<PoolClient> => {
    const client = first ?? connect();
    first = null;
    return client;
  };
  const close = async (): Promise<void> => {
    await first?.then(
      (client) => client.release(true),
      () => {},
    );
    await pool.end();
  };
  return { pool, close };
}

/**
 * Loads pg without what only takes time. As an ES module, Node would look for its exports first. And to find out whether it
 * runs at Cloudflare's, pg makes a `Response`, for which Node loads all of `fetch`, unless there is a `navigator` to ask, as
 * there is from Node 21 on (pg 8.23, stream.js).
 */
function loadPg(): typeof import('pg') {
  const here = globalThis as { navigator?: unknown };
  const isMissing = here.navigator === undefined;
  if (isMissing) here.navigator = { userAgent: 'Node.js' };
  const pg = createRequire(import.meta.url)('pg') as typeof import('pg');
  if (isMissing) delete here.navigator;
  return pg;
}

/** The embedded database is used only where `npm start` has made one: nobody is to migrate it by forgetting a variable. */
async function openDatabase({
  databaseUrl,
  home,
}: TargetConfig): Promise<{ url: string; stop: () => Promise<void> }> {
  if (databaseUrl !== null) return { url: databaseUrl, stop: async () => {} };
  if (!existsSync(home)) {
    throw new ConfigError(['DATABASE_URL is not set: name the database there, or with --database.']);
  }
  const { startEmbedded } = await import('../embedded.ts');
  return startEmbedded({ folder: home });
}

/** `alice@laptop`: who a run on the shell is kept under. */
function actor(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `${process.getuid?.() ?? 'somebody'}@${hostname()}`; // containers often run as a user without a name
  }
}
