import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  commandConfig,
  ConfigError,
  envForMigrations,
  loadEnvironment,
  terminalConfig,
} from '../server/config.ts';
import { dashboardConfig } from '../server/dashboard-config.ts';
import { connectTimeout, databaseUrl, describeDatabase } from '../server/database-url.ts';
import { writeMigrations } from './support/migrations.ts';

function problems(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}

describe('the dashboard’s settings', () => {
  test('are safe without any', () => {
    const config = dashboardConfig({});
    assert.equal(config.host, '127.0.0.1');
    assert.equal(config.port, 3000);
    assert.equal(config.databaseUrl, null);
    assert.equal(config.onStart, 'check');
    assert.equal(config.trustProxy, false);
    assert.equal(config.admin, null);
    assert.match(config.migrations, /migrations.example$/);
  });

  test('are complained about all at once, each with its name and what is allowed', () => {
    const found = problems(() =>
      dashboardConfig({
        PORT: 'http',
        DATABASE_URL: 'mysql://root:s3cret@host/db',
        GANDER_ON_START: 'maybe',
        SESSION_SECRET: 'short',
        PUBLIC_URL: 'gander.example.com',
        TRUST_PROXY: 'true',
        GANDER_ADMIN_EMAIL: 'ada',
        GANDER_ADMIN_PASSWORD: 'short',
      }),
    );
    const names = found.map((problem) => problem.split(' ')[0]);
    assert.deepEqual(
      names.toSorted((a, b) => a!.localeCompare(b!)),
      [
        'DATABASE_URL',
        'GANDER_ADMIN_EMAIL',
        'GANDER_ADMIN_PASSWORD',
        'GANDER_MIGRATIONS',
        'GANDER_ON_START',
        'PORT',
        'PUBLIC_URL',
        'SESSION_SECRET',
        'TRUST_PROXY',
      ],
    );
    assert.ok(!found.join().includes('s3cret'), 'a password must not be repeated');
  });

  test('nobody is offered the example for a database of his own', () => {
    assert.deepEqual(
      problems(() => dashboardConfig({ DATABASE_URL: 'postgres://localhost/shop' })),
      ['GANDER_MIGRATIONS must name the folder of your migrations when DATABASE_URL is set.'],
    );
  });

  test('in production the session secret has to be given, because every dashboard needs the same', () => {
    const env = { DATABASE_URL: 'postgres://localhost/shop', GANDER_MIGRATIONS: '.', NODE_ENV: 'production' };
    assert.match(problems(() => dashboardConfig(env))[0]!, /^SESSION_SECRET must be set in production/);
    assert.deepEqual(
      problems(() => dashboardConfig({ ...env, SESSION_SECRET: 'x'.repeat(32) })),
      [],
    );
  });

  test('https without a trusted proxy, with which nobody could ever sign in, is refused', () => {
    assert.match(
      problems(() => dashboardConfig({ PUBLIC_URL: 'https://gander.example.com' }))[0]!,
      /^TRUST_PROXY must say/,
    );
    assert.match(
      problems(() => dashboardConfig({ TRUST_PROXY: '1' }))[0]!,
      /^PUBLIC_URL must be set together/,
    );
    assert.deepEqual(
      problems(() => dashboardConfig({ PUBLIC_URL: 'https://gander.example.com', TRUST_PROXY: '1' })),
      [],
    );
  });

  test('migrations do not get at Gander’s own secrets', () => {
    const env = {
      GANDER_ADMIN_PASSWORD: 'a',
      SESSION_SECRET: 'b',
      DATABASE_URL: 'c',
      GOOSE_DBSTRING: 'd',
      PGPASSWORD: 'e',
      TENANT: 'f',
    };
    assert.deepEqual(envForMigrations(env), { TENANT: 'f' });
  });

  test('the first administrator’s password may come from a file', async () => {
    const dir = await writeMigrations();
    const file = path.join(dir, 'password');
    await writeFile(file, 'correct horse battery\n');
    const admin = { email: 'ada@example.com', password: 'correct horse battery' };
    assert.deepEqual(
      dashboardConfig({ GANDER_ADMIN_EMAIL: admin.email, GANDER_ADMIN_PASSWORD_FILE: file }).admin,
      admin,
    );
    assert.match(
      problems(() =>
        dashboardConfig({ GANDER_ADMIN_EMAIL: admin.email, GANDER_ADMIN_PASSWORD_FILE: `${file}.gone` }),
      )[0]!,
      /names a file that cannot be read \(ENOENT\)/,
    );
    assert.match(
      problems(() => dashboardConfig({ GANDER_ADMIN_PASSWORD: admin.password }))[0]!,
      /^GANDER_ADMIN_EMAIL must be set/,
    );
  });

  test('a proxy is trusted by number or address, never blindly', () => {
    for (const [value, expected] of [
      ['1', 1],
      ['0', false],
      ['false', false],
      ['10.0.0.0/8, loopback', null],
      ['loopback', 'loopback'],
      ['10.0.0.1, fd00::/8', '10.0.0.1, fd00::/8'],
    ] as const) {
      if (expected === null)
        assert.equal(
          problems(() => dashboardConfig({ TRUST_PROXY: value, PUBLIC_URL: 'http://gander.example.com' }))
            .length,
          1,
          value,
        );
      else
        assert.equal(
          dashboardConfig({ TRUST_PROXY: value, PUBLIC_URL: 'http://gander.example.com' }).trustProxy,
          expected,
          value,
        );
    }
  });
});

describe('the command’s settings', () => {
  const env = {
    GOOSE_DBSTRING: 'host=db1 user=app dbname=shop',
    GOOSE_MIGRATION_DIR: 'sql',
    GOOSE_TABLE: 'versions',
  };

  test('goose’s variables work as they are', () => {
    const config = commandConfig({}, env);
    assert.equal(config.databaseUrl, 'postgres://app@db1/shop');
    assert.equal(config.migrations, path.resolve('sql'));
    assert.deepEqual([config.table, config.tableFormat], ['versions', 'goose']);
  });

  test('Gander’s variables go before goose’s, and flags before both', () => {
    const config = commandConfig(
      { dir: 'mine' },
      { ...env, DATABASE_URL: 'postgres://db2/shop', GANDER_MIGRATIONS: 'other', GANDER_TABLE: 'history' },
    );
    assert.equal(config.databaseUrl, 'postgres://db2/shop');
    assert.equal(config.migrations, path.resolve('mine'));
    assert.deepEqual([config.table, config.tableFormat], ['history', undefined]);
  });

  test('goose set up for another database is told that this is for PostgreSQL only', () => {
    for (const driver of ['mysql', 'redshift'])
      assert.deepEqual(
        problems(() => commandConfig({}, { GOOSE_DRIVER: driver })),
        ['GOOSE_DRIVER must be postgres: Gander is for PostgreSQL only.'],
      );
    for (const driver of ['postgres', 'pgx', 'postgresql'])
      assert.deepEqual(
        problems(() => commandConfig({}, { GOOSE_DRIVER: driver })),
        [],
      );
  });

  test('a table that goose’s own command line names is made as goose makes it', () => {
    assert.equal(commandConfig({ table: 'x', form: 'goose' }, {}).tableFormat, 'goose');
    assert.equal(commandConfig({ table: 'x', form: 'gander' }, env).tableFormat, undefined);
    assert.equal(commandConfig({ form: 'goose' }, { GANDER_TABLE: 'x' }).tableFormat, undefined);
  });
});

describe('how runs behave', () => {
  const settings = {
    GANDER_LOCK_WAIT: '0',
    GANDER_LOCK_TIMEOUT: '500ms',
    GANDER_STATEMENT_TIMEOUT: '10min',
    GANDER_CHANGED: 'refuse',
    GANDER_NEWER: 'warn',
    GANDER_SCHEMA_CHANGES: 'each',
  };

  test('is set by the same variables for command and dashboard, and left to the engine without them', () => {
    const expected = {
      lockWait: 0,
      lockTimeout: 500,
      statementTimeout: 600_000,
      changed: 'refuse',
      newer: 'warn',
      schemaChanges: 'each',
    };
    assert.deepEqual(commandConfig({}, settings).policies, expected);
    assert.deepEqual(dashboardConfig(settings).policies, expected);
    assert.deepEqual(new Set(Object.values(commandConfig({}, {}).policies)), new Set([undefined]));
  });

  test('what cannot be read is complained about all at once', () => {
    const wrong = Object.fromEntries(Object.keys(settings).map((name) => [name, '5']));
    for (const read of [() => commandConfig({}, wrong), () => dashboardConfig(wrong)])
      assert.deepEqual(
        problems(read).map((problem) => problem.split(' ').slice(0, 4).join(' ')),
        [
          'GANDER_LOCK_WAIT must be a',
          'GANDER_LOCK_TIMEOUT must be a',
          'GANDER_STATEMENT_TIMEOUT must be a',
          'GANDER_CHANGED must be warn',
          'GANDER_NEWER must be warn',
          'GANDER_SCHEMA_CHANGES must be auto',
        ],
      );
  });
});

describe('a file of settings', () => {
  test('that is named must be there; one that is not need not', async (t) => {
    const dir = await writeMigrations({ 'my.env': 'GANDER_TABLE=of_file\nPATH=of_file\n' });
    const before = process.cwd();
    t.after(() => process.chdir(before));
    process.chdir(dir);
    assert.equal(loadEnvironment()['GANDER_TABLE'], undefined);
    const { GANDER_TABLE, PATH } = loadEnvironment('my.env');
    assert.deepEqual(
      [GANDER_TABLE, PATH],
      ['of_file', process.env['PATH']],
      'the environment goes before it',
    );
    assert.match(problems(() => loadEnvironment('other.env'))[0]!, /^other\.env cannot be read \(ENOENT\)/);
    await writeFile(path.join(dir, '.env'), 'GANDER_TABLE=of_dot_env\n');
    assert.equal(loadEnvironment()['GANDER_TABLE'], 'of_dot_env');
    assert.equal(loadEnvironment('none')['GANDER_TABLE'], undefined);
  });
});

describe('a terminal', () => {
  test('has colours unless somebody or its kind is against them', () => {
    assert.deepEqual(terminalConfig({ TERM: 'xterm' }), { dumb: false, colours: true });
    assert.deepEqual(terminalConfig({ NO_COLOR: '' }), { dumb: false, colours: true });
    assert.deepEqual(terminalConfig({ NO_COLOR: '0' }), { dumb: false, colours: false });
    assert.deepEqual(terminalConfig({ TERM: 'dumb' }), { dumb: true, colours: false });
  });
});

describe('a database’s address', () => {
  const read: readonly [string, string][] = [
    ['postgres://u:p@h:5433/d', 'postgres://u:p@h:5433/d'],
    ['postgresql://h/d', 'postgresql://h/d'],
    ['host=h port=5433 user=u password=p dbname=d', 'postgres://u:p@h:5433/d'],
    [`user = 'a b' password='it\\'s/@:' dbname=d`, `postgres://a%20b:it's%2F%40%3A@localhost/d`],
    ['user=u dbname=d sslmode=require', 'postgres://u@localhost/d?sslmode=require&uselibpqcompat=true'],
    ['host=::1 port=6000 dbname=d', 'postgres://[::1]:6000/d'],
    ['hostaddr=10.0.0.5 dbname=d', 'postgres://10.0.0.5/d'],
    ['host=/var/run/postgresql dbname=d', 'postgres://localhost/d?host=%2Fvar%2Frun%2Fpostgresql'],
    // What is no word of libpq's is a setting of the session, as to goose's driver.
    ['postgres://h/d?search_path=app', 'postgres://h/d?options=-c+search_path%3Dapp'],
    ['host=h dbname=d TimeZone=UTC', 'postgres://h/d?options=-c+TimeZone%3DUTC'],
    [
      `host=h dbname=d options='-c a=1' search_path='"a b"'`,
      'postgres://h/d?options=-c+a%3D1+-c+search_path%3D%22a%5C+b%22',
    ],
    ['postgres://h/d?default_query_exec_mode=exec&pool_max_conns=4', 'postgres://h/d'],
  ];

  test('is read as a URL and in libpq’s own form', () => {
    for (const [given, expected] of read) assert.equal(databaseUrl(given), expected, given);
  });

  test('that cannot be read is refused, and never repeated', () => {
    for (const given of [
      '',
      'shop',
      'mysql://h/d',
      'postgres://u:hunter 2@h:port/d',
      'host=h garbage',
      'host=h port=abc',
      'service=shop',
      'host=h dbname=a&b',
      'postgres://h/100%',
      'postgres://h/a%26b',
      'postgres://u:hunter#2@h/d',
      'postgres://u:1?hunter2@h/d',
      'postgres://h/d?service=shop',
      'host=h dbname=d target_session_attrs=read-write',
    ]) {
      assert.throws(
        () => databaseUrl(given),
        (error: Error) => !error.message.includes('hunter'),
        given,
      );
    }
  });

  test('says how long to wait for a connection', () => {
    assert.equal(connectTimeout(databaseUrl('host=h connect_timeout=5')), 5_000);
    assert.equal(connectTimeout(databaseUrl('postgres://h/d?connect_timeout=0')), null);
    assert.equal(connectTimeout(databaseUrl('postgres://h/d')), null);
  });

  test('is shown to people without its password', () => {
    assert.equal(describeDatabase('postgres://u:secret@db1:5433/shop'), 'shop on db1:5433');
    assert.equal(describeDatabase('postgres://u:secret@db1/shop'), 'shop on db1');
    assert.equal(describeDatabase('postgres://u:secret@db1'), 'u on db1');
  });
});
