// The schema on the shell: what it is, was, and what was changed in it.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { gander } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { shop, writeMigrations } from '../support/migrations.ts';

let database: TestDatabase;
let env: Record<string, string>;

before(async () => {
  database = await createDatabase();
  env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
});

test('before anything is recorded, the schema is there to be read, and what was changed is not', async () => {
  const { out, code } = await gander(['schema'], { env });
  assert.deepEqual([out, code], ['-- schema public\nCREATE SCHEMA public\n', 0]);
  const drift = await gander(['diff'], { env });
  assert.equal(drift.code, 2);
  assert.match(drift.err, /No change of the schema has been recorded yet\.\n.*GANDER_SCHEMA_CHANGES/);
  await gander(['up'], { env: { ...env, GANDER_SCHEMA_CHANGES: 'off' } });
  const change = await gander(['diff', '3'], { env });
  assert.deepEqual([change.code, change.out], [2, '']);
  assert.match(change.err, /What version 3 changed has not been recorded/);
  await gander(['reset', '--yes'], { env });
});

test('what a migration changed is said in words, and line by line', async () => {
  await gander(['up'], { env });
  const { out, code } = await gander(['diff', '3'], { env });
  assert.equal(code, 0);
  assert.equal(
    out.replace(/OWNER TO .*/, 'OWNER TO somebody'),
    `# adds column phone text to users

--- table public.users
+++ table public.users
@@ -1,4 +1,5 @@
 CREATE TABLE public.users (
   id bigint NOT NULL
+  phone text
 )
 OWNER TO somebody
`,
  );
  const between = await gander(['diff', '3', '1'], { env });
  assert.match(
    between.out,
    /^# drops table orders \(2 columns, 2 constraints, 1 index\)\n# drops column phone of users\n/,
  );
});

test('--check tells by its exit code whether something else has changed the schema', async () => {
  const none = await gander(['diff', '--check'], { env });
  assert.deepEqual([none.out, none.code], ['gander: nothing is different\n', 0]);
  await database.query('CREATE INDEX by_hand ON users (phone)');
  const some = await gander(['diff', '--check'], { env });
  assert.match(some.out, /^# creates index by_hand on users\n/);
  assert.equal(some.code, 4);
  assert.equal((await gander(['diff'], { env })).code, 0);
  assert.match((await gander(['schema'], { env })).out, /^-- index by_hand on public\.users$/m);
  assert.doesNotMatch((await gander(['schema', '3'], { env })).out, /by_hand/);
});

test('a version that is none is a mistake of the caller', async () => {
  const { code, err } = await gander(['schema', 'newest'], { env });
  assert.equal(code, 2);
  assert.match(err, /What comes after schema must be a version/);
  assert.equal((await gander(['diff', '1', '2', '3'], { env })).code, 2);
});
