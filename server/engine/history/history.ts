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
  /**
   * Records a version as applied and clean.
   *
   * The query is sent before this returns its promise, so that it can be one of many on the wire.
   *
   * @throws DatabaseError 22012 when the version is applied and clean already: then somebody else has applied it
   */
  markApplied(client: Client, version: bigint): Promise<void>;
  /** SQL for the id of the newest record of the version `$2`; see HistoryRecord. */
  readonly newestId: string;
  /** Records a version as dirty, as far as the format can. */
  markDirty(client: Client, version: bigint): Promise<void>;
  /** Takes the flag off and leaves the version applied; nothing to do where it is not flagged. */
  clearDirty(client: Client, version: bigint): Promise<void>;
  /** Forgets a version; nothing to do where it is unknown. */
  remove(client: Client, version: bigint): Promise<void>;
}

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
