import { type Table, tableKey } from '../history/history.ts';
import type { Client } from '../postgres.ts';
import { type Journal, noJournal } from './journal.ts';
import { postgresJournal } from './postgres.ts';

export * from './journal.ts';
export {
  readRun,
  readRuns,
  readRunsOf,
  type RunOfMigration,
  type RunRecord,
  type RunStep,
  type RunSummary,
} from './runs.ts';

/** The journal if its tables are there and this role may read them (or, for `write`, write them), else `noJournal`. */
export async function openJournal(client: Client, table: Table, use: 'read' | 'write'): Promise<Journal> {
  const { rows } = await client.query(
    `SELECT count(*) = 5 AS usable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'gander' AND c.relname IN ('runs', 'steps', 'statements', 'applied', 'dirty')
       AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, $1)`,
    [use === 'read' ? 'SELECT' : 'INSERT'],
  );
  return rows[0].usable === true ? postgresJournal(tableKey(table)) : noJournal;
}
