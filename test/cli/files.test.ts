import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { Client } from 'pg';
import { gander } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';

test('create makes a file, in the folder that is set, and says where', async () => {
  const dir = path.join(await writeMigrations(), 'new');
  const { code, out } = await gander(['create', 'Add phone'], { env: { GOOSE_MIGRATION_DIR: dir } });
  assert.equal(code, 0);
  const [file] = await readdir(dir);
  assert.match(file!, /^20\d{12}_add_phone\.sql$/);
  assert.equal(out, `gander: created ${path.join(dir, file!)}\n`);
  assert.match((await gander(['create', '-s', 'then', 'js', '--dir', dir])).out, /00001_then\.mjs\n$/);
});

test('fix asks the database what is applied, and does not without one unless it is told that nothing is', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '20250101000000_late.sql': goose('SELECT 1;', 'SELECT 1;') });
  const on = ['--dir', dir, '--database', database.url];
  const blind = await gander(['fix', '--dir', dir], { cwd: dir });
  assert.equal(blind.code, 2);
  assert.match(blind.err, /fix has to know what is applied[^]*say --unapplied/);
  await gander(['up', ...on]);
  assert.equal((await gander(['fix', ...on])).out, 'gander: nothing to rename\n', 'all of it is applied');
  await gander(['down', ...on]);
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(4097083626)');
  assert.equal((await gander(['fix', ...on])).code, 3, 'while somebody migrates, nothing is renamed');
  await holder.end();
  assert.equal((await gander(['fix', ...on])).out, 'RENAMED 20250101000000_late.sql => 00004_late.sql\n');
  assert.match((await gander(['up', ...on])).out, /^OK {3}00004_late\.sql/);
});
