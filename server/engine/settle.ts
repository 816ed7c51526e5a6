import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './postgres.ts';

const PATIENCE_MS = 5_000;

/**
 * What became of a transaction whose COMMIT was sent but not answered. PostgreSQL remembers
 * (docs: 9.26, `pg_xact_status`); while the old session is still at it, the answer is waited for.
 */
export async function outcomeOf(
  client: Client,
  xid: string,
): Promise<'committed' | 'rolled back' | 'in doubt'> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(100)) {
    const status = await statusOf(client, xid);
    if (status === 'committed') return 'committed';
    if (status === 'aborted') return 'rolled back';
    if (status !== 'in progress' || performance.now() > deadline) return 'in doubt';
  }
}

async function statusOf(client: Client, xid: string): Promise<string | null> {
  try {
    const { rows } = await client.query('SELECT pg_xact_status($1::xid8) AS status', [xid]);
    return rows[0].status;
  } catch {
    return null; // out of reach, or too long ago: nobody can tell from here
  }
}
