import { type Table, tableKey } from '../history/history.ts';
import type { Client } from '../postgres.ts';
import { type Journal, noJournal } from './journal.ts';
import { postgresJournal } from './postgres.ts';

export * from './journal.ts';
// What keeps a record, and what reads it for pages, is loaded when it is needed.
export type { Notebook } from './notebook.ts';
export type {
  CurrentStep,
  EndedSession,
  RunAction,
  RunPages,
  ShownStatement,
  ShownStep,
} from './run-pages.ts';
export type { StatementsPage } from './run-statements.ts';
export type { RunOfMigration, RunRecord, RunStep, RunSummary } from './runs.ts';

/**
 * The journal if its tables are there and this role may read them (and, for `write`, write them), else `noJournal`. What is
 * asked does not depend on the history, and is asked before this returns.
 */
export async function openJournal(
  client: Client,
  use: 'read' | 'write',
): Promise<(history: Table) => Journal> {
  const { rows } = await client.query(
    `SELECT count(*) = 10 AS readable, count(*) FILTER (WHERE writable) = 10 AS writable
     FROM (
       SELECT has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')
              AND has_table_privilege(c.oid, 'DELETE') AS writable
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'gander' AND c.relname IN ('runs', 'steps', 'statements', 'applied', 'dirty', 'texts', 'resolutions', 'actions',
                                                 'schema_changes', 'schema_objects')
         AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) own`,
  );
  const { readable, writable } = rows[0];
  const usable = use === 'read' ? readable : writable;
  return (history) => (usable ? postgresJournal(tableKey(history), writable) : noJournal);
}
