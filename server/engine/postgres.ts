import type { DatabaseError, Pool as PgPool, PoolClient, QueryResultRow } from 'pg';
import { requireDriver } from './driver.ts';
import { GanderError, messageOf } from './errors.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

/** One connection: what a function takes that needs the same session from start to end. */
export type Client = PoolClient;
/** The service's own pool, made with pg 8.23 or newer; a run needs two of its connections. It is never ended from here. */
export type Pool = PgPool;

/** SQLSTATEs that are decided upon. https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const SQLSTATE = {
  duplicateSchema: '42P06',
  uniqueViolation: '23505',
  insufficientPrivilege: '42501',
  invalidText: '22P02',
  readOnlyTransaction: '25006',
  divisionByZero: '22012',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  invalidParameter: '22023',
  notSupported: '0A000',
  unsafeEnumValue: '55P04',
  noSuchStatement: '26000',
} as const;

/**
 * What the server itself said, or null when the error is not the server's (a broken connection, a bug). Told by its fields:
 * a service's own copy of pg has a class of its own for it.
 */
export function serverError(error: unknown): DatabaseError | null {
  return error instanceof Error && 'severity' in error ? (error as DatabaseError) : null;
}

export function hasSqlstate(error: unknown, ...codes: string[]): boolean {
  const code = serverError(error)?.code;
  return code !== undefined && codes.includes(code);
}

/**
 * True when the session behind this error is gone: the socket broke (Node's E…), or the server ended the session
 * (class 57P: admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_session_timeout).
 */
export function isConnectionLoss(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return /^(57P|08|E[A-Z]+$)/.test(code);
  return error instanceof AggregateError || (error instanceof Error && LOST.test(error.message));
}

/** node-postgres gives these no code (pg 8.23, client.js and pg-pool). */
const LOST = /^Connection terminated|is not queryable$|^timeout exceeded|^timeout expired/;

/** Wraps what `pool.connect()` throws: one sentence for people, never the connection string or the password. */
export function unreachable(error: unknown): GanderError {
  const code = serverError(error)?.code ?? '';
  const reason = messageOf(error) || (error as { code?: string }).code || 'no answer'; // Node's AggregateError has no message
  return new GanderError('unreachable', `The database cannot be reached: ${reason}.`, {
    next: nextAfterRefusal(code),
    cause: error,
  });
}

function nextAfterRefusal(code: string): string {
  if (code.startsWith('28')) return 'Check the user name and the password in the database’s address.';
  if (code === '3D000') return 'Check the name in the database’s address, or create the database.';
  if (code === '53300') return 'The server has no connection to spare: close some, or raise max_connections.';
  return 'Check that the server is running, and the host and the port in the database’s address.';
}

/**
 * Takes one connection from the pool for the time of `work`. The session is dropped afterwards if `work` threw.
 *
 * @throws what `work` throws; GanderError `unreachable` when there is no connection, or it broke meanwhile;
 *   `not_permitted` and `refused` for what else the server says
 */
export async function withClient<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw asGanderError(error);
  }
}

/** What the server or the connection says outside a migration, in a sentence. */
export function asGanderError(error: unknown): unknown {
  if (error instanceof GanderError) return error;
  if (isConnectionLoss(error)) return unreachable(error);
  const server = serverError(error);
  if (server === null) return error;
  if (hasSqlstate(error, SQLSTATE.insufficientPrivilege, SQLSTATE.readOnlyTransaction)) {
    return new GanderError('not_permitted', `PostgreSQL does not allow it: ${server.message}.`, {
      next: 'Use a role that may, or grant this one what it needs.',
      cause: error,
    });
  }
  if (isBusy(error)) return busy(error);
  return new GanderError('refused', `PostgreSQL refused: ${server.message} (SQLSTATE ${server.code}).`, {
    cause: error,
  });
}

/** One query on any connection of the pool. @throws as `withClient` */
export async function ask<Row extends QueryResultRow>(
  pool: Pool,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return withClient(pool, async (client) => (await client.query<Row>(sql, [...values])).rows);
}

/** What pg's client has and its types do not show (pg 8.23). */
interface Insides {
  pipeline: boolean;
  readonly processID: number;
  readonly connectionParameters: { query_timeout: unknown };
  readonly connection: { readonly stream: { cork(): void; uncork(): void } };
}

/** The server's process for this connection, as it was told when the connection was opened. */
export function processOf(client: Client): number {
  return (client as unknown as Insides).processID;
}

/**
 * Takes off the limit that the pool's owner may have set (`query_timeout`): it gives up waiting and lets the server go on,
 * so that what becomes of a migration would not be known.
 */
export function waitForAnswers(client: Client): void {
  (client as unknown as Insides).connectionParameters.query_timeout = 0;
}

/**
 * Puts everything that `send` asks of a client on the wire at once, in one packet where it fits: one round trip (pg's
 * `pipeline`). Outside a transaction each query stands for itself; within one an error makes all that follows fail.
 *
 * @returns the answers, in order
 * @throws what the first one in order failed with, after all have been answered
 */
export async function together<const Queries extends readonly Promise<unknown>[]>(
  client: Client,
  send: () => Queries,
): Promise<{ -readonly [K in keyof Queries]: Awaited<Queries[K]> }> {
  const insides = client as unknown as Insides;
  const { stream } = insides.connection;
  onTheWire.set(client, (onTheWire.get(client) ?? 0) + 1);
  insides.pipeline = true;
  stream.cork();
  let sent: Queries;
  try {
    sent = send();
  } finally {
    stream.uncork();
  }
  await Promise.allSettled(sent);
  const others = onTheWire.get(client)! - 1;
  onTheWire.set(client, others);
  insides.pipeline = others > 0;
  return await Promise.all(sent);
}

/** How many lots a client has been sent that are not answered yet: until they are, it stays in pipeline mode. */
const onTheWire = new WeakMap<Client, number>();

function isBusy(error: unknown): boolean {
  return hasSqlstate(error, SQLSTATE.lockNotAvailable, SQLSTATE.queryCanceled);
}

function busy(cause: unknown): GanderError {
  return new GanderError(
    'busy',
    'What has to be read is locked, most likely by a migration that is running.',
    { next: 'Try again in a moment.', cause },
  );
}

/** A connection whose loss, while nobody waits for it, is not an uncaught error: the next query reports it. */
export async function connect(pool: Pool): Promise<Client> {
  const client = await pool.connect().catch((error: unknown) => {
    // A session that begins reads catalogs, and somebody may have locked those.
    throw isBusy(error) ? busy(error) : unreachable(error);
  });
  requireDriver(client);
  if (client.listenerCount('error') === 0) client.on('error', () => {});
  return client;
}

/** A value, safe to paste into SQL: for what goes with other statements in one message, which takes no parameters. */
export function literal(value: string | number | bigint | null): string {
  return typeof value === 'string' ? quoteLiteral(value) : String(value);
}

/** `"schema"."table"`, safe to paste into SQL. */
export function quoteTable(table: { schema: string; name: string }): string {
  return `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
}
