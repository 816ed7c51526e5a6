import { comment, isNoHistory, isNoMember, isUsers, lines } from './fragments.ts';
import type { Kind } from './kind.ts';

/** When a trigger or a rule fires, where that is not as usual. */
export function firing(state: string): string {
  return `CASE ${state} WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLED ON REPLICAS' WHEN 'A' THEN 'ENABLED ALWAYS' END`;
}

/** Those that a foreign key or a partitioned parent has made are left out. */
export const triggers: Kind = {
  names: ['trigger'],
  catalog: 'pg_trigger',
  rows: ({ among, histories }) => `
    SELECT 'trigger' AS kind, t.oid, n.nspname AS schema, t.tgname AS name, c.relname::text AS on_table, NULL::jsonb AS columns,
      ${lines('pg_get_triggerdef(t.oid)', firing('t.tgenabled'), comment('pg_trigger', 't.oid'))} AS definition
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND ${isUsers('n')} AND ${isNoHistory('c', 'n', histories)}
      AND ${isNoMember('pg_class', 'c.oid')} AND ${isNoMember('pg_trigger', 't.oid')} AND ${among('t.oid')}`,
};
