import type { Client } from '../postgres.ts';
import { diffSchemas, type SchemaDiff } from './diff/diff.ts';
import type { SchemaObject } from './diff/object.ts';
import type { ObjectVersion } from './diff/blame.ts';
import { type ObjectRow, rowColumns, toObject, toObjects } from './rows.ts';

/** A change of the schema as it was recorded, without what it was. */
export interface ChangeRecord {
  readonly id: string;
  /** null: something else than a migration had done it, or a migration of another history. */
  readonly version: bigint | null;
  readonly direction: 'up' | 'down' | null;
  readonly runId: string;
  readonly at: Date;
  /** Why it is not known what was changed; null when it is. */
  readonly problem: string | null;
}

interface RecordRow {
  id: string;
  version: string | null;
  direction: 'up' | 'down' | null;
  run_id: string;
  at: string;
  problem: string | null;
}

const COLUMNS = `c.id::text, CASE WHEN c.history_table = $1 THEN c.version::text END AS version, c.direction, c.run_id::text,
  extract(epoch FROM c.at)::text AS at, c.problem`;

function toRecord({ id, version, direction, run_id, at, problem }: RecordRow): ChangeRecord {
  return {
    id,
    version: version === null ? null : BigInt(version),
    direction,
    runId: run_id,
    at: new Date(Number(at) * 1000),
    problem,
  };
}

/** What was recorded when a version was last applied; null when nothing was. */
export async function recordOf(
  client: Client,
  history: string,
  version: bigint,
): Promise<ChangeRecord | null> {
  const { rows } = await client.query<RecordRow>(
    `SELECT ${COLUMNS} FROM gander.schema_changes c
     WHERE c.history_table = $1 AND c.version = $2 AND c.direction = 'up' ORDER BY c.id DESC LIMIT 1`,
    [history, version.toString()],
  );
  return rows[0] === undefined ? null : toRecord(rows[0]);
}

/** The newest record of all; null when there is none. */
export async function newestRecord(client: Client, history: string): Promise<ChangeRecord | null> {
  const { rows } = await client.query<RecordRow>(
    `SELECT ${COLUMNS} FROM gander.schema_changes c ORDER BY c.id DESC LIMIT 1`,
    [history],
  );
  return rows[0] === undefined ? null : toRecord(rows[0]);
}

/** What a record says was changed. */
export async function diffOf(client: Client, { id }: ChangeRecord): Promise<SchemaDiff> {
  const { rows } = await client.query<ObjectRow & { since: string }>(
    `SELECT o.since::text, ${rowColumns('o')} FROM gander.schema_objects o WHERE o.since = $1
     UNION ALL SELECT o.since::text, ${rowColumns('o')} FROM gander.schema_objects o WHERE o.until = $1`,
    [id],
  );
  return diffSchemas(
    toObjects(rows.filter(({ since }) => since !== id)),
    toObjects(rows.filter(({ since }) => since === id)),
    'same database',
  );
}

/** The schema as it was after a record. */
export async function schemaAfter(client: Client, { id }: Pick<ChangeRecord, 'id'>): Promise<SchemaObject[]> {
  const { rows } = await client.query<ObjectRow>(
    `SELECT ${rowColumns('o')} FROM gander.schema_objects o WHERE o.since <= $1 AND (o.until IS NULL OR o.until > $1)`,
    [id],
  );
  return toObjects(rows);
}

/** Every definition that objects had up to a record, oldest first: of tables all, of others the last. */
export async function versionsUpTo(
  client: Client,
  { id }: Pick<ChangeRecord, 'id'>,
): Promise<ObjectVersion[]> {
  const { rows } = await client.query<ObjectRow & { since: string; stands: boolean }>(
    `SELECT o.since::text, o.until IS NULL OR o.until > $1 AS stands, ${rowColumns('o')} FROM gander.schema_objects o
     WHERE o.since <= $1 AND (o.until IS NULL OR o.until > $1 OR o.kind = 'table') ORDER BY o.since`,
    [id],
  );
  return rows.map((row) => ({ object: toObject(row), since: row.since, stands: row.stands }));
}

/** All records of the database by their ids. */
export async function recordsOf(client: Client, history: string): Promise<Map<string, ChangeRecord>> {
  const { rows } = await client.query<RecordRow>(`SELECT ${COLUMNS} FROM gander.schema_changes c`, [history]);
  return new Map(rows.map((row) => [row.id, toRecord(row)]));
}
