// Files one by one, through real goose and through Gander, on the same server: what they leave must be the same, but for
// what is otherwise on purpose; then the reason is said.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { folder, GanderError, Migrator } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { tables } from '../support/engine.ts';
import { goose, writeMigrations } from '../support/migrations.ts';
import { gooseRows, runGoose, withoutGoose as skip } from '../support/real-goose.ts';
import { empty, snapshot } from '../support/snapshot.ts';
import {
  COMMITTED,
  ENV,
  REFUSED,
  REFUSED_BY_GANDER,
  RUN_BY_GANDER,
  SAME,
  type Text,
} from './goose-file-cases.ts';

interface Outcome {
  readonly ok: boolean;
  readonly said: string;
  /** What is in the schema, and the rows of the history; empty when neither was made. */
  readonly left: readonly string[];
}

describe('a file', { skip }, () => {
  const databases = skip === false ? Promise.all([createDatabase(), createDatabase()]) : null;

  async function both(text: Text): Promise<{ dir: string; ours: TestDatabase; theirs: TestDatabase }> {
    const [ours, theirs] = (await databases)!;
    await Promise.all([empty(ours), empty(theirs)]);
    return { dir: await folderOf(text), ours, theirs };
  }

  for (const [title, text] of SAME) {
    test(`${title}: the same effect with goose and with Gander, forth and back`, async () => {
      const { dir, ours, theirs } = await both(text);
      const forth = await withGander(ours, dir, 'up');
      assert.equal(forth.said, '');
      assert.deepEqual(forth, await withGoose(theirs, dir, 'up'));
      const back = await withGander(ours, dir, 'down');
      assert.deepEqual(back, await withGoose(theirs, dir, 'down'));
    });
  }

  for (const [title, text, why] of REFUSED) {
    test(`${title}: refused by both, and nothing is left of it`, async () => {
      const { dir, ours, theirs } = await both(text);
      const refusal = await withGander(ours, dir, 'up');
      assert.match(refusal.said, why);
      assert.equal((await withGoose(theirs, dir, 'up')).ok, false);
      assert.deepEqual(madeBy(refusal), []);
    });
  }

  for (const [title, text, says, why] of REFUSED_BY_GANDER) {
    test(`${title}: run by goose, refused by Gander, because ${why}`, async () => {
      const { dir, ours, theirs } = await both(text);
      assert.match((await withGander(ours, dir, 'up')).said, says);
      assert.equal((await withGoose(theirs, dir, 'up')).ok, true);
    });
  }

  for (const [title, text, likeGoose, warns] of RUN_BY_GANDER) {
    test(`${title}: not run by goose, but by Gander as it is meant`, async () => {
      const { dir, ours, theirs } = await both(text);
      assert.equal((await withGoose(theirs, dir, 'up')).ok, false);
      await empty(theirs);
      assert.deepEqual(
        await withGander(ours, dir, 'up'),
        await withGoose(theirs, await folderOf(likeGoose), 'up'),
      );
      const { warnings } = await folder(dir).read();
      assert.equal(
        warnings.some(({ message }) => message.includes('goose would not run this file')),
        warns,
      );
    });
  }

  for (const [title, sql, groups] of COMMITTED) {
    test(`${title} of a NO TRANSACTION file: committed together as with goose`, async () => {
      const { ours, theirs } = await both('');
      const dir = await folderOf(`-- +goose NO TRANSACTION\n-- +goose Up\n${sql}\n`);
      await Promise.all([ours, theirs].map(({ pool }) => pool.query('CREATE TABLE log (what int)')));
      await withGoose(theirs, dir, 'up');
      await withGander(ours, dir, 'up');
      assert.equal(await committed(theirs), groups);
      assert.equal(await committed(ours), groups);
    });
  }

  test('a line after an empty block: lost by goose, run by Gander, which says so', async () => {
    const { dir, ours, theirs } = await both(
      goose('-- +goose StatementBegin\n-- +goose StatementEnd\nCREATE TABLE a ();\nCREATE TABLE b ();'),
    );
    await withGoose(theirs, dir, 'up');
    await withGander(ours, dir, 'up');
    assert.deepEqual([await tables(theirs), await tables(ours)], ['b', 'a b']);
    assert.match(
      (await folder(dir).read()).warnings[0]?.message ?? '',
      /goose would skip `CREATE TABLE a \(\);`/,
    );
  });
});

/** Which rows of `log` were committed together. */
async function committed({ pool }: TestDatabase): Promise<string> {
  const { rows } = await pool.query<{ together: string }>(
    "SELECT string_agg(what::text, '+' ORDER BY what) AS together FROM log GROUP BY xmin::text ORDER BY min(what)",
  );
  return rows.map(({ together }) => together).join(' ');
}

function folderOf(text: Text): Promise<string> {
  return writeMigrations({ '9223372036854775807_it.sql': text });
}

async function withGoose(database: TestDatabase, dir: string, command: 'up' | 'down'): Promise<Outcome> {
  const { code, err } = await runGoose(database, dir, [command], ENV);
  return { ok: code === 0, said: code === 0 ? '' : err, left: await left(database) };
}

async function withGander(database: TestDatabase, dir: string, direction: 'up' | 'down'): Promise<Outcome> {
  const source = folder(dir, { env: ENV });
  const migrator = new Migrator({ pool: database.pool, source, table: 'goose_db_version' });
  const said = await migrator[direction]({ irreversible: true }).then(
    () => '',
    (error: unknown) => {
      assert.ok(error instanceof GanderError, String(error));
      return error.message;
    },
  );
  return { ok: said === '', said, left: await left(database) };
}

async function left(database: TestDatabase): Promise<string[]> {
  const lines = await snapshot(database);
  return lines.length === 0 ? [] : [...lines, await gooseRows(database)];
}

/** What is left besides the history. */
function madeBy({ left: lines }: Outcome): string[] {
  return lines.filter((line) => !/^(?:0|[\w ]+ goose_db_version[\w.]*: .*)$/.test(line));
}
