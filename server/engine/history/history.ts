import { createHash } from 'node:crypto';
import type { Client } from '../postgres.ts';

/** A table of the database, with the schema it was found in or will be created in. */
export interface Table {
  readonly schema: string;
  readonly name: string;
}

/** `schema.name`, with quotes only where nobody could read it otherwise: the journal knows a history by this. */
export function tableKey({ schema, name }: Table): string {
  return [schema, name]
    .map((part) => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part))
    .join('.');
}

/** What the table says of one version. A version without a record is not applied. */
export interface HistoryRecord {
  readonly version: bigint;
  /** Always false in a format that has no place for it: then the journal alone knows. */
  readonly dirty: boolean;
  readonly at: Date | null;
  /** What tells this record from another one of the same version, made later; `''` where the format has no such thing. */
  readonly id: string;
}

/** All versions that are applied or dirty as one value: see `digestOf`. */
export interface HistoryDigest {
  readonly versions: string;
  readonly dirty: boolean;
  /** The largest of them; null when there is none. */
  readonly largest: bigint | null;
}

/** What `History.digest` says of these versions, ascending, when they are all there is. */
export function digestOf(versions: readonly bigint[]): string {
  return createHash('md5').update(versions.join(',')).digest('hex');
}

interface DigestRow {
  versions: string;
  dirty: boolean;
  largest: string | null;
}

/** Reads the digest of the rows `(version bigint, dirty boolean)` that a query gives. */
export async function readDigest(client: Client, rowsSql: string): Promise<HistoryDigest> {
  const { rows } = await client.query<DigestRow>(`
    SELECT md5(array_to_string(coalesce(array_agg(version ORDER BY version), '{}'), ',')) AS versions,
           coalesce(bool_or(dirty), false) AS dirty, max(version)::text AS largest
    FROM (${rowsSql}) v`);
  const { versions, dirty, largest } = rows[0]!;
  return { versions, dirty, largest: largest === null ? null : BigInt(largest) };
}

/**
 * A table of applied versions. There are several formats; each passes the contract in test/engine/history.
 * Nothing here opens a transaction: the caller decides what a record belongs to.
 */
export interface History {
  readonly format: HistoryFormat;
  readonly table: Table;
  /** Makes the table. Two first starts may race: the caller holds the lock. */
  create(client: Client): Promise<void>;
  /** One record for each version that is applied or dirty, in no order. Version 0 (goose's first row) is left out. */
  read(client: Client): Promise<HistoryRecord[]>;
  /** The same in short, for a quick look at a long history. */
  digest(client: Client): Promise<HistoryDigest>;
  /**
   * What follows is SQL: one statement without parameters, so that it can go with others in one message; `''` where the
   * format has no place for it.
   *
   * Records a version as applied and clean. It fails with 23505 or 22P02 when the version is that already: then somebody
   * else has applied it.
   *
   * @param from what the version is before
   */
  markApplied(version: bigint, from: 'pending' | 'dirty'): string;
  /** An expression for the id of the newest record of a version; see HistoryRecord. */
  newestId(version: bigint): string;
  /** Records a version as dirty. */
  markDirty(version: bigint): string;
  /** Takes the flag off and leaves the version applied; nothing happens where it is not flagged. */
  clearDirty(version: bigint): string;
  /** Forgets a version; nothing happens where it is unknown. */
  remove(version: bigint): string;
}

/** `gander`: `schema_migrations (version_id, is_dirty, tstamp)`; `goose`: `goose_db_version`, as goose 3.27 keeps it. */
export type HistoryFormat = 'gander' | 'goose';

export interface HistoryRow {
  version: string;
  dirty: boolean;
  at: string | number | null;
  id: string;
}

/** Rows come as text and numbers, so that no type parser set on the caller's pool can bend them. */
export function toRecord(row: HistoryRow): HistoryRecord {
  return {
    version: BigInt(row.version),
    dirty: row.dirty,
    at: row.at === null ? null : new Date(Number(row.at)),
    id: row.id,
  };
}
