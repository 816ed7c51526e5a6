import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder, GanderError, Migrator, type RunEvent } from '../../server/engine/index.ts';
import { createDatabase } from '../support/database.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';
import { Client, Pool } from 'pg';

const LOCK = 4_097_083_626n;

test('eight starts at once on an empty database: every one succeeds, each migration runs once', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    ...shop,
    '4_count.sql': goose('CREATE TABLE counted AS SELECT 1 AS once;', 'DROP TABLE counted;'),
  });
  const pools = Array.from({ length: 8 }, () => openPool(database.url));
  const runs = await Promise.all(pools.map((pool) => new Migrator({ pool, source: folder(dir) }).up()));
  await Promise.all(pools.map((pool) => pool.end()));
  assert.equal(
    runs.reduce((sum, { steps }) => sum + steps.length, 0),
    4,
  );
  assert.deepEqual(new Set(runs.map(({ current }) => current)), new Set([4n]));
});

test('while somebody else migrates, a run waits as long as it was told, and then says who it is', async (t) => {
  const database = await createDatabase(t);
  const holder = new Client({ connectionString: database.url, application_name: 'deploy 42' });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const migrator = new Migrator({
    pool: database.pool,
    source: folder(await writeMigrations(shop)),
    lockWait: 300,
  });
  const waited: string[] = [];
  const error = await migrator
    .up({ onEvent: (event) => waited.push(event.type) })
    .catch((reason: unknown) => reason);
  assert.ok(error instanceof GanderError && error.code === 'locked', String(error));
  assert.match(
    error.message,
    /^Migrations are being run by deploy 42 \(process \d+, user \w+, from 127\.0\.0\.1, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)\. I waited 0 s\.$/,
  );
  assert.match(error.next!, /pg_terminate_backend\(\d+\)/);
  assert.deepEqual(waited, ['waiting']);
  assert.equal((await migrator.status()).lock?.application, 'deploy 42');

  const run = migrator.up({ lockWait: 10_000 });
  await holder.query('SELECT pg_advisory_unlock($1)', [LOCK]);
  assert.equal((await run).current, 3n);
  await holder.end();
});

test('many runs at once on one pool do not wait for each other’s connections for ever', async (t) => {
  const database = await createDatabase(t);
  const pool = openPool(database.url, 4);
  const source = folder(await writeMigrations(shop));
  const runs = await Promise.all(Array.from({ length: 6 }, () => new Migrator({ pool, source }).up()));
  assert.equal(
    runs.reduce((sum, { steps }) => sum + steps.length, 0),
    3,
  );
  const slow = folder(await writeMigrations({ ...shop, '4_slow.sql': goose('SELECT pg_sleep(1);') }));
  let first: Promise<{ current: bigint | null }> | undefined;
  await new Promise<void>((resolve) => {
    const onEvent = ({ type }: RunEvent): void => (type === 'started' ? resolve() : undefined);
    first = new Migrator({ pool, source: slow }).up({ onEvent });
  });
  await assert.rejects(new Migrator({ pool, source: slow }).up({ lockWait: 100 }), { code: 'locked' });
  assert.equal((await first)?.current, 4n);
  await pool.end();
});

test('a pool of one connection is refused, instead of waiting for itself for ever', async (t) => {
  const database = await createDatabase(t);
  const pool = new Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => {});
  await assert.rejects(new Migrator({ pool, source: folder(await writeMigrations(shop)) }).up(), {
    code: 'invalid_request',
    message: 'A run needs two connections, and the pool allows one.',
  });
  await pool.end();
});

test('a database that cannot be reached is told in a sentence, without the password', async () => {
  for (const [url, expected] of [
    ['postgres://u:s3cret@127.0.0.1:1/x', /cannot be reached: .*ECONNREFUSED/],
    ['postgres://u:s3cret@no-such-host.invalid/x', /cannot be reached: /],
  ] as const) {
    const pool = new Pool({ connectionString: url, max: 2 });
    pool.on('error', () => {});
    const error = await new Migrator({ pool, source: folder(await writeMigrations(shop)) })
      .status()
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof GanderError && error.code === 'unreachable', String(error));
    assert.match(error.message, expected);
    assert.ok(!`${error.message} ${error.next}`.includes('s3cret'));
    await pool.end();
  }
});

/** A pool that outlives its database quietly, as it does when a test fails half-way. */
function openPool(connectionString: string, max = 2): Pool {
  const pool = new Pool({ connectionString, max });
  pool.on('error', () => {});
  return pool;
}
