// A service's pool comes from the service's own copy of pg, which need not be ours.
import type { PoolClient, Query } from 'pg';
import { GanderError } from './errors.ts';

/**
 * The engine puts many queries on the wire at once, which pg can since 8.23, and its native bindings cannot: others would
 * fail in the middle of a migration.
 *
 * @throws GanderError `invalid_request`; the client is given back then
 */
export function requireDriver(client: PoolClient): void {
  if (Reflect.has(client, 'pipeline')) return;
  client.release();
  throw new GanderError(
    'invalid_request',
    'The pool was made by a version of pg that is too old for Gander, or by pg-native.',
    { next: 'Make it with pg 8.23 or newer (npm install pg@^8.23); npm ls pg tells which ones are there.' },
  );
}

/** A query that counts how many statements of its text are done, and how many rows they touched. */
export interface CountingQuery extends Query {
  completed: number;
  /** null while none has counted any. */
  rowCount: number | null;
}

/** What a query has and its type does not show: called at each CommandComplete (pg 8.23, query.js). */
interface Insides extends CountingQuery {
  _result: { command: string | null; rowCount: number | null };
  handleCommandComplete(...args: unknown[]): void;
}

/**
 * Of the class that the client's own queries are of: in pipeline mode it takes no other (pg 8.23, client.js).
 *
 * @param results whether each statement's result is wanted, or only their rows' number: a message may hold thousands
 */
export function countingQuery(
  client: PoolClient,
  text: string,
  results: 'each' | 'counted' = 'each',
): CountingQuery {
  const { Query: Own } = client.constructor as unknown as { Query: typeof Query };
  const query = Object.assign(new Own({ text }) as Insides, {
    completed: 0,
    rowCount: null as number | null,
  });
  const inherited = query.handleCommandComplete.bind(query);
  query.handleCommandComplete = (...args) => {
    query.completed++;
    inherited(...args);
    const { rowCount } = query._result;
    if (rowCount !== null) query.rowCount = (query.rowCount ?? 0) + rowCount;
    // A result without a command is taken again for the next one.
    if (results === 'counted') Object.assign(query._result, { command: null, rowCount: null });
  };
  return query;
}
