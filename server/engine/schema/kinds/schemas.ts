import { comment, grants, isNoMember, isUsers, lines, owner, when } from './fragments.ts';
import type { Kind } from './kind.ts';

/** What initdb made of a schema; public's own is not the same on all versions. */
const AT_FIRST = `coalesce((SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid = 'pg_namespace'::regclass AND i.objoid = n.oid
  AND i.privtype = 'i'), acldefault('n', n.nspowner))`;

/** Public is as it came while it belongs to the cluster's first user (14) or pg_database_owner (15 and newer). */
const IS_AS_IT_CAME = `n.nspname = 'public' AND (n.nspowner = 10 OR pg_get_userbyid(n.nspowner) = 'pg_database_owner')`;

export const schemas: Kind = {
  names: ['schema'],
  catalog: 'pg_namespace',
  rows: ({ among }) => `
    SELECT 'schema' AS kind, n.oid, n.nspname AS schema, n.nspname AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE SCHEMA %I', n.nspname)`,
        when(`NOT (${IS_AS_IT_CAME})`, owner('n.nspowner')),
        grants('n.nspacl', `'n'`, AT_FIRST),
        `nullif(${comment('pg_namespace', 'n.oid')}, 'COMMENT ''standard public schema''')`,
      )} AS definition
    FROM pg_namespace n WHERE ${isUsers('n')} AND ${isNoMember('pg_namespace', 'n.oid')} AND ${among('n.oid')}`,
};
