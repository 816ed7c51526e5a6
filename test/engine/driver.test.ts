// A service's pool comes from the service's own copy of pg.
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { Client, DatabaseError, Pool } from 'pg';
import { folder, Migrator } from '../../server/engine/index.ts';
import { packageRoot } from '../../server/package-root.ts';
import { createDatabase } from '../support/database.ts';
import { failureOf, summary } from '../support/engine.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';

const BROKEN = { ...shop, '2_create_orders.sql': goose('SELECT 1;\nALTER TABLE nobody ADD x int;') };

/** Installs pg a second time, as npm does where two versions are asked for. */
async function secondCopyOfPg(): Promise<typeof import('pg')> {
  const modules = path.join(await writeMigrations(), 'node_modules');
  await mkdir(modules);
  const installed = path.join(packageRoot, 'node_modules');
  for (const name of (await readdir(installed)).filter((one) => one.startsWith('pg'))) {
    const own = ['pg', 'pg-pool', 'pg-protocol'].includes(name);
    const [from, to] = [path.join(installed, name), path.join(modules, name)];
    await (own ? cp(from, to, { recursive: true }) : symlink(from, to));
  }
  return createRequire(path.join(modules, 'service.js'))('pg');
}

test('a service may have another copy of pg than Gander: what the server says is understood all the same', async (t) => {
  const database = await createDatabase(t);
  const pg = await secondCopyOfPg();
  assert.notEqual(pg.DatabaseError, DatabaseError);
  const pool = new pg.Pool({ connectionString: database.url });
  pool.on('error', () => {});
  t.after(() => pool.end());
  const migrator = new Migrator({ pool, source: folder(await writeMigrations(BROKEN)) });
  const error = await failureOf(migrator.up());
  assert.equal(error.where, '2_create_orders.sql:3:1');
  assert.equal(error.run.steps[1]?.failure?.sqlstate, '42P01');
  assert.equal(summary(await migrator.status()), '1 applied, 2 dirty rolled back, 3 pending');
});

test('a pool of a pg that is too old is refused before anything is sent', async (t) => {
  class OldClient extends Client {
    constructor(...given: ConstructorParameters<typeof Client>) {
      super(...given);
      Reflect.deleteProperty(this, 'pipeline');
    }
  }
  const database = await createDatabase(t);
  const pool = new Pool({ connectionString: database.url, Client: OldClient });
  pool.on('error', () => {});
  t.after(() => pool.end());
  const migrator = new Migrator({ pool, source: folder(await writeMigrations(shop)) });
  await assert.rejects(migrator.ensureUpToDate(), {
    code: 'invalid_request',
    message:
      /The pool was made by a version of pg that is too old for Gander, or by pg-native\.\n→ Make it with pg 8\.23 or newer/,
  });
  assert.equal(pool.idleCount, pool.totalCount, 'the connection is given back');
});
