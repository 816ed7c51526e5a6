import { randomBytes } from 'node:crypto';
import path from 'node:path';
import {
  collect,
  type Complain,
  type Environment,
  exampleMigrations,
  loadEnvironment,
  parseDatabaseUrl,
  type Reader,
  readPolicies,
  type TargetConfig,
} from './config.ts';
import {
  parseEmail,
  parseOnStart,
  parsePassword,
  parsePort,
  parsePublicUrl,
  parseSecret,
  parseTrustProxy,
  readSecretFile,
} from './config-values.ts';

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
      policies: readPolicies(get),
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

/** Gander itself speaks http: https means a proxy, and a proxy that is not trusted makes every visit look insecure. */
function readProxy(get: Reader, complain: Complain): Pick<DashboardConfig, 'publicUrl' | 'trustProxy'> {
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

function readAdmin(get: Reader, complain: Complain): DashboardConfig['admin'] {
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
