import { GanderError } from './errors.ts';
import type { Log } from './log.ts';
import { type Client, processOf } from './postgres.ts';

/**
 * Whose turn it is to ask for its process. In whatever order a pooler lends its connections, two clients that take these
 * turns outside a transaction meet on one of them, or one of them is given another; in session mode neither ever happens.
 */
const TURNS = ['ours', 'theirs', 'theirs', 'ours', 'theirs', 'ours', 'ours', 'theirs'] as const;

/**
 * Refuses a pooler that lends a server connection for one transaction only (PgBouncer's `pool_mode = transaction`): the
 * migration lock would be taken on one connection and given back on another, and never be free again.
 *
 * A pooler of any kind shows by the process that it names when the connection is opened: it is not the server's. Whether it
 * is one by the transaction is tried out, with the log's client for a second one.
 *
 * @param pid the server's process, as a query tells it
 * @throws GanderError `transaction_pooler`
 */
export async function refuseTransactionPooler(client: Client, pid: number, log: Log): Promise<void> {
  if (processOf(client) === pid) return;
  if (!(await log.write((other) => isLentInTurns(client, other, pid)))) return;
  throw new GanderError(
    'transaction_pooler',
    'Between here and the database is a pooler that changes the server’s connection with every transaction (as PgBouncer does with pool_mode = transaction): the migration lock cannot be held through it.',
    {
      next: 'Give Gander the database’s own address, or that of a pooler in session mode; the service itself may stay where it is.',
    },
  );
}

async function isLentInTurns(client: Client, other: Client, pid: number): Promise<boolean> {
  for (const turn of TURNS) {
    const asked = await pidOf(turn === 'ours' ? client : other);
    if ((asked === pid) !== (turn === 'ours')) return true;
  }
  return false;
}

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return rows[0].pid;
}
