// The service of the README, run as it stands there.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { folder, Migrator } from '../../server/engine/index.ts';
import { packageRoot } from '../../server/package-root.ts';
import { type Ended, start } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { tables } from '../support/engine.ts';
import { goose, writeMigrations } from '../support/migrations.ts';

const LOCK = 4_097_083_626n;

const RELEASE_1 = {
  '1_create_users.sql': goose(
    "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);\nINSERT INTO users VALUES (1, 'Ada');",
    'DROP TABLE users;',
  ),
  '2_add_grace.sql': goose("INSERT INTO users VALUES (2, 'Grace');", 'DELETE FROM users WHERE id = 2;'),
};

const RELEASE_2 = {
  ...RELEASE_1,
  '3_add_edsger.sql': goose("INSERT INTO users VALUES (3, 'Edsger');", 'DELETE FROM users WHERE id = 3;'),
};

const BOTH = [
  { id: 1, name: 'Ada' },
  { id: 2, name: 'Grace' },
];

const EDSGER = { id: 3, name: 'Edsger' };

interface Service {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** The address it listens on; rejects when it ends without listening. */
  readonly address: Promise<string>;
}

/** Starts the example in a folder of its own, with these migrations in it; killed when the test ends. */
async function startService(
  t: TestContext,
  database: Pick<TestDatabase, 'url'>,
  migrations: Readonly<Record<string, string>>,
): Promise<Service> {
  const home = await writeMigrations();
  await symlink(await writeMigrations(migrations), path.join(home, 'migrations'));
  const { child, ended } = start(process.execPath, [path.join(packageRoot, 'examples/service.mjs')], {
    cwd: home,
    env: { DATABASE_URL: database.url, PORT: '0' },
  });
  t.after(() => child.kill('SIGKILL'));
  const address = new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout!.on('data', (text: string) => {
      said += text;
      const port = /^Listening on port (\d+)$/m.exec(said)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    void ended.then(({ code, err }) => reject(new Error(`It ended with ${code}: ${err}`)));
  });
  address.catch(() => {}); // a test that expects the end looks at that
  return { child, ended, address };
}

async function users({ address }: Service): Promise<unknown> {
  const response = await fetch(`${await address}/users`);
  return response.json();
}

async function stop({ child, ended }: Service): Promise<Ended> {
  child.kill('SIGKILL');
  return ended;
}

/** A session beside the service; it ends with the test. */
async function openSession(t: TestContext, { url }: TestDatabase): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {}); // the database is dropped before it
  await client.connect();
  t.after(() => client.end());
  return client;
}

/** Takes the migration lock for as long as the test goes on. @returns whether it is still held */
async function holdLock(t: TestContext, database: TestDatabase): Promise<() => Promise<boolean>> {
  const holder = await openSession(t, database);
  await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
  return async () => {
    const { rows } = await holder.query(
      `SELECT count(*) = 1 AS held FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'`,
    );
    return rows[0].held;
  };
}

/** Until the third migration waits for the table. */
async function untilItWaits(database: TestDatabase): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await sleep(20)) {
    const waiting = await database.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%Edsger%' AND pid <> pg_backend_pid()`,
    );
    if (waiting.length > 0) return;
  }
  assert.fail('the migration never came to the table');
}

const README = await readFile(path.join(packageRoot, 'README.md'), 'utf8');

test('the README shows the service word for word', async () => {
  const example = await readFile(path.join(packageRoot, 'examples/service.mjs'), 'utf8');
  assert.ok(README.includes(`\`\`\`js\n${example}\`\`\`\n`));
});

test('on an empty database it applies all its migrations, then listens, and answers from a table that they made', async (t) => {
  const database = await createDatabase(t);
  const service = await startService(t, database, RELEASE_1);
  assert.deepEqual(await users(service), BOTH);
  assert.equal((await stop(service)).err, '');
});

test('it does not listen before its migrations are through', async (t) => {
  const database = await createDatabase(t);
  await new Migrator({ pool: database.pool, source: folder(await writeMigrations(RELEASE_1)) }).up();
  const blocker = await openSession(t, database);
  await blocker.query('BEGIN; LOCK TABLE users');
  const service = await startService(t, database, RELEASE_2);
  let listens = false;
  void service.address.then(
    () => (listens = true),
    () => {},
  );
  await untilItWaits(database);
  assert.equal(listens, false);
  await blocker.query('COMMIT');
  assert.deepEqual(await users(service), [...BOTH, EDSGER]);
});

test('when a migration fails it tells the whole story as the README shows it, ends with 1, and never listens', async (t) => {
  const database = await createDatabase(t);
  const service = await startService(t, database, {
    ...RELEASE_1,
    '3_add_phone.sql': goose('ALTER TABLE users\n  ADD COLUMN phone txt;', 'SELECT 1;'),
    '4_add_city.sql': goose('ALTER TABLE users ADD COLUMN city text;', 'SELECT 1;'),
  });
  const { code, out, err } = await service.ended;
  assert.match(err, /3_add_phone\.sql:3:20: [^]*\^\n[^]*applied: [^]*failed: [^]*not run: [^]*→ /);
  assert.ok(README.includes(`\n\`\`\`\n${err}\`\`\`\n`), err);
  assert.equal(out, '');
  assert.equal(code, 1);
  assert.doesNotMatch(err, /^\s+at /m, 'no stack for operators');
  assert.equal(await tables(database), 'users', 'what came before stays');
});

test('when the database cannot be reached it says so without the password, ends with 1, and never listens', async (t) => {
  const service = await startService(t, { url: 'postgres://shop:s3cret@127.0.0.1:1/shop' }, RELEASE_1);
  const { code, out, err } = await service.ended;
  assert.match(err, /The database cannot be reached: .*ECONNREFUSED.*\n→ Check that the server is running/);
  assert.doesNotMatch(err, /s3cret|^\s+at /m);
  assert.equal(out, '');
  assert.equal(code, 1);
});

test('an old release starts without waiting while another session migrates', async (t) => {
  const database = await createDatabase(t);
  await new Migrator({ pool: database.pool, source: folder(await writeMigrations(RELEASE_1)) }).up();
  const isHeld = await holdLock(t, database);
  const service = await startService(t, database, RELEASE_1);
  assert.deepEqual(await users(service), BOTH);
  assert.equal(await isHeld(), true, 'the lock was not to be had all the time');
  assert.equal((await stop(service)).err, '');
});

test('an old release starts on a newer database, also while another session migrates, and says what it found', async (t) => {
  const database = await createDatabase(t);
  await new Migrator({ pool: database.pool, source: folder(await writeMigrations(RELEASE_2)) }).up();
  const isHeld = await holdLock(t, database);
  const service = await startService(t, database, RELEASE_1);
  assert.deepEqual(await users(service), [...BOTH, EDSGER]);
  assert.equal(await isHeld(), true);
  assert.equal(
    (await stop(service)).err,
    'The database is newer than the folder: 3_add_edsger is applied and has no file.\n',
  );
});

for (const [kind, third] of [
  ['in a transaction', RELEASE_2['3_add_edsger.sql']],
  ['without one', `-- +goose NO TRANSACTION\n${RELEASE_2['3_add_edsger.sql']}`],
] as const) {
  test(`an old release starts while the new one is in the middle of a migration ${kind}`, async (t) => {
    const database = await createDatabase(t);
    await new Migrator({ pool: database.pool, source: folder(await writeMigrations(RELEASE_1)) }).up();
    const blocker = await openSession(t, database);
    await blocker.query('BEGIN; LOCK TABLE users IN SHARE MODE');
    const next = await startService(t, database, { ...RELEASE_2, '3_add_edsger.sql': third });
    await untilItWaits(database);
    const old = await startService(t, database, RELEASE_1);
    assert.deepEqual(await users(old), BOTH);
    await blocker.query('COMMIT');
    await next.address;
    assert.deepEqual(await users(old), [...BOTH, EDSGER]);
  });
}

test('eight of it at once on an empty database all come up, and each migration has run once', async (t) => {
  const database = await createDatabase(t);
  const services = await Promise.all(Array.from({ length: 8 }, () => startService(t, database, RELEASE_2)));
  for (const answer of await Promise.all(services.map(users))) {
    assert.deepEqual(answer, [...BOTH, EDSGER]);
  }
  const ran = await database.query(
    `SELECT version::text, count(*)::int4 AS times FROM gander.steps WHERE state = 'done' GROUP BY 1 ORDER BY 1`,
  );
  assert.deepEqual(
    ran,
    ['1', '2', '3'].map((version) => ({ version, times: 1 })),
  );
});
