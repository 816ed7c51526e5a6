import { PREPARED } from './aside.ts';
import type { Stage } from './stage.ts';

/**
 * What is to be done at the end. Constraints are named one by one, so that those that later migrations make are not checked
 * otherwise than they say.
 */
const LEFT = `
  WITH late AS (
    SELECT format('%I.%I', n.nspname, c.conname) AS name, c.condeferred AS deferred
    FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.condeferrable
  )
  SELECT (SELECT 'SET CONSTRAINTS ' || string_agg(name, ', ') || ' IMMEDIATE' FROM late) AS check,
    (SELECT 'SET CONSTRAINTS ' || string_agg(name, ', ') || ' DEFERRED' FROM late WHERE deferred) AS defer,
    (SELECT string_agg(format('DEALLOCATE %I', p.name), '; ') FROM pg_prepared_statements p
     WHERE NOT starts_with(p.name, '${PREPARED}')) AS forget`;

interface Left {
  check: string | null;
  defer: string | null;
  forget: string | null;
}

/**
 * Does what the end of a migration's own transaction would do, and makes the session what it was when it began: checks what
 * was deferred, and takes back role, settings, prepared statements, temporary tables.
 *
 * @throws what the server says to what was deferred; the transaction is aborted then
 */
export async function settle({
  client,
  aside,
  facts,
}: Pick<Stage, 'client' | 'aside' | 'facts'>): Promise<void> {
  const [found] = await aside.read<Left & Record<string, unknown>>([LEFT]);
  const { check, defer, forget } = found!.rows[0]!;
  const reset = facts.reset.filter((sql) => sql !== 'DEALLOCATE ALL');
  const all = [...facts.resetRole, check, defer, ...reset, forget];
  await client.query(all.filter((sql) => sql !== null).join(';\n'));
}
