import type { Client } from '../postgres.ts';
import { literal, together } from '../postgres.ts';
import type { SchemaObject } from './diff/object.ts';
import { kinds, type Scope } from './kinds/index.ts';
import { PLAIN_SETTINGS } from './plain-settings.ts';
import { type ObjectRow, rowColumns, toObjects } from './rows.ts';

/** A table as its history is known. */
export interface HistoryTable {
  readonly schema: string;
  readonly name: string;
}

export interface SnapshotRequest {
  /** Tables that are left out, being no part of the schema: histories of migrations. */
  readonly histories: readonly HistoryTable[];
  /** How long to wait for somebody's lock, in milliseconds. Default: 2 seconds. */
  readonly lockTimeout?: number | undefined;
}

const LOCK_TIMEOUT_MS = 2_000;

/**
 * Everything that a migration can change in a schema, as it is at one moment; in two round trips and a transaction of its
 * own. Needs the right to connect only. What extensions own is left out, and so is Gander's own.
 *
 * @throws what the server says: 55P03 when somebody holds a lock on what has to be read
 */
export async function takeSnapshot(client: Client, request: SnapshotRequest): Promise<SchemaObject[]> {
  try {
    const [, { rows }] = await together(client, () => [
      client.query(
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${settings(request.lockTimeout ?? LOCK_TIMEOUT_MS)}`,
      ),
      client.query<{ server: number }>(`SELECT current_setting('server_version_num')::int AS server`),
    ]);
    const histories = `ARRAY[${request.histories.map((table) => literal(nameOf(table))).join(', ')}]::text[]`;
    const scope: Scope = { server: rows[0]!.server, histories, among: (oid) => `${oid} IS NOT NULL` };
    const results = await together(client, () =>
      kinds.map((kind) => client.query<ObjectRow>(`SELECT ${rowColumns('o')} FROM (${kind.rows(scope)}) o`)),
    );
    return toObjects(results.flatMap((result) => result.rows));
  } finally {
    await client.query('ROLLBACK');
  }
}

function settings(lockTimeout: number): string {
  return Object.entries({ ...PLAIN_SETTINGS, lock_timeout: String(lockTimeout) })
    .map(([name, value]) => `SET LOCAL ${name} = ${literal(value)}`)
    .join('; ');
}

/** How a history is named in `Scope.histories`. */
export function nameOf({ schema, name }: HistoryTable): string {
  return `${schema}/${name}`;
}
