import { quoteTable } from '../postgres.ts';
import { type History, type HistoryRow, readDigest, type Table, toRecord } from './history.ts';

/** Gander's default: one row a version, with a flag for dirty (`schema_migrations`). */
export function ganderHistory(table: Table): History {
  const name = quoteTable(table);
  const insert = (version: bigint, isDirty: boolean): string =>
    `INSERT INTO ${name} AS h (version_id, is_dirty, tstamp) VALUES (${version}, ${isDirty}, clock_timestamp())`;
  return {
    format: 'gander',
    table,
    newestId: () => `''`,
    async create(client) {
      await client.query(`
        CREATE TABLE IF NOT EXISTS ${name} (
          version_id bigint PRIMARY KEY,
          is_dirty boolean NOT NULL,
          tstamp timestamptz NOT NULL
        )`);
    },
    async read(client) {
      const { rows } = await client.query<HistoryRow>(`
        SELECT version_id::text AS version, is_dirty AS dirty, extract(epoch FROM tstamp) * 1000 AS at, '' AS id
        FROM ${name} WHERE version_id <> 0`);
      return rows.map(toRecord);
    },
    digest: (client) =>
      readDigest(
        client,
        `SELECT version_id AS version, is_dirty AS dirty FROM ${name} WHERE version_id <> 0`,
      ),
    markApplied: (version, from) =>
      from === 'pending'
        ? insert(version, false)
        : `WITH done AS (
             ${insert(version, false)}
             ON CONFLICT (version_id) DO UPDATE SET is_dirty = false, tstamp = excluded.tstamp WHERE h.is_dirty RETURNING 1)
           SELECT CASE WHEN EXISTS (SELECT FROM done) THEN 'true' ELSE 'applied meanwhile' END::boolean`,
    markDirty: (version) => `${insert(version, true)} ON CONFLICT (version_id) DO UPDATE SET is_dirty = true`,
    clearDirty: (version) => `UPDATE ${name} SET is_dirty = false WHERE version_id = ${version}`,
    remove: (version) => `DELETE FROM ${name} WHERE version_id = ${version}`,
  };
}
