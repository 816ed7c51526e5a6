import { aside } from './aside.ts';
import type { Stage } from './stage.ts';

const DEFERRABLE = `
  SELECT string_agg(format('%I.%I', n.nspname, c.conname), ', ') AS all,
    string_agg(format('%I.%I', n.nspname, c.conname), ', ') FILTER (WHERE c.condeferred) AS deferred
  FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.condeferrable`;

/**
 * Does what the end of a migration's own transaction would do, and makes the session what it was when it began: checks what
 * was deferred, and takes back role, settings, temporary tables. Constraints are named one by one, so that those that
 * later migrations make are not checked otherwise than they say.
 *
 * @throws what the server says to what was deferred; the transaction is aborted then
 */
export async function settle({ client, facts }: Pick<Stage, 'client' | 'facts'>): Promise<void> {
  const [found] = await aside<{ all: string | null; deferred: string | null }>(client, [DEFERRABLE]);
  const { all, deferred } = found!.rows[0]!;
  const check = all === null ? [] : [`SET CONSTRAINTS ${all} IMMEDIATE`];
  const defer = deferred === null ? [] : [`SET CONSTRAINTS ${deferred} DEFERRED`];
  await client.query([...facts.resetRole, ...check, ...defer, ...facts.reset].join(';\n'));
}
