import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gander } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { goose, writeMigrations } from '../support/migrations.ts';

test('--no-versioning runs seeds again and again, and tells of files where it would tell of migrations', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_a.sql': goose('CREATE TABLE IF NOT EXISTS a (id int);\nINSERT INTO a VALUES (1);', 'DELETE FROM a;'),
    '2_b.sql': goose('SELECT 2;'),
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  const say = async (...args: string[]): Promise<string> =>
    (await gander([...args, '-no-versioning'], { env })).out;
  for (const _time of [1, 2])
    assert.match(
      await say('up'),
      /^OK {3}1_a\.sql .*\nOK {3}2_b\.sql .*\ngander: up to current file version: 2\n$/,
    );
  assert.equal((await database.query('SELECT FROM a')).length, 2);
  assert.equal(await say('status'), 'no versioning  1_a.sql\nno versioning  2_b.sql\n');
  assert.equal(await say('version'), 'gander: file version 2\n');
  assert.match(await say('down'), /^EMPTY 2_b\.sql .*\ngander: down to current file version: 1\n$/);
  const asked = await gander(['reset', '-no-versioning'], { env });
  assert.equal(asked.code, 2);
  assert.match(asked.err, /Run the Down of all 2 files on .*\n {2}→ Say --yes/);
  assert.match(await say('reset', '--yes'), /gander: down to current file version: 0\n$/);
  assert.deepEqual(await database.query('SELECT FROM a'), []);
});
