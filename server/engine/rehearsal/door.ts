import { type Client, together } from '../postgres.ts';

/** What holds while a statement is rehearsed; milliseconds. */
export interface Bounds {
  /** The transaction that it has to be in, as `pg_current_xact_id()` tells it. */
  readonly transaction: string;
  readonly lockTimeout: number;
  readonly statementTimeout: number;
}

/**
 * Runs any text in the open transaction, which it cannot end: PostgreSQL itself refuses transaction control (0A000, 2D000)
 * and what works in transactions of its own (25001) to whatever a function executes, however deep it calls.
 *
 * The text goes there as the value of a setting, so nothing in it has to be quoted, and nothing in it can be a quote's end.
 * Every name is written with its schema: the text may have put others in its way.
 *
 * @returns how many rows its last statement touched
 * @throws what the server says; the transaction is aborted then, but not over
 */
export async function runBehindDoor(client: Client, sql: string, bounds: Bounds): Promise<number> {
  await together(client, () => [
    client.query(SETTINGS, [sql, `${bounds.lockTimeout}`, `${bounds.statementTimeout}`]),
    client.query(doorTo(bounds.transaction)),
  ]);
  const { rows } = await client.query<{ rows: string }>(
    `SELECT pg_catalog.current_setting('gander.rehearsed') AS rows`,
  );
  return Number(rows[0]!.rows);
}

/** Set anew for every statement: an earlier one may have set them. */
const SETTINGS = `SELECT pg_catalog.set_config('gander.rehearsed', $1, true), pg_catalog.set_config('lock_timeout', $2, true),
  pg_catalog.set_config('statement_timeout', $3, true), pg_catalog.set_config('client_min_messages', 'debug1', true)`;

function doorTo(transaction: string): string {
  return `DO LANGUAGE plpgsql $gander$
DECLARE
  touched pg_catalog.int8;
BEGIN
  IF pg_catalog.pg_current_xact_id()::pg_catalog.text OPERATOR(pg_catalog.<>) '${transaction}' THEN
    RAISE EXCEPTION 'The transaction of the rehearsal is over.' USING ERRCODE = 'invalid_transaction_termination';
  END IF;
  EXECUTE pg_catalog.current_setting('gander.rehearsed');
  GET DIAGNOSTICS touched = ROW_COUNT;
  PERFORM pg_catalog.set_config('gander.rehearsed', touched::pg_catalog.text, true);
END $gander$`;
}
