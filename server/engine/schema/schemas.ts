import { GanderError } from '../errors.ts';
import { tableKey } from '../history/index.ts';
import { lookAround } from '../observe.ts';
import type { EngineOptions } from '../options.ts';
import { type Client, withClient } from '../postgres.ts';
import { blame, type Blamed } from './diff/blame.ts';
import { diffSchemas, type SchemaDiff } from './diff/diff.ts';
import type { SchemaObject } from './diff/object.ts';
import { tablesOfKeys } from './recording/histories.ts';
import {
  type ChangeRecord,
  diffOf,
  newestRecord,
  recordOf,
  recordsOf,
  schemaAfter,
  versionsUpTo,
} from './records.ts';
import { takeSnapshot } from './snapshot.ts';

/** What was recorded of a migration, and what it changed. */
export interface RecordedChange extends ChangeRecord {
  readonly diff: SchemaDiff;
}

/** The schema as it was after a record. */
export interface RecordedSchema {
  readonly of: ChangeRecord;
  readonly objects: readonly Blamed[];
  /** By their ids. */
  readonly records: ReadonlyMap<string, ChangeRecord>;
}

/**
 * The schema of a database: as it is, as it was after a migration, and what is different between any two of these. All of it
 * only reads.
 *
 * Every call throws GanderError as Migrator's do; `busy` when somebody holds a lock on what has to be read.
 */
export class Schemas {
  readonly #options: EngineOptions;

  constructor(options: Omit<EngineOptions, 'prepare'>) {
    this.#options = options;
  }

  /**
   * Everything that migrations can change, as it is now. What extensions own is left out, and Gander's own tables.
   *
   * @param lockTimeout how long to wait for somebody's lock, in milliseconds. Default: 2 seconds
   */
  async now(lockTimeout?: number): Promise<SchemaObject[]> {
    return this.#with((client, history) => current(client, history, lockTimeout));
  }

  /** The schema as it was after a version was last applied. @throws GanderError `invalid_request` when that was not recorded */
  async after(version: bigint): Promise<SchemaObject[]> {
    return this.#with(async (client, history) =>
      schemaAfter(client, await requireRecord(client, history, version)),
    );
  }

  /**
   * The schema as the records have it, after a version was last applied or, without one, after the newest of them; and which
   * of them made each object and each column what it is. null when nothing has been recorded.
   */
  async recorded(version: bigint | null): Promise<RecordedSchema | null> {
    return this.#with(async (client, { key, isRecorded }) => {
      if (!isRecorded) return null;
      const of = version === null ? await newestRecord(client, key) : await recordOf(client, key, version);
      if (of === null) return null;
      const [objects, records] = [blame(await versionsUpTo(client, of)), await recordsOf(client, key)];
      return { of, objects, records };
    });
  }

  /** What a version changed when it was last applied; null when that was not recorded. */
  async changeOf(version: bigint): Promise<RecordedChange | null> {
    return this.#with(async (client, { key, isRecorded }) => {
      const record = isRecorded ? await recordOf(client, key, version) : null;
      return record === null ? null : { ...record, diff: await diffOf(client, record) };
    });
  }

  /** What is different after version `to`, held against what was after `from`. @throws as `after` */
  async between(from: bigint, to: bigint): Promise<SchemaDiff> {
    return this.#with(async (client, history) => {
      const [before, after] = [
        await requireRecord(client, history, from),
        await requireRecord(client, history, to),
      ];
      return diffSchemas(
        await schemaAfter(client, before),
        await schemaAfter(client, after),
        'same database',
      );
    });
  }

  /**
   * What has been done to the schema since the last record, by something else than a migration.
   *
   * @throws GanderError `invalid_request` when nothing has been recorded
   */
  async drift(): Promise<{ since: ChangeRecord; diff: SchemaDiff }> {
    return this.#with(async (client, history) => {
      const since = history.isRecorded ? await newestRecord(client, history.key) : null;
      if (since === null) throw notRecorded('No change of the schema has been recorded yet.');
      const before = await schemaAfter(client, since);
      return { since, diff: diffSchemas(before, await current(client, history), 'same database') };
    });
  }

  async #with<T>(read: (client: Client, history: HistoryHere) => Promise<T>): Promise<T> {
    return withClient(this.#options.pool, async (client) => {
      const { history, journal } = await lookAround(client, this.#options, 'read');
      return read(client, { key: tableKey(history.table), isRecorded: journal.present });
    });
  }
}

interface HistoryHere {
  /** As the journal knows it. */
  readonly key: string;
  readonly isRecorded: boolean;
}

/** The histories of all that use the database are left out, as they are when changes are recorded. */
async function current(
  client: Client,
  { key, isRecorded }: HistoryHere,
  lockTimeout?: number,
): Promise<SchemaObject[]> {
  const { rows } = isRecorded
    ? await client.query<{ key: string }>('SELECT DISTINCT history_table AS key FROM gander.runs')
    : { rows: [] };
  const histories = tablesOfKeys([key, ...rows.map((row) => row.key)]);
  return takeSnapshot(client, { histories, lockTimeout });
}

async function requireRecord(
  client: Client,
  { key, isRecorded }: HistoryHere,
  version: bigint,
): Promise<ChangeRecord> {
  const record = isRecorded ? await recordOf(client, key, version) : null;
  if (record !== null) return record;
  throw notRecorded(`What the schema was after version ${version} has not been recorded.`);
}

function notRecorded(message: string): GanderError {
  return new GanderError('invalid_request', message, {
    next: 'It is recorded when migrations run, by Gander, with GANDER_SCHEMA_CHANGES not off.',
  });
}
