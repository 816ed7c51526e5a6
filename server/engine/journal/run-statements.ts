import type { Client } from '../postgres.ts';
import type { StatementRecord, StepState } from './journal.ts';

export const STATEMENTS_A_PAGE = 100;
const NOTICES_SHOWN = 20;

/** A page of the statements of a step. */
export interface StatementsPage {
  readonly table: string;
  readonly version: bigint;
  readonly name: string;
  readonly transaction: boolean;
  readonly state: StepState;
  /** How many statements its file has; null where that is not recorded. */
  readonly of: number | null;
  readonly page: number;
  readonly pages: number;
  /** The page, from 1, that has the statement that failed or is running; null where there is none. */
  readonly currentPage: number | null;
  readonly statements: readonly (StatementRecord & { readonly noticeCount: number })[];
}

/** Lines, not statements, make the page: a line may stand for many that went to the server together. */
const READ = `
  WITH s AS (
    SELECT s.*, r.history_table FROM gander.steps s JOIN gander.runs r ON r.id = s.run_id WHERE s.run_id = $1 AND s.position = $2
  ),
  t AS (SELECT t.*, row_number() OVER (ORDER BY t.position) - 1 AS line_number FROM gander.statements t WHERE t.run_id = $1 AND t.step = $2),
  size AS (SELECT greatest(1, ceil(count(*) / ${STATEMENTS_A_PAGE}.0))::int4 AS pages FROM t)
  SELECT s.history_table AS table, s.version::text, s.name, s.transaction, s.state, s.statements AS of, size.pages,
    least($3::int4, size.pages) AS page,
    (SELECT (max(line_number) / ${STATEMENTS_A_PAGE} + 1)::int4 FROM t WHERE state IN ('running', 'failed')) AS current,
    (SELECT json_agg(json_build_object('position', t.position, 'count', t.count, 'line', t.line, 'kind', t.kind, 'object', t.object,
       'state', t.state, 'tookMs', t.took_ms, 'rowCount', t.row_count, 'noticeCount', jsonb_array_length(t.notices), 'notices', (
         SELECT coalesce(json_agg(left(n.text, 500) ORDER BY n.number), '[]')
         FROM jsonb_array_elements_text(t.notices) WITH ORDINALITY n (text, number)
         WHERE n.number > jsonb_array_length(t.notices) - ${NOTICES_SHOWN})) ORDER BY t.position)
     FROM t WHERE t.line_number / ${STATEMENTS_A_PAGE} = least($3, size.pages) - 1)::text AS statements
  FROM s, size`;

/** The statements of one step of a run, a page of them; null when there is no such step. @param page from 1; beyond the last is the last */
export async function readStatements(
  client: Client,
  id: string,
  position: number,
  page: number,
): Promise<StatementsPage | null> {
  const { rows } = await client.query(READ, [id, position, page]);
  const row = rows[0];
  if (row === undefined) return null;
  return {
    table: row.table,
    version: BigInt(row.version),
    name: row.name,
    transaction: row.transaction,
    state: row.state,
    of: row.of,
    page: row.page,
    pages: row.pages,
    currentPage: row.current,
    statements: JSON.parse(row.statements ?? '[]'),
  };
}
