import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import {
  parseDatabaseUrl,
  parseEmail,
  parseOnStart,
  parsePassword,
  parsePort,
  parsePublicUrl,
  parseSecret,
  parseTrustProxy,
  readSecretFile,
} from './config-values.ts';
import { packageRoot } from './package-root.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where migrations are and whose they are: what the dashboard and the command have in common. */
export interface TargetConfig {
  /** null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly migrations: string;
  readonly table: string | undefined;
  readonly tableFormat: 'goose' | undefined;
  /** What ENVSUB sections of migrations may use. */
  readonly env: Environment;
  /** Where the embedded PostgreSQL keeps its data, and what belongs to it. */
  readonly home: string;
}

export interface DashboardConfig extends TargetConfig {
  readonly host: string;
  readonly port: number;
  readonly onStart: 'check' | 'apply';
  /** null: made and kept beside the embedded data. */
  readonly sessionSecret: string | null;
  readonly admin: { readonly email: string; readonly password: string } | null;
  readonly publicUrl: URL | null;
  /** What Express calls `trust proxy`: false, a number of proxies, or addresses. */
  readonly trustProxy: false | number | string;
  /** What is allowed, but worth a word to whoever starts it. */
  readonly remarks: readonly string[];
  /** `npm start` dies of a SIGKILL without telling its child: then the dashboard watches for its parent's end. */
  readonly watchParent: boolean;
}

/** Everything that is wrong with the settings, at once: one sentence each, beginning with the variable's name. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The process's environment over that of a `.env` file in the working folder. The only reader of `process.env`. */
export function loadEnvironment(): Environment {
  try {
    return { ...parseEnv(readFileSync('.env', 'utf8')), ...process.env };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return process.env;
    throw new ConfigError([
      `.env cannot be read (${(error as NodeJS.ErrnoException).code}). Check its rights, or remove it.`,
    ]);
  }
}

/** Reads one variable. It throws a sentence that says what is allowed; `''` counts as absent. */
type Reader = <T>(name: string, absent: T, parse: (value: string) => T) => T;

/** Runs `read`, collecting what every setting has to complain of. @throws ConfigError with all of it */
function collect<T>(env: Environment, read: (get: Reader, complain: (problem: string) => void) => T): T {
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

/** The dashboard's settings; see the README's table. Defaults are the safe ones. @throws ConfigError */
export function dashboardConfig(env: Environment = loadEnvironment()): DashboardConfig {
  return collect(env, (get, complain) => {
    const url = get('DATABASE_URL', null, parseDatabaseUrl);
    const onDatabase = Boolean(env['DATABASE_URL']);
    const migrations = get('GANDER_MIGRATIONS', null, (value) => path.resolve(value));
    if (onDatabase && migrations === null) {
      complain('GANDER_MIGRATIONS must name the folder of your migrations when DATABASE_URL is set.');
    }
    const sessionSecret = get('SESSION_SECRET', null, parseSecret);
    if (onDatabase && env['NODE_ENV'] === 'production' && !env['SESSION_SECRET']) {
      complain(
        'SESSION_SECRET must be set in production: 32 or more random characters, the same for every dashboard.',
      );
    }
    return {
      databaseUrl: url,
      migrations: migrations ?? exampleMigrations,
      table: get('GANDER_TABLE', undefined, String),
      tableFormat: undefined,
      env,
      home: path.resolve('.gander'),
      host: get('HOST', '127.0.0.1', String),
      port: get('PORT', 3000, parsePort),
      onStart: get('GANDER_ON_START', 'check', parseOnStart),
      sessionSecret: onDatabase ? (sessionSecret ?? randomBytes(32).toString('hex')) : sessionSecret,
      admin: readAdmin(get, complain),
      ...readProxy(get, complain),
      remarks: remarksOn(env),
      watchParent: env['npm_lifecycle_event'] === 'start',
    };
  });
}

/** What a command line says; it goes before the environment. */
export interface CommandFlags {
  readonly database?: string | undefined;
  readonly dir?: string | undefined;
  readonly table?: string | undefined;
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
    if (named['GOOSE_DRIVER'] && !/^(postgres|postgresql|pgx|redshift)$/.test(named['GOOSE_DRIVER'])) {
      complain('GOOSE_DRIVER must be postgres: Gander is for PostgreSQL only.');
    }
    const first = <T>(names: readonly string[], parse: (value: string) => T): T | null =>
      get(names.find((name) => named[name]) ?? names[0]!, null, parse);
    const asked = first(['--table', 'GANDER_TABLE'], String);
    const dir = first(['--dir', 'GANDER_MIGRATIONS', 'GOOSE_MIGRATION_DIR'], (value) => path.resolve(value));
    const database = first(['--database', 'DATABASE_URL', 'GOOSE_DBSTRING'], parseDatabaseUrl);
    return {
      databaseUrl: database,
      migrations: dir ?? (database === null && isCheckout() ? exampleMigrations : path.resolve('.')),
      table: asked ?? first(['GOOSE_TABLE'], String) ?? undefined,
      tableFormat: asked === null && named['GOOSE_TABLE'] ? 'goose' : undefined,
      env,
      home: path.resolve('.gander'),
    };
  });
}

const exampleMigrations = path.join(packageRoot, 'migrations', 'example');

function isCheckout(): boolean {
  return path.resolve('.') === packageRoot;
}

/** Gander itself speaks http: https means a proxy, and a proxy that is not trusted makes every visit look insecure. */
function readProxy(
  get: Reader,
  complain: (problem: string) => void,
): Pick<DashboardConfig, 'publicUrl' | 'trustProxy'> {
  const publicUrl = get('PUBLIC_URL', null, parsePublicUrl);
  const trustProxy = get('TRUST_PROXY', false, parseTrustProxy);
  if (publicUrl?.protocol === 'https:' && trustProxy === false) {
    complain('TRUST_PROXY must say how many proxies stand in front (usually 1) when PUBLIC_URL is https.');
  }
  if (trustProxy !== false && publicUrl === null)
    complain('PUBLIC_URL must be set together with TRUST_PROXY.');
  return { publicUrl, trustProxy };
}

function remarksOn(env: Environment): string[] {
  const open = !/^(127\.|localhost$|::1$|$)/.test(env['HOST'] ?? '') && !env['PUBLIC_URL'];
  return [
    ...(env['DATABASE_URL'] && !env['SESSION_SECRET']
      ? ['SESSION_SECRET is not set: a restart signs everybody out.']
      : []),
    ...(open
      ? ['It listens beyond this machine without https: put a proxy in front, and set PUBLIC_URL.']
      : []),
  ];
}

/** What ENVSUB sections may use: everything but what is Gander's own secret. */
export function envForMigrations(env: Environment): Environment {
  const own = /^(GANDER_|SESSION_SECRET$|DATABASE_URL$|GOOSE_DBSTRING$|PGPASSWORD$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}

function readAdmin(get: Reader, complain: (problem: string) => void): DashboardConfig['admin'] {
  const email = get('GANDER_ADMIN_EMAIL', null, parseEmail);
  const direct = get('GANDER_ADMIN_PASSWORD', null, parsePassword);
  const filed = get('GANDER_ADMIN_PASSWORD_FILE', null, (file) => parsePassword(readSecretFile(file)));
  if (direct !== null && filed !== null) {
    complain('GANDER_ADMIN_PASSWORD and GANDER_ADMIN_PASSWORD_FILE are both set: set one of them.');
  }
  const password = direct ?? filed;
  if (email === null && password !== null)
    complain('GANDER_ADMIN_EMAIL must be set together with the password.');
  if (email !== null && password === null) {
    complain(
      'GANDER_ADMIN_EMAIL needs GANDER_ADMIN_PASSWORD or GANDER_ADMIN_PASSWORD_FILE (12 to 128 characters).',
    );
  }
  return email === null || password === null ? null : { email, password };
}
