/**
 * The least that a Node program can do with pg: what Gander is held against. One message and one COMMIT a migration, no
 * lock, no journal, no boundaries of statements.
 *
 *   node floor.js DIR DATABASE_URL
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client, escapeLiteral } from 'pg';

const [dir, connectionString] = process.argv.slice(2) as [string, string];
const client = new Client({ connectionString });
await client.connect();
const { rows } = await client.query(`SELECT to_regclass('floor_history') IS NULL AS missing`);
if (rows[0].missing) await client.query('CREATE TABLE floor_history (file text PRIMARY KEY)');
const done = await client.query<{ file: string }>('SELECT file FROM floor_history');
const applied = new Set(done.rows.map(({ file }) => file));
for (const file of readdirSync(dir).toSorted()) {
  if (applied.has(file)) continue;
  const [up] = readFileSync(path.join(dir, file), 'utf8').split('-- +goose Down');
  await client.query(`BEGIN; ${up}; INSERT INTO floor_history VALUES (${escapeLiteral(file)}); COMMIT`);
}
await client.end();
