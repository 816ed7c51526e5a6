import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../server/package-root.ts';
import { place } from '../../support/modules.ts';

test('the example of the README does what it says', async (t) => {
  const readme = await readFile(path.join(packageRoot, 'README.md'), 'utf8');
  const [, file] = /beside the `\.sql` files, `(\w+\.mjs)`/.exec(readme)!;
  const [, text] = /```js\n(export async function up[^]*?)```/.exec(readme)!;
  const { database, migrator } = await place(t, { [file!]: text! });
  await database.query(`CREATE TABLE users AS SELECT 1 AS id, 'Ada Lovelace' AS name`);
  await migrator.up();
  assert.deepEqual(await database.query('SELECT * FROM users'), [
    { id: 1, name: 'Ada Lovelace', first_name: 'Ada' },
  ]);
  await migrator.down();
  assert.deepEqual(await database.query('SELECT * FROM users'), [{ id: 1, name: 'Ada Lovelace' }]);
});
