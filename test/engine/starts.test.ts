// Many processes of one service, all started at the same moment on a database in which there is nothing yet.
// STARTS_ROUNDS says how often (`npm run test:starts`: 50 times with each table).
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../server/package-root.ts';
import { createDatabase } from '../support/database.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';
import type { Answer, Start } from '../support/starter.ts';

const SERVICE = path.join(packageRoot, 'dist/test/support/starter.js');
const PROCESSES = 8;
const ROUNDS = Number(process.env['STARTS_ROUNDS'] ?? 3);

const dir = await writeMigrations({
  ...shop,
  '4_count.sql': goose('CREATE TABLE counted (migration int);\nINSERT INTO counted VALUES (4);'),
  '5_count.sql': goose('INSERT INTO counted VALUES (5);'),
  '6_index.sql': gooseWithoutTransaction('CREATE INDEX CONCURRENTLY users_phone ON users (phone);'),
  '7_count.sql': gooseWithoutTransaction('INSERT INTO counted VALUES (7);'),
});
const VERSIONS = ['1', '2', '3', '4', '5', '6', '7'];

const services = Array.from({ length: PROCESSES }, () => fork(SERVICE));
after(() => services.forEach((service) => service.kill('SIGKILL')));
await Promise.all(services.map((service) => once(service, 'message')));

async function tell(service: ChildProcess, message: Start | 'go'): Promise<Answer> {
  service.send(message);
  const [answer] = (await once(service, 'message')) as [Answer];
  return answer;
}

for (const table of ['schema_migrations', 'goose_db_version']) {
  test(`eight services started at once on an empty database are all up, and each migration has run once: ${ROUNDS} times (${table})`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const database = await createDatabase();
      const start = { url: database.url, dir, table, warm: round % 2 === 0 };
      const ready = await Promise.all(services.map((service) => tell(service, start)));
      assert.deepEqual(new Set(ready.map(({ state }) => state)), new Set(['ready']));
      const answers = await Promise.all(services.map((service) => tell(service, 'go')));
      const failures = answers.flatMap((answer) => (answer.state === 'failed' ? [answer.why] : []));
      assert.deepEqual(failures, [], `round ${round}`);
      assert.deepEqual(await database.query('SELECT migration FROM counted ORDER BY 1'), [
        { migration: 4 },
        { migration: 5 },
        { migration: 7 },
      ]);
      const rows = await database.query<{ v: string }>(
        `SELECT version_id::text AS v FROM ${table} WHERE version_id > 0 ORDER BY 1`,
      );
      assert.deepEqual(
        rows.map(({ v }) => v),
        VERSIONS,
      );
      await database.drop();
    }
  });
}
