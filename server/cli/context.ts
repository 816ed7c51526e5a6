import { hostname, userInfo } from 'node:os';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { Pool } from 'pg';
import {
  type CommandFlags,
  commandConfig,
  ConfigError,
  envForMigrations,
  type TargetConfig,
} from '../config.ts';
import { describeDatabase } from '../database-url.ts';
import { folder, Migrator } from '../engine/index.ts';
import { Output } from './output.ts';

export interface Flags extends CommandFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly allowIrreversible?: boolean;
  readonly allowMissing?: boolean;
}

/** What a command that needs the database works with. */
export interface Context {
  readonly config: TargetConfig;
  readonly flags: Flags;
  readonly migrator: Migrator;
  readonly output: Output;
  /** `shop on db1` */
  readonly database: string;
}

/**
 * Makes a commander action of `work`: opens database and folder, closes them afterwards, and sets the exit code to what
 * `work` returns. Positional arguments follow the context.
 */
export function inContext(
  work: (context: Context, ...args: string[]) => Promise<number>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    process.exitCode = await withContext(command, (context) => work(context, ...command.args));
  };
}

async function withContext(command: Command, work: (context: Context) => Promise<number>): Promise<number> {
  const flags = command.optsWithGlobals<Flags>();
  const config = commandConfig(flags);
  const { url, stop } = await openDatabase(config);
  const pool = new Pool({
    connectionString: url,
    max: 2,
    application_name: `gander ${command.name()}`,
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', () => {}); // the query that needs the connection reports it
  try {
    const source = folder(config.migrations, { env: envForMigrations(config.env) });
    const { table, tableFormat } = config;
    const migrator = new Migrator({ pool, source, table, tableFormat, actor: actor() });
    const output = new Output(flags.json === true);
    return await work({ config, flags, migrator, output, database: describeDatabase(url) });
  } finally {
    await pool.end();
    await stop();
  }
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
