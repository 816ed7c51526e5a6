import { comment, isNoHistory, isNoMember, isUsers, lines, when } from './fragments.ts';
import type { Kind } from './kind.ts';

/** What an index has besides its definition, or that of its constraint. @param i the alias of pg_index, `x` of its pg_class */
export function indexState(i: string, x: string): readonly string[] {
  return [
    `(SELECT format('TABLESPACE %I', s.spcname) FROM pg_tablespace s WHERE s.oid = ${x}.reltablespace)`,
    `(SELECT format('PARTITION OF %I.%I', pn.nspname, p.relname) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
      JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = ${x}.oid)`,
    `(SELECT string_agg(format('ALTER COLUMN %s SET STATISTICS %s', a.attnum, a.attstattarget), chr(10) ORDER BY a.attnum)
      FROM pg_attribute a WHERE a.attrelid = ${x}.oid AND a.attstattarget >= 0)`,
    when(`${i}.indisclustered`, `'CLUSTER ON'`),
    when(`${i}.indisreplident`, `'REPLICA IDENTITY'`),
    when(`NOT ${i}.indisvalid`, `'INVALID'`),
  ];
}

/** Those that a constraint has made are told by the constraint. */
const IS_OF_NO_CONSTRAINT = `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = x.oid
  AND d.refclassid = 'pg_constraint'::regclass AND d.deptype = 'i')`;

export const indexes: Kind = {
  names: ['index'],
  catalog: 'pg_class',
  only: `relkind IN ('i', 'I')`,
  rows: ({ among, histories }) => `
    SELECT 'index' AS kind, x.oid, n.nspname AS schema, x.relname AS name, c.relname::text AS on_table, NULL::jsonb AS columns,
      ${lines('pg_get_indexdef(x.oid)', ...indexState('i', 'x'), comment('pg_class', 'x.oid'))} AS definition
    FROM pg_class x JOIN pg_index i ON i.indexrelid = x.oid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE x.relkind IN ('i', 'I') AND ${isUsers('n')} AND ${isNoHistory('c', 'n', histories)} AND ${IS_OF_NO_CONSTRAINT}
      AND ${isNoMember('pg_class', 'c.oid')} AND ${isNoMember('pg_class', 'x.oid')} AND ${among('x.oid')}`,
};
