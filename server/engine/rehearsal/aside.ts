import type { QueryResult, QueryResultRow } from 'pg';
import { type Client, literal, together } from '../postgres.ts';
import { PLAIN_SETTINGS } from '../schema/plain-settings.ts';

/** The text may have set anything. What a message is written in is among it. */
const SETTINGS = Object.entries({ ...PLAIN_SETTINGS, client_encoding: 'UTF8', client_min_messages: 'error' })
  .map(([name, value]) => `SET LOCAL ${name} = ${literal(value)}`)
  .join('; ');

/**
 * Reads within the open transaction, under settings of our own, and leaves neither a setting nor a lock of it behind: in a
 * savepoint that is rolled back. One round trip.
 *
 * @throws what the server says to the first that fails; the transaction is as it was before
 */
export async function aside<Row extends QueryResultRow>(
  client: Client,
  queries: readonly string[],
): Promise<QueryResult<Row>[]> {
  const answers = await together(client, () => [
    client.query(`SAVEPOINT gander_aside; ${SETTINGS}`),
    ...queries.map((sql) => client.query<Row>(sql)),
    client.query('ROLLBACK TO gander_aside; RELEASE gander_aside'),
  ]);
  return answers.slice(1, -1) as QueryResult<Row>[];
}
