import { viewDefaults } from './columns.ts';
import {
  columnComments,
  columnGrants,
  comment,
  grants,
  isNoMember,
  isUsers,
  lines,
  options,
  owner,
} from './fragments.ts';
import type { Kind } from './kind.ts';

export const views: Kind = {
  names: ['view', 'materialized view'],
  catalog: 'pg_class',
  only: `relkind IN ('v', 'm')`,
  rows: ({ among }) => `
    SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS kind, c.oid, n.nspname AS schema, c.relname AS name,
      NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE %sVIEW %I.%I', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' END, n.nspname, c.relname)`,
        `(SELECT format('USING %I', m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap')`,
        `(SELECT format('TABLESPACE %I', s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace)`,
        options('c.reloptions'),
        `'AS'`,
        'pg_get_viewdef(c.oid)',
        viewDefaults('c.oid'),
        owner('c.relowner'),
        grants('c.relacl', `'r'`, `acldefault('r', c.relowner)`),
        columnGrants('c.oid'),
        comment('pg_class', 'c.oid'),
        columnComments('c.oid'),
      )} AS definition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND ${isUsers('n')} AND ${isNoMember('pg_class', 'c.oid')} AND ${among('c.oid')}`,
};
