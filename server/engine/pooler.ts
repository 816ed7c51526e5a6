import { GanderError } from './errors.ts';
import type { Log } from './log.ts';
import { type Client, processOf } from './postgres.ts';

/**
 * Refuses a pooler that lends a server connection for one transaction only (PgBouncer's `pool_mode = transaction`): the
 * migration lock would be taken on one connection and given back on another, and never be free again.
 *
 * A pooler of any kind shows by the process that it names when the connection is opened: it is not the server's. Whether it
 * is one by the transaction is tried out: the log's client occupies the connection that we had last.
 *
 * @param pid the server's process, as a query tells it
 * @throws GanderError `transaction_pooler`
 */
export async function refuseTransactionPooler(client: Client, pid: number, log: Log): Promise<void> {
  if (processOf(client) === pid) return;
  if (!(await log.write((other) => isLentInTurns(client, other)))) return;
  throw new GanderError(
    'transaction_pooler',
    'Between here and the database is a pooler that changes the server’s connection with every transaction (as PgBouncer does with pool_mode = transaction): the migration lock cannot be held through it.',
    {
      next: 'Give Gander the database’s own address, or that of a pooler in session mode; the service itself may stay where it is.',
    },
  );
}

/** Whether the server's connection that `client` had last is lent to `other`, or `client` gets another one each time. */
async function isLentInTurns(client: Client, other: Client): Promise<boolean> {
  const pid = await pidOf(client);
  if ((await pidOf(client)) !== pid) return true;
  await other.query('BEGIN');
  const isTaken = (await pidOf(other)) === pid || (await pidOf(client)) !== pid;
  await other.query('ROLLBACK');
  return isTaken;
}

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return rows[0].pid;
}
