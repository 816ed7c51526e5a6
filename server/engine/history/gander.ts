import { type Client, quoteTable } from '../postgres.ts';
import { type History, type HistoryRow, readDigest, type Table, toRecord } from './history.ts';

/** Gander's default: one row a version, with a flag for dirty (`schema_migrations`). */
export function ganderHistory(table: Table): History {
  const name = quoteTable(table);
  const upsert = `
    INSERT INTO ${name} AS h (version_id, is_dirty, tstamp) VALUES ($1, $2, clock_timestamp())
    ON CONFLICT (version_id) DO UPDATE SET is_dirty = excluded.is_dirty`;
  return {
    format: 'gander',
    table,
    newestId: `''`,
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
    async markApplied(client, version) {
      const sql = `WITH done AS (${upsert}, tstamp = excluded.tstamp WHERE h.is_dirty RETURNING 1) SELECT 1 / count(*) FROM done`;
      await client.query(sql, [version.toString(), false]);
    },
    async markDirty(client, version) {
      await client.query(upsert, [version.toString(), true]);
    },
    async clearDirty(client: Client, version) {
      await client.query(`UPDATE ${name} SET is_dirty = false WHERE version_id = $1`, [version.toString()]);
    },
    async remove(client, version) {
      await client.query(`DELETE FROM ${name} WHERE version_id = $1`, [version.toString()]);
    },
  };
}
