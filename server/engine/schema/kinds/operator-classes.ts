import { comment, isNoMember, isUsers, lines, owner, when } from './fragments.ts';
import type { Kind } from './kind.ts';

export const operatorClasses: Kind = {
  names: ['operator class'],
  catalog: 'pg_opclass',
  rows: ({ among }) => `
    SELECT 'operator class' AS kind, o.oid, n.nspname AS schema, format('%s using %s', o.opcname, m.amname) AS name, NULL::text AS on_table,
      NULL::jsonb AS columns,
      ${lines(
        `format('CREATE OPERATOR CLASS %I.%I%s FOR TYPE %s USING %I FAMILY %I.%I', n.nspname, o.opcname,
          CASE WHEN o.opcdefault THEN ' DEFAULT' END, format_type(o.opcintype, NULL), m.amname, fn.nspname, f.opfname)`,
        when('o.opckeytype <> 0', `'STORAGE ' || format_type(o.opckeytype, NULL)`),
        owner('o.opcowner'),
        comment('pg_opclass', 'o.oid'),
      )} AS definition
    FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am m ON m.oid = o.opcmethod
    JOIN pg_opfamily f ON f.oid = o.opcfamily JOIN pg_namespace fn ON fn.oid = f.opfnamespace
    WHERE ${isUsers('n')} AND ${isNoMember('pg_opclass', 'o.oid')} AND ${among('o.oid')}`,
};
