import { comment, isNoMember, isUsers, lines, when } from './fragments.ts';
import type { Kind } from './kind.ts';

const HEAD = `format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s', p.polname, n.nspname, c.relname,
  CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
  CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
  (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY pg_get_userbyid(r) COLLATE "C")
   FROM unnest(p.polroles) r))`;

export const policies: Kind = {
  names: ['policy'],
  catalog: 'pg_policy',
  rows: ({ among }) => `
    SELECT 'policy' AS kind, p.oid, n.nspname AS schema, p.polname AS name, c.relname::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        HEAD,
        when('p.polqual IS NOT NULL', `format('USING (%s)', pg_get_expr(p.polqual, p.polrelid))`),
        when(
          'p.polwithcheck IS NOT NULL',
          `format('WITH CHECK (%s)', pg_get_expr(p.polwithcheck, p.polrelid))`,
        ),
        comment('pg_policy', 'p.oid'),
      )} AS definition
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${isUsers('n')} AND ${isNoMember('pg_class', 'c.oid')} AND ${isNoMember('pg_policy', 'p.oid')} AND ${among('p.oid')}`,
};
