// Behind a pooler (postgres-traps.md, 13).
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Pool } from 'pg';
import { folder, Migrator } from '../../server/engine/index.ts';
import { gander } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { summary, tables } from '../support/engine.ts';
import { shop, writeMigrations } from '../support/migrations.ts';
import { startPooler } from '../support/pooler.ts';

function openPool(t: TestContext, connectionString: string): Pool {
  const pool = new Pool({ connectionString });
  pool.on('error', () => {});
  t.after(() => pool.end());
  return pool;
}

async function locksLeft(database: TestDatabase): Promise<number> {
  return (
    await database.query(
      `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
  ).length;
}

for (const order of ['newest first', 'round robin'] as const) {
  for (const size of [1, 2, 3, 5]) {
    test(
      `behind a transaction pooler a run is refused with the remedy, and leaves no lock behind (${size === 1 ? 'one connection' : `${size} connections`}, ${order})`,
      { timeout: 30_000 },
      async (t) => {
        const database = await createDatabase(t);
        const url = await startPooler(t, database.url, { mode: 'transaction', size, order });
        const migrator = new Migrator({
          pool: openPool(t, url),
          source: folder(await writeMigrations(shop)),
        });
        await assert.rejects(migrator.up(), {
          code: 'transaction_pooler',
          message: /pooler that changes the server’s connection with every transaction/,
          next: /the database’s own address, or that of a pooler in session mode/,
        });
        assert.equal(await tables(database), '');
        assert.equal(await locksLeft(database), 0);
        assert.equal(
          summary(await migrator.status()),
          '1 pending, 2 pending, 3 pending',
          'looking works all the same',
        );
      },
    );
  }
}

test('behind a transaction pooler, a service whose database is up to date starts', async (t) => {
  const database = await createDatabase(t);
  const source = folder(await writeMigrations(shop));
  await new Migrator({ pool: database.pool, source }).up();
  const url = await startPooler(t, database.url, { mode: 'transaction', size: 3, order: 'round robin' });
  const migrator = new Migrator({ pool: openPool(t, url), source });
  assert.equal((await migrator.ensureUpToDate()).current, 3n);
});

test('behind a session pooler everything works, to and fro', async (t) => {
  const database = await createDatabase(t);
  const url = await startPooler(t, database.url, { mode: 'session', size: 5, order: 'newest first' });
  const migrator = new Migrator({ pool: openPool(t, url), source: folder(await writeMigrations(shop)) });
  assert.equal((await migrator.up()).current, 3n);
  assert.equal((await migrator.down({ to: 0n })).current, null);
  assert.equal(await locksLeft(database), 0);
});

test('the command says what to do about a transaction pooler, and ends with 2', async (t) => {
  const database = await createDatabase(t);
  const url = await startPooler(t, database.url, { mode: 'transaction', size: 3, order: 'round robin' });
  const { code, err } = await gander(['up', '--dir', await writeMigrations(shop), '--database', url]);
  assert.equal(code, 2);
  assert.match(err, /pool_mode = transaction[^]*\n {2}→ Give Gander the database’s own address/);
});
