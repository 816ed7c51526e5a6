import assert from 'node:assert/strict';
import { MigrationFailed, type State } from '../../server/engine/index.ts';
import type { TestDatabase } from './database.ts';

/** `1 applied, 2 dirty rolled back, 3 pending`. */
export function summary({ migrations }: State): string {
  return migrations
    .map(({ version, state, fileState, dirty }) =>
      [version, state, dirty?.kind, fileState === 'ok' ? undefined : fileState].filter(Boolean).join(' '),
    )
    .join(', ');
}

export async function failureOf(run: Promise<unknown>): Promise<MigrationFailed> {
  const error = await run.then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof MigrationFailed, String(error));
  return error;
}

export async function tables(database: TestDatabase): Promise<string> {
  const rows = await database.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'goose_db_version') ORDER BY 1`,
  );
  return rows.map(({ name }) => name).join(' ');
}
