import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './log.ts';

const PATIENCE_MS = 5_000;

/**
 * What became of a transaction whose COMMIT was sent but not answered. PostgreSQL remembers
 * (docs: 9.27, `pg_xact_status`); while the old session is still at it, the answer is waited for.
 */
export async function outcomeOf(log: Log, xid: string): Promise<'committed' | 'rolled back' | 'in doubt'> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(100)) {
    const status = await statusOf(log, xid);
    if (status === 'committed') return 'committed';
    if (status === 'aborted') return 'rolled back';
    if (status !== 'in progress' || performance.now() > deadline) return 'in doubt';
  }
}

async function statusOf(log: Log, xid: string): Promise<string | null> {
  try {
    const { rows } = await log.write((client) =>
      client.query('SELECT pg_xact_status($1::xid8) AS status', [xid]),
    );
    return rows[0].status;
  } catch {
    return null; // out of reach, or too long ago: nobody can tell from here
  }
}
