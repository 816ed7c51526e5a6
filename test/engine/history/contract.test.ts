import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PoolClient } from 'pg';
import { formats, type History, type HistoryFormat } from '../../../server/engine/history/index.ts';
import { createDatabase } from '../../support/database.ts';

const LARGEST = 9_223_372_036_854_775_807n;
const database = await createDatabase();

for (const format of ['gander', 'goose'] satisfies HistoryFormat[]) {
  describe(`a history in ${format}'s format`, async () => {
    const history = formats[format]({ schema: 'public', name: `${format} "history"` });
    const client = await database.pool.connect();
    const write = async (sql: string): Promise<void> => void (sql === '' || (await client.query(sql)));
    const read = async (): Promise<[bigint, boolean][]> =>
      (await history.read(client))
        .map(({ version, dirty }): [bigint, boolean] => [version, dirty])
        .toSorted(([a], [b]) => (a < b ? -1 : 1));

    test('is empty when it has been made, also when it is made twice', async () => {
      await history.create(client);
      await history.create(client);
      assert.deepEqual(await read(), []);
    });

    test('keeps a version to the last digit, with the time at which it was applied', async () => {
      await client.query(history.markApplied(LARGEST, 'pending'));
      const [record] = await history.read(client);
      assert.equal(record?.version, LARGEST);
      assert.ok(Math.abs(Date.now() - record.at!.getTime()) < 60_000, String(record?.at));
      await client.query(history.remove(LARGEST));
    });

    test('records a version once, however often it is applied', async () => {
      await client.query(history.markApplied(7n, 'pending'));
      const [newest] = await database.query<{ id: string }>(`SELECT ${history.newestId(7n)} AS id`);
      assert.equal((await history.read(client))[0]?.id, newest?.id);
      for (const from of ['pending', 'dirty'] as const) {
        const again = client.query(history.markApplied(7n, from));
        await assert.rejects(again, { code: /^(23505|22P02)$/ }, 'the second one is told');
      }
      assert.deepEqual(await read(), [[7n, false]]);
      assert.equal((await database.query(`SELECT FROM ${quoted(format)} WHERE version_id = 7`)).length, 1);
    });

    test('flags a version as dirty where it has a place for it, and takes the flag off again', async () => {
      await write(history.markDirty(7n));
      assert.deepEqual(await read(), [[7n, format === 'gander']]);
      await write(history.clearDirty(7n));
      assert.deepEqual(await read(), [[7n, false]]);
      await write(history.markDirty(8n));
      await write(history.markApplied(8n, 'dirty'));
      assert.deepEqual(await read(), [
        [7n, false],
        [8n, false],
      ]);
    });

    test('forgets a version, and does not mind one that it never knew', async () => {
      for (const version of [7n, 8n, 9n]) await write(history.remove(version));
      await write(history.clearDirty(9n));
      assert.deepEqual(await read(), []);
      client.release();
    });
  });
}

test('a rollback that an old goose recorded as a row of its own counts: the newest row of a version decides', async () => {
  const history = formats.goose({ schema: 'public', name: 'old_goose' });
  const client = await database.pool.connect();
  await history.create(client);
  await client.query(
    `INSERT INTO old_goose (version_id, is_applied) VALUES (1, true), (2, true), (2, false), (3, true), (3, false), (3, true)`,
  );
  assert.deepEqual(await versionsOf(history, client), [1n, 3n]);
  await client.query(history.markApplied(2n, 'pending'));
  assert.deepEqual(await versionsOf(history, client), [1n, 2n, 3n]);
  client.release();
});

async function versionsOf(history: History, client: PoolClient): Promise<bigint[]> {
  return (await history.read(client)).map(({ version }) => version).toSorted((a, b) => (a < b ? -1 : 1));
}

function quoted(format: string): string {
  return `"${format} ""history"""`;
}
