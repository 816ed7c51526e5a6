import { comment, isNoMember, isUsers, lines } from './fragments.ts';
import type { Kind } from './kind.ts';
import { firing } from './triggers.ts';

/** But for the rule that makes a view a view. */
export const rules: Kind = {
  names: ['rule'],
  catalog: 'pg_rewrite',
  rows: ({ among }) => `
    SELECT 'rule' AS kind, r.oid, n.nspname AS schema, r.rulename AS name, c.relname::text AS on_table, NULL::jsonb AS columns,
      ${lines('pg_get_ruledef(r.oid)', firing('r.ev_enabled'), comment('pg_rewrite', 'r.oid'))} AS definition
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE r.rulename <> '_RETURN' AND ${isUsers('n')} AND ${isNoMember('pg_class', 'c.oid')} AND ${isNoMember('pg_rewrite', 'r.oid')}
      AND ${among('r.oid')}`,
};
