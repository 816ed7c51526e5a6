import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { databaseUrl, DatabaseUrlError } from './database-url.ts';
import { packageRoot } from './package-root.ts';
import { parseDuration } from './words.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where migrations are and whose they are: what the dashboard and the command have in common. */
export interface TargetConfig {
  /** null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly migrations: string;
  readonly table: string | undefined;
  readonly tableFormat: 'goose' | undefined;
  readonly policies: Policies;
  /** What ENVSUB sections of migrations may use. */
  readonly env: Environment;
  /** Where the embedded PostgreSQL keeps its data, and what belongs to it. */
  readonly home: string;
}

/** How runs behave; what is undefined is left to the engine. Times are milliseconds, and 0 is no limit. */
export interface Policies {
  readonly lockWait: number | undefined;
  readonly lockTimeout: number | undefined;
  readonly statementTimeout: number | undefined;
  /** What to do when an applied file has been changed since. */
  readonly changed: 'warn' | 'refuse' | undefined;
  /** What to do when the database has versions that the folder does not know. */
  readonly newer: 'warn' | 'refuse' | undefined;
  /** Whether what migrations change in the schema is kept: of each, not of many in one run, or of none. */
  readonly schemaChanges: 'each' | 'auto' | 'off' | undefined;
}

/** Everything that is wrong with the settings, at once: one sentence each, beginning with the variable's name. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * The process's environment over that of a file. The only reader of `process.env`.
 *
 * @param file default: `.env` in the working folder, if it is there; `none`: no file, as goose has it
 * @throws ConfigError
 */
export function loadEnvironment(file?: string): Environment {
  if (file === 'none') return process.env;
  try {
    return { ...parseEnv(readFileSync(file ?? '.env', 'utf8')), ...process.env };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && file === undefined) return process.env;
    throw new ConfigError([`${file ?? '.env'} cannot be read (${code}). Check its name and its rights.`]);
  }
}

/** Reads one variable. It throws a sentence that says what is allowed; `''` counts as absent. */
export type Reader = <T>(name: string, absent: T, parse: (value: string) => T) => T;

export type Complain = (problem: string) => void;

/** Runs `read`, collecting what every setting has to complain of. @throws ConfigError with all of it */
export function collect<T>(env: Environment, read: (get: Reader, complain: Complain) => T): T {
  const problems: string[] = [];
  const get: Reader = (name, absent, parse) => {
    const value = env[name];
    if (value === undefined || value === '') return absent;
    try {
      return parse(value);
    } catch (error) {
      problems.push(`${name} ${(error as Error).message}.`);
      return absent;
    }
  };
  const config = read(get, (problem) => problems.push(problem));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** What a command line says; it goes before the environment. */
export interface CommandFlags {
  readonly database?: string | undefined;
  readonly dir?: string | undefined;
  readonly table?: string | undefined;
  /** Whose command line it is: a table that goose's names is made as goose makes it. Default: Gander's. */
  readonly form?: 'goose' | 'gander' | undefined;
}

/**
 * The command's settings: flags, then Gander's variables, then goose's. Without a folder it is the working folder, as
 * with goose; in Gander's own checkout, on the embedded database, the example.
 *
 * @throws ConfigError
 */
export function commandConfig(flags: CommandFlags, env: Environment = loadEnvironment()): TargetConfig {
  const named: Environment = {
    ...env,
    '--database': flags.database,
    '--dir': flags.dir,
    '--table': flags.table,
  };
  return collect(named, (get, complain) => {
    if (named['GOOSE_DRIVER'] && !/^(postgres|postgresql|pgx)$/.test(named['GOOSE_DRIVER'])) {
      complain('GOOSE_DRIVER must be postgres: Gander is for PostgreSQL only.');
    }
    const first = <T>(names: readonly string[], parse: (value: string) => T): T | null =>
      get(names.find((name) => named[name]) ?? names[0]!, null, parse);
    const asked = first(['--table', 'GANDER_TABLE'], String);
    const isGooses = named['--table']
      ? flags.form === 'goose'
      : asked === null && Boolean(named['GOOSE_TABLE']);
    const dir = first(['--dir', 'GANDER_MIGRATIONS', 'GOOSE_MIGRATION_DIR'], (value) => path.resolve(value));
    const database = first(['--database', 'DATABASE_URL', 'GOOSE_DBSTRING'], parseDatabaseUrl);
    return {
      databaseUrl: database,
      migrations: dir ?? (database === null && isCheckout() ? exampleMigrations : path.resolve('.')),
      table: asked ?? first(['GOOSE_TABLE'], String) ?? undefined,
      tableFormat: isGooses ? 'goose' : undefined,
      policies: readPolicies(get),
      env,
      home: path.resolve('.gander'),
    };
  });
}

/** @throws Error with a sentence to go after the variable's name; the address, which may hold a password, is not in it */
export function parseDatabaseUrl(value: string): string {
  try {
    return databaseUrl(value);
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    throw new Error(`must be the address of a PostgreSQL database: ${error.message}`, { cause: error });
  }
}

function parsePolicy(value: string): 'warn' | 'refuse' {
  if (value === 'warn' || value === 'refuse') return value;
  throw new Error('must be warn (say so, and go on) or refuse (run nothing)');
}

function parseSchemaChanges(value: string): 'each' | 'auto' | 'off' {
  if (value === 'each' || value === 'auto' || value === 'off') return value;
  throw new Error(
    'must be auto (keep what each migration changes, but not of more than 20 in a run), each, or off',
  );
}

/** See the README's table of settings. */
export function readPolicies(get: Reader): Policies {
  return {
    lockWait: get('GANDER_LOCK_WAIT', undefined, parseDuration),
    lockTimeout: get('GANDER_LOCK_TIMEOUT', undefined, parseDuration),
    statementTimeout: get('GANDER_STATEMENT_TIMEOUT', undefined, parseDuration),
    changed: get('GANDER_CHANGED', undefined, parsePolicy),
    newer: get('GANDER_NEWER', undefined, parsePolicy),
    schemaChanges: get('GANDER_SCHEMA_CHANGES', undefined, parseSchemaChanges),
  };
}

/** Whether NO_COLOR (https://no-color.org) and the kind of terminal let us print in colours, and rewrite a line. */
export function terminalConfig(env: Environment): { readonly colours: boolean; readonly dumb: boolean } {
  const dumb = env['TERM'] === 'dumb';
  return { dumb, colours: !dumb && !env['NO_COLOR'] };
}

/** What `npm start` shows where nobody has named a folder. */
export const exampleMigrations = path.join(packageRoot, 'migrations', 'example');

function isCheckout(): boolean {
  return path.resolve('.') === packageRoot;
}

/** What ENVSUB sections may use: everything but what is Gander's own secret. */
export function envForMigrations(env: Environment): Environment {
  const own = /^(GANDER_|SESSION_SECRET$|DATABASE_URL$|GOOSE_DBSTRING$|PGPASSWORD$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}
