import { columnsOf } from './columns.ts';
import {
  columnComments,
  columnGrants,
  comment,
  foreignOptions,
  grants,
  isNoHistory,
  isNoMember,
  isUsers,
  lines,
  options,
  owner,
  when,
} from './fragments.ts';
import type { Kind } from './kind.ts';

const HEAD = `format('CREATE %sTABLE %I.%I', CASE WHEN c.relkind = 'f' THEN 'FOREIGN ' WHEN c.relpersistence = 'u' THEN 'UNLOGGED ' END,
  n.nspname, c.relname)`;

const PARENTS = `(SELECT string_agg(format('%I.%I', pn.nspname, p.relname) || CASE WHEN i.inhdetachpending THEN ' DETACH PENDING' ELSE '' END, ', ' ORDER BY i.inhseqno)
  FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid)`;

const OF_TYPE = `(SELECT format('OF %I.%I', yn.nspname, y.typname) FROM pg_type y JOIN pg_namespace yn ON yn.oid = y.typnamespace
  WHERE y.oid = c.reloftype)`;

const SERVER = `(SELECT concat_ws(' ', format('SERVER %I', s.srvname), ${foreignOptions('f.ftoptions')})
  FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid)`;

export const tables: Kind = {
  names: ['table'],
  catalog: 'pg_class',
  only: `relkind IN ('r', 'p', 'f')`,
  rows: ({ among, histories }) => `
    SELECT 'table' AS kind, c.oid, n.nspname AS schema, c.relname AS name, NULL::text AS on_table, ${columnsOf('c.oid')} AS columns,
      ${lines(
        HEAD,
        OF_TYPE,
        when(
          'c.relispartition',
          `format('PARTITION OF %s %s', ${PARENTS}, pg_get_expr(c.relpartbound, c.oid))`,
        ),
        when('NOT c.relispartition', `'INHERITS (' || ${PARENTS} || ')'`),
        when(`c.relkind = 'p'`, `'PARTITION BY ' || pg_get_partkeydef(c.oid)`),
        SERVER,
        `(SELECT format('USING %I', m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap')`,
        `(SELECT format('TABLESPACE %I', s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace)`,
        options('c.reloptions'),
        `(SELECT ${options('o.reloptions', 'toast.')} FROM pg_class o WHERE o.oid = c.reltoastrelid)`,
        when('c.relrowsecurity', `'ROW LEVEL SECURITY ENABLED'`),
        when('c.relforcerowsecurity', `'ROW LEVEL SECURITY FORCED'`),
        `CASE WHEN c.relkind = 'f' THEN NULL ELSE CASE c.relreplident WHEN 'n' THEN 'REPLICA IDENTITY NOTHING' WHEN 'f' THEN 'REPLICA IDENTITY FULL' END END`,
        owner('c.relowner'),
        grants('c.relacl', `'r'`, `acldefault('r', c.relowner)`),
        columnGrants('c.oid'),
        comment('pg_class', 'c.oid'),
        columnComments('c.oid'),
      )} AS definition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND ${isUsers('n')} AND ${isNoHistory('c', 'n', histories)}
      AND ${isNoMember('pg_class', 'c.oid')} AND ${among('c.oid')}`,
};
