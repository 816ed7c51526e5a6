// Real goose, for tests that hold Gander against it: `go install github.com/pressly/goose/v3/cmd/goose@v3.27.3` puts it
// on the PATH; without it they are skipped.
import { spawnSync } from 'node:child_process';
import { type Ended, run } from './command.ts';
import type { TestDatabase } from './database.ts';

/** For the `skip` of a test: the reason, or false where goose is at hand. */
export const withoutGoose =
  spawnSync('goose', ['--version']).error === undefined ? false : 'goose is not on the PATH';

/** Runs a command of goose on a database; `words` is the command, with goose's flags after it. */
export function runGoose(
  database: TestDatabase,
  dir: string,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return run('goose', ['-dir', dir, 'postgres', database.url, ...words], { env });
}

/** The file that goose stopped at, as it says: `ERROR 3_x.sql: failed to …`; null when it stopped at none. */
export function stoppedAt({ err }: Ended): string | null {
  return /ERROR ([^:\s]+):/.exec(err)?.[1] ?? null;
}

/** What the history table holds, oldest row first: `1 2 -2`. */
export async function gooseRows(database: TestDatabase, table = 'goose_db_version'): Promise<string> {
  const { rows } = await database.pool.query<{ row: string }>(
    `SELECT CASE WHEN is_applied THEN '' ELSE '-' END || version_id AS row FROM ${table} ORDER BY id`,
  );
  return rows.map(({ row }) => row).join(' ');
}

/** The files that goose's status lists, in its order. */
export async function statusOfGoose(
  database: TestDatabase,
  dir: string,
  env: Record<string, string> = {},
): Promise<string[]> {
  const { err } = await runGoose(database, dir, ['status'], env);
  return [...err.matchAll(/ -- (.+\.sql)$/gm)].map(([, file]) => file!);
}
