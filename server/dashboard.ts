import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolConfig } from 'pg';
import type { DashboardConfig } from './config.ts';
import { describeDatabase } from './database-url.ts';
import { folder, GanderError, messageOf, Migrator, prepareOwnTables } from './engine/index.ts';
import { hashPassword } from './store/passwords.ts';
import { SessionStore } from './store/sessions.ts';
import { hashSetupCode, makeSetupCode } from './store/setup-code.ts';
import { Users } from './store/users.ts';
import { createApp } from './web/app.ts';
import type { Services } from './web/services.ts';

/** Why the dashboard cannot start, in words for the one who starts it. */
export class StartError extends Error {}

export interface Dashboard {
  /** `http://127.0.0.1:3000` */
  readonly address: string;
  /** Lets running migrations be cancelled and recorded, answers what is being asked, closes everything. */
  stop(): Promise<void>;
}

export interface DashboardOptions {
  /** Tells the one who starts it what goes on: a line at a time. */
  readonly print: (line: string) => void;
}

/** Pages ask little; a query that takes longer than this waits for a lock, and somebody waits for the page. */
const PAGE_TIMEOUT_MS = 5_000;
const STOP_LIMIT_MS = 20_000;

/**
 * Starts the dashboard: database, Gander's own tables, the first administrator, migrations if the settings say so, and
 * then the listener.
 *
 * @throws StartError or GanderError; everything that was started is stopped then
 */
export async function startDashboard(
  config: DashboardConfig,
  { print }: DashboardOptions,
): Promise<Dashboard> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.toReversed())
      await closer().catch((error: unknown) => print(messageOf(error)));
  };
  try {
    return await start(config, print, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  config: DashboardConfig,
  print: (line: string) => void,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Dashboard> {
  const url = config.databaseUrl ?? (await startEmbedded(config, print, closers));
  const pages = openPool(
    url,
    { max: 10, statement_timeout: PAGE_TIMEOUT_MS, application_name: 'gander dashboard' },
    closers,
  );
  const runs = openPool(url, { max: 4, application_name: 'gander run' }, closers);
  const refusal = await prepareOwnTables(runs);
  if (refusal !== null) throw refusal;
  const users = new Users(pages);
  const { services, stopRuns } = makeServices(config, { url, pages, runs, users, print });
  closers.push(stopRuns);
  print(`Database    ${services.database}`);
  print(`Migrations  ${config.migrations}`);
  const code = await prepareFirstUser(config, users);
  if (config.onStart === 'apply') await applyPending(services, print);
  const secret = config.sessionSecret ?? (await keptSecret(config.home));
  const { publicUrl, trustProxy } = config;
  const server = createServer(
    createApp(services, { store: new SessionStore(pages), sessionSecret: secret, publicUrl, trustProxy }),
  );
  closers.push(() => closeServer(server));
  const address = await listen(server, config);
  print(`Dashboard   ${publicUrl?.origin ?? address}`);
  if (code !== null) print(`Setup code  ${code}   (for the first administrator; valid for a day)`);
  return { address, stop: () => Promise.race([close(), sleep(STOP_LIMIT_MS, undefined, { ref: false })]) };
}

async function startEmbedded(
  { home }: DashboardConfig,
  print: (line: string) => void,
  closers: (() => Promise<void>)[],
): Promise<string> {
  const { startEmbedded: startServer } = await import('./embedded.ts');
  const embedded = await startServer({ folder: home });
  closers.push(() => embedded.stop());
  if (embedded.notice !== undefined) print(embedded.notice);
  print(`PostgreSQL  embedded, ${embedded.started}; its data is in ${embedded.dataDir}`);
  return embedded.url;
}

function openPool(connectionString: string, options: PoolConfig, closers: (() => Promise<void>)[]): Pool {
  const pool = new Pool({ connectionString, connectionTimeoutMillis: 5_000, ...options });
  pool.on('error', () => {}); // an idle connection broke: the next query makes a new one, or says why it cannot
  closers.push(() => pool.end());
  return pool;
}

interface Parts {
  readonly url: string;
  readonly pages: Pool;
  readonly runs: Pool;
  readonly users: Users;
  readonly print: (line: string) => void;
}

function makeServices(
  config: DashboardConfig,
  parts: Parts,
): { services: Services; stopRuns: () => Promise<void> } {
  const source = folder(config.migrations, { env: config.env });
  const options = { source, table: config.table, tableFormat: config.tableFormat };
  const stopping = new AbortController();
  const background = new Set<Promise<unknown>>();
  const services: Services = {
    migrator: new Migrator({ ...options, pool: parts.pages }),
    runner: new Migrator({ ...options, pool: parts.runs }),
    source,
    users: parts.users,
    database: describeDatabase(parts.url),
    mustBeApplied: config.onStart === 'apply',
    stopping: stopping.signal,
    inBackground: (work) => {
      background.add(work);
      void work.finally(() => background.delete(work));
    },
    log: parts.print,
  };
  const stopRuns = async (): Promise<void> => {
    stopping.abort();
    await Promise.allSettled(background);
  };
  return { services, stopRuns };
}

/** @returns the code for the set-up page; null when nobody needs one */
async function prepareFirstUser({ admin }: DashboardConfig, users: Users): Promise<string | null> {
  if (await users.exist()) return null;
  if (admin !== null) {
    await users.createFirst(admin.email, await hashPassword(admin.password), null);
    return null;
  }
  const code = makeSetupCode();
  await users.addSetupCode(hashSetupCode(code));
  return code;
}

/** A failure does not keep the dashboard from starting: it is there to show why. /readyz says no until it is mended. */
async function applyPending({ runner }: Services, print: (line: string) => void): Promise<void> {
  try {
    const { steps, current } = await runner.up({ actor: 'gander at its start' });
    print(
      `Applied     ${steps.length === 0 ? 'nothing was pending' : `${steps.length} migrations`}, at ${current ?? 'no version'}`,
    );
  } catch (error) {
    if (!(error instanceof GanderError)) throw error;
    print(`NOT applied ${error.where === null ? '' : `${error.where}: `}${error.message}`);
    if (error.next !== null) print(`            ${error.next}`);
  }
}

/** The secret that signs cookies, made once and kept beside the embedded data. */
async function keptSecret(home: string): Promise<string> {
  const file = path.join(home, 'session-secret');
  await mkdir(home, { recursive: true });
  const made = randomBytes(32).toString('hex');
  await writeFile(file, made, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return readFile(file, 'utf8');
}

function listen(server: Server, { host, port }: DashboardConfig): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ host, port }, () => {
      const { port: taken } = server.address() as AddressInfo;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${taken}`);
    });
  });
}

function listenError({ code, message }: NodeJS.ErrnoException, host: string, port: number): StartError {
  if (code === 'EADDRINUSE') {
    return new StartError(
      `PORT ${port} is taken on ${host}. Stop what listens there, or set PORT to another one.`,
    );
  }
  if (code === 'EACCES')
    return new StartError(`PORT ${port} may not be used by this user. Set PORT to one above 1023.`);
  return new StartError(`HOST ${host} cannot be listened on: ${message}.`);
}

/** `close` alone waits for ever for a browser's idle connection. */
async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  await closed;
  clearInterval(idle);
}
