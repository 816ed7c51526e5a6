import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Express } from 'express';
import { Pool, type PoolConfig } from 'pg';
import { envForMigrations } from './config.ts';
import type { DashboardConfig } from './dashboard-config.ts';
import { describeDatabase } from './database-url.ts';
import { folder, GanderError, messageOf, Migrator, prepareOwnTables, Schemas } from './engine/index.ts';
import { keepSettling, settleOne } from './settling.ts';
import { closeServer, listen, requireFreePort } from './listen.ts';
import { hashPassword } from './store/passwords.ts';
import { SessionStore } from './store/sessions.ts';
import { hashSetupCode, makeSetupCode } from './store/setup-code.ts';
import { Users } from './store/users.ts';
import { createApp } from './web/app.ts';
import { bandOf } from './web/band.ts';
import { renderPart } from './web/render.ts';
import { LiveRuns } from './web/run/live-runs.ts';
import type { Services } from './web/services.ts';

export interface Dashboard {
  /** `http://127.0.0.1:3000` */
  readonly address: string;
  /**
   * Lets running migrations be cancelled and recorded, answers what is being asked, closes everything.
   *
   * @returns whether it came to its end in time
   */
  stop(): Promise<boolean>;
}

export interface DashboardOptions {
  /** Tells the one who starts it what goes on: a line at a time. */
  readonly print: (line: string) => void;
  /** Aborted when it is to stop before it has started: what is being applied is cancelled then. */
  readonly signal?: AbortSignal;
}

/** Pages ask little; a query that takes longer than this waits for a lock, and somebody waits for the page. */
const PAGE_TIMEOUT_MS = 5_000;
/** A page says that something is locked, instead of keeping its reader waiting for a migration. */
const PAGE_LOCK_TIMEOUT_MS = 150;
const STOP_LIMIT_MS = 20_000;

/**
 * Starts the dashboard: database, Gander's own tables, the first administrator, migrations if the settings say so, and
 * then the listener.
 *
 * @throws StartError or GanderError; everything that was started is stopped then
 */
export async function startDashboard(config: DashboardConfig, options: DashboardOptions): Promise<Dashboard> {
  const { print } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.toReversed())
      await closer().catch((error: unknown) => print(messageOf(error)));
  };
  try {
    return await start(config, options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  config: DashboardConfig,
  { print, signal }: DashboardOptions,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Dashboard> {
  await requireFreePort(config);
  const url = config.databaseUrl ?? (await startEmbedded(config, print, closers));
  const { pages, runs } = openPools(url, closers);
  const refusal = await prepareOwnTables(runs, 'dashboard');
  if (refusal !== null) throw refusal;
  const users = new Users(pages);
  const { services, stopRuns } = makeServices(config, { url, pages, runs, users, print });
  closers.push(stopRuns);
  signal?.addEventListener('abort', () => void stopRuns());
  await settleOne({ runner: services.runner, print });
  void keepSettling({ ...services, isWatching: () => services.live.isWatching, print });
  print(`Database    ${services.database}`);
  print(`Migrations  ${config.migrations}${await remarkOn(config.migrations)}`);
  const code = await prepareFirstUser(config, users);
  if (config.onStart === 'apply') await applyPending(services, print);
  for (const remark of config.remarks) print(`Note        ${remark}`);
  const server = createServer(await makeApp(config, services, pages));
  // Runs are cancelled while requests are still answered: neither waits for the other.
  closers.push(async () => void (await Promise.all([stopRuns(), closeServer(server)])));
  const address = await listen(server, config);
  const where = `Dashboard   ${config.publicUrl?.origin ?? address}`;
  const setup = code === null ? '' : `\nSetup code  ${code}   (for the first administrator; valid for a day)`;
  print(`${where}${setup}`);
  return {
    address,
    stop: () => Promise.race([close().then(() => true), sleep(STOP_LIMIT_MS, false, { ref: false })]),
  };
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

/**
 * Pages have connections of their own, so that runs cannot take them all, and a limit on how long they wait. Two stay open:
 * a new one has to read pg_class, which a migration may have locked.
 */
function openPools(url: string, closers: (() => Promise<void>)[]): { pages: Pool; runs: Pool } {
  const limits = { statement_timeout: PAGE_TIMEOUT_MS, lock_timeout: PAGE_LOCK_TIMEOUT_MS };
  return {
    pages: openPool(url, { max: 10, min: 2, application_name: 'gander dashboard', ...limits }, closers),
    runs: openPool(url, { max: 4, application_name: 'gander run' }, closers),
  };
}

async function makeApp(config: DashboardConfig, services: Services, pages: Pool): Promise<Express> {
  const { host, publicUrl, trustProxy } = config;
  const sessionSecret = config.sessionSecret ?? (await keptSecret(config.home));
  return createApp(services, { store: new SessionStore(pages), sessionSecret, host, publicUrl, trustProxy });
}

function openPool(connectionString: string, options: PoolConfig, closers: (() => Promise<void>)[]): Pool {
  const pool = new Pool({ connectionString, connectionTimeoutMillis: 5_000, keepAlive: true, ...options });
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
  const source = folder(config.migrations, { env: envForMigrations(config.env) });
  const { table, tableFormat, policies } = config;
  // Whoever has a dashboard will want to look at what migrations changed, however many there were.
  const schemaChanges = policies.schemaChanges ?? 'each';
  const options = { source, table, tableFormat, ...policies, schemaChanges };
  const stopping = new AbortController();
  const background = new Set<Promise<unknown>>();
  const migrator = new Migrator({ ...options, pool: parts.pages });
  const runner = new Migrator({ ...options, pool: parts.runs });
  const database = describeDatabase(parts.url);
  const live = new LiveRuns(migrator, {
    bandOf: async (page) =>
      renderPart('partials/band', { band: bandOf(await migrator.status(), database), path: page }),
    log: parts.print,
    onDeath: () => void settleOne({ runner, print: parts.print }),
  });
  stopping.signal.addEventListener('abort', () => void live.stop());
  const services: Services = {
    migrator,
    runner,
    source,
    schemas: new Schemas({ ...options, pool: parts.pages }),
    live,
    users: parts.users,
    database,
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

async function remarkOn(folderName: string): Promise<string> {
  const found = await stat(folderName).catch(() => null);
  return found?.isDirectory() === true ? '' : '   (NOT THERE: create this folder, or set GANDER_MIGRATIONS)';
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
async function applyPending({ runner, stopping }: Services, print: (line: string) => void): Promise<void> {
  try {
    const { steps, current } = await runner.up({ actor: 'gander at its start', signal: stopping });
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
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, randomBytes(32).toString('hex'), { mode: 0o600 });
  // Either the whole secret is there or none: two that start at once keep the first one's.
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(draft);
  return readFile(file, 'utf8');
}
