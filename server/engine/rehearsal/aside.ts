import type { QueryResult, QueryResultRow } from 'pg';
import { type Client, hasSqlstate, literal, SQLSTATE, together } from '../postgres.ts';
import { PLAIN_SETTINGS } from '../schema/plain-settings.ts';

/** The text may have set anything. What a message is written in is among it. */
const SETTINGS = Object.entries({ ...PLAIN_SETTINGS, client_encoding: 'UTF8', client_min_messages: 'error' })
  .map(([name, value]) => `SET LOCAL ${name} = ${literal(value)}`)
  .join('; ');

/** How the queries are called that the server keeps the plans of. */
export const PREPARED = 'gander_aside_';

/**
 * Reads within the open transaction, under settings of its own, and leaves neither a setting nor a lock behind: in a
 * savepoint that is rolled back.
 *
 * The same queries are asked after every statement, and what takes them longest is to be planned: so the server keeps their
 * plans.
 */
export class Aside {
  readonly #client: Client;
  readonly #names = new Map<string, string>();
  #made = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Asks in one round trip. @throws what the server says to the first that fails; the transaction is as it was before */
  async read<Row extends QueryResultRow>(queries: readonly string[]): Promise<QueryResult<Row>[]> {
    return this.#read<Row>(queries).catch((error: unknown) => {
      if (!hasSqlstate(error, SQLSTATE.noSuchStatement)) throw error;
      // The text has given all plans back (DEALLOCATE ALL).
      this.#names.clear();
      return this.#read<Row>(queries);
    });
  }

  async #read<Row extends QueryResultRow>(queries: readonly string[]): Promise<QueryResult<Row>[]> {
    const answers = await together(this.#client, () => [
      this.#client.query(`SAVEPOINT gander_aside; ${SETTINGS}`),
      ...queries.map((text) => this.#client.query<Row>({ name: this.#nameOf(text), text })),
      this.#client.query('ROLLBACK TO gander_aside; RELEASE gander_aside'),
    ]);
    return answers.slice(1, -1) as QueryResult<Row>[];
  }

  #nameOf(text: string): string {
    const name = this.#names.get(text) ?? `${PREPARED}${this.#made++}`;
    this.#names.set(text, name);
    return name;
  }
}
