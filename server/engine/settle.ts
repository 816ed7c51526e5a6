import { setTimeout as sleep } from 'node:timers/promises';
import type { DirtyKind } from './journal/index.ts';
import type { Client } from './postgres.ts';
import type { SectionWork, Session } from './session.ts';

const PATIENCE_MS = 5_000;
/** So long an abandoned session may take to notice by itself that it is one. */
const UNTIL_ENDED_MS = 1_000;

/**
 * What became of a transaction whose COMMIT was sent but not answered. Its history row was part of it, and tells: as soon
 * as the session that sent it has ended, so that nothing can be committed any more. A session that does not notice that
 * its connection is gone is ended.
 *
 * `pg_xact_status` (docs: 9.27) is not asked. A server that crashes forgets transactions that it never wrote down, gives
 * their numbers out again, and then says `committed` of somebody else's.
 */
export async function outcomeOf(session: Session, work: SectionWork): Promise<DirtyKind | 'committed'> {
  const started = performance.now();
  for (;;) {
    const waited = performance.now() - started;
    const outcome = await session.log
      .write((client) => look(client, session, work, waited > UNTIL_ENDED_MS))
      .catch(() => null); // out of reach: nobody can tell from here
    if (outcome !== 'in progress') return outcome ?? 'in doubt';
    if (waited > PATIENCE_MS) return 'in doubt';
    await sleep(100);
  }
}

async function look(
  client: Client,
  { pid, startedAt, history }: Session,
  { migration, direction }: SectionWork,
  end: boolean,
): Promise<'in progress' | 'committed' | 'rolled back'> {
  const { rows } = await client.query(
    `SELECT CASE WHEN $3 THEN pg_terminate_backend(pid) END FROM pg_stat_activity WHERE pid = $1 AND extract(epoch FROM backend_start)::text = $2`,
    [pid, startedAt, end],
  );
  if (rows.length > 0) return 'in progress';
  const records = await history.read(client);
  const stands = records.some(({ version, dirty }) => version === migration.version && !dirty);
  return stands === (direction === 'up') ? 'committed' : 'rolled back';
}
