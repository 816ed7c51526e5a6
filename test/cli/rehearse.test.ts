// A rehearsal on the shell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gander } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';

/** Times differ. */
function timeless(text: string): string {
  return text.replaceAll(/\d[\d.]* m?s\b/g, '… ms');
}

test('a rehearsal tells what each statement locks and does, and whether Down brings it back; nothing is left', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE kept (id integer, age integer); INSERT INTO kept VALUES (1, 1), (2, 2)');
  const dir = await writeMigrations({
    '1_age.sql': goose(
      `ALTER TABLE kept ALTER COLUMN age TYPE bigint;\nUPDATE kept SET age = 3;`,
      'ALTER TABLE kept DROP COLUMN age;',
    ),
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const { out, code } = await gander(['rehearse'], { env });
  assert.equal(
    timeless(out),
    `OK   1_age.sql (… ms)
     line 2: alter table kept (… ms)
       locks public.kept: blocks reads and writes for … ms (AccessExclusiveLock)
       writes public.kept anew, or empties it
       reads all of public.kept (2 rows)
     line 3: update kept (… ms, 2 rows)
       reads all of public.kept (2 rows)
       rows of public.kept: 2 updated
     schema: changes column age of kept from integer to bigint
     Down: does not bring back the same schema. After Up and Down
       it drops column age of kept
Dead rows stay until VACUUM comes by: public.kept.
gander: what can be rehearsed would run. All of it was rolled back (… ms).
`,
  );
  assert.equal(code, 0);
  assert.equal((await gander(['rehearse', '--check'], { env })).code, 4);
  assert.equal((await gander(['status', '--check'], { env })).code, 4, 'it is still pending');
  const [{ age }] = (await database.query<{ age: string }>(`SELECT format_type(atttypid, NULL) AS age
    FROM pg_attribute WHERE attrelid = 'kept'::regclass AND attname = 'age'`)) as [{ age: string }];
  assert.equal(age, 'integer');
});

test('the exit code of a rehearsal tells whether something would fail, or the time was up', async (t) => {
  const database = await createDatabase(t);
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: await writeMigrations(shop) };
  const good = await gander(['rehearse', '--to', '2'], { env });
  assert.deepEqual([good.code, good.out.match(/^OK/gm)?.length], [0, 2]);
  const bad = await writeMigrations({
    '1_bad.sql': goose('SELECT 1;\nSELECT nope;'),
    '2_after.sql': goose('SELECT 1;'),
  });
  const failed = await gander(['rehearse'], { env: { ...env, GANDER_MIGRATIONS: bad } });
  assert.equal(failed.code, 1);
  assert.match(failed.out, /^FAIL 1_bad\.sql \(.*\)\n {5}1_bad\.sql:3:8: column "nope" does not exist\n/);
  assert.match(failed.out, /\n {5}2_after\.sql: not run\n {5}One before it failed\.\n/);
  const slow = await writeMigrations({ '1_slow.sql': goose('SELECT pg_sleep(60);') });
  const late = await gander(['rehearse', '--limit', '200ms'], { env: { ...env, GANDER_MIGRATIONS: slow } });
  assert.equal(late.code, 1);
  assert.match(late.out, /the time was up before the end: --limit gives it more/);
  await gander(['up'], { env });
  assert.equal((await gander(['rehearse'], { env })).out, 'gander: no migrations to run\n');
  const back = await gander(['rehearse', '--down', '2'], { env });
  assert.match(back.out, /schema: drops column phone of users/);
});
