// What pages show of migrations in JavaScript.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { folder, Migrator } from '../../server/engine/index.ts';
import { openDashboard } from '../support/dashboard.ts';
import { goose, writeMigrations } from '../support/migrations.ts';
import { module } from '../support/modules.ts';
import { Visitor } from '../support/visitor.ts';

const dir = await writeMigrations({
  '1_users.sql': goose('CREATE TABLE users (id int);', 'DROP TABLE users;'),
  '2_seed.mjs': module(
    `await client.query('INSERT INTO users VALUES (1)'); // <script>`,
    `await client.query('DELETE FROM users');`,
  ),
  '3_once.mjs': module(`const table = 'gone';\nawait client.query('SELECT * FROM ' + table);`),
});
const dashboard = await openDashboard(dir, { admin: true });
const visitor = await new Visitor(dashboard).signIn();
const migrator = new Migrator({ pool: dashboard.database.pool, source: folder(dir) });

/** What a page says, without its tags. */
async function textOf(page: string): Promise<string> {
  const { status, body } = await visitor.get(page);
  assert.equal(status, 200, page);
  assert.doesNotMatch(body, /<script>/, page);
  return body.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ');
}

test('the page of a module shows all of its file, and says nothing of it that is true of SQL only', async () => {
  const reversible = await textOf('/migrations/2');
  assert.match(reversible, /export async function up\(client\)/);
  assert.match(reversible, /export async function down\(client\)/);
  assert.doesNotMatch(reversible, /irreversible|Nothing to run|0 statements/);
  const once = await textOf('/migrations/3');
  assert.match(once, /irreversible It exports no function down: rolling it back only forgets it/);
});

test('a plan says which function will be called, and shows the file', async () => {
  const plan = await textOf('/plan?direction=up');
  assert.match(plan, /calls the function up of 2_seed\.mjs/);
  assert.match(plan, /JavaScript 6 lines/);
  assert.doesNotMatch(plan, /0 statements/);
});

test('a run shows what a module did, and a failure at its place in the file', async () => {
  await assert.rejects(migrator.up());
  const [run] = await migrator.runs({ limit: 1 });
  const shown = await textOf(`/runs/${run!.id}`);
  assert.match(shown, /insert users line 2 1 row/);
  assert.match(shown, /relation &#34;gone&#34; does not exist/);
  assert.match(shown, /3_once\.mjs:3/);
  assert.match(await textOf('/migrations/3'), /await client\.query\(/);
});

test('a rollback of a module whose file is gone is refused with what to do', async () => {
  await migrator.up({ to: 2n });
  const text = module('', `await client.query('DELETE FROM users');`);
  await rm(path.join(dir, '2_seed.mjs'));
  const plan = await textOf('/plan?direction=down');
  assert.match(plan, /JavaScript is not run from what the database has stored/);
  assert.match(await textOf('/migrations/2'), /JavaScript is not run from what was stored/);
  await writeFile(path.join(dir, '2_seed.mjs'), text);
});
