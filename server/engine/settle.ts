import { setTimeout as sleep } from 'node:timers/promises';
import type { DirtyKind } from './journal/index.ts';
import type { Client } from './postgres.ts';
import type { SectionWork, Session } from './session.ts';

const PATIENCE_MS = 5_000;

/**
 * What became of a transaction whose COMMIT was sent but not answered. PostgreSQL remembers
 * (docs: 9.27, `pg_xact_status`); while the old session is still at it, the answer is waited for. Where not even the
 * transaction's number came back, its history row tells, as soon as the old session has ended.
 *
 * @param xid the transaction; null when the connection broke before its number was known
 */
export async function outcomeOf(
  session: Session,
  work: SectionWork,
  xid: string | null,
): Promise<DirtyKind | 'committed'> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(100)) {
    const status = await session.log
      .write((client) => (xid === null ? statusByRow(client, session, work) : statusOf(client, xid)))
      .catch(() => null); // out of reach, or too long ago: nobody can tell from here
    if (status === 'committed') return 'committed';
    if (status === 'aborted') return 'rolled back';
    if (status !== 'in progress' || performance.now() > deadline) return 'in doubt';
  }
}

async function statusOf(client: Client, xid: string): Promise<string | null> {
  const { rows } = await client.query('SELECT pg_xact_status($1::xid8) AS status', [xid]);
  return rows[0].status;
}

async function statusByRow(
  client: Client,
  { pid, history }: Session,
  { migration, direction }: SectionWork,
): Promise<string> {
  const { rows } = await client.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid]);
  if (rows.length > 0) return 'in progress';
  const records = await history.read(client);
  const stands = records.some(({ version, dirty }) => version === migration.version && !dirty);
  return stands === (direction === 'up') ? 'committed' : 'aborted';
}
