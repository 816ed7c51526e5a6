import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

const made: string[] = [];

after(() => Promise.all(made.map((dir) => rm(dir, { recursive: true, force: true }))));

/** A folder of migrations of a test's own, by file name; removed when the test file ends. */
export async function writeMigrations(
  files: Readonly<Record<string, string | Buffer>> = {},
): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'gander-migrations-'));
  made.push(dir);
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(path.join(dir, name), text)));
  return dir;
}

/** A goose file with these sections; without `down` it is irreversible. */
export function goose(up: string, down?: string): string {
  return `-- +goose Up\n${up}\n${down === undefined ? '' : `\n-- +goose Down\n${down}\n`}`;
}

/** The same outside a transaction. */
export function gooseWithoutTransaction(up: string, down?: string): string {
  return `-- +goose NO TRANSACTION\n${goose(up, down)}`;
}

/** Three small migrations that depend on each other. */
export const shop: Readonly<Record<string, string>> = {
  '1_create_users.sql': goose('CREATE TABLE users (id bigint PRIMARY KEY);', 'DROP TABLE users;'),
  '2_create_orders.sql': goose(
    'CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);\nCREATE INDEX orders_user ON orders (user_id);',
    'DROP TABLE orders;',
  ),
  '3_add_phone.sql': goose(
    'ALTER TABLE users ADD COLUMN phone text;',
    'ALTER TABLE users DROP COLUMN phone;',
  ),
};
