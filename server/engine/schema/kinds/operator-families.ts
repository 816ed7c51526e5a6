import { comment, isNoMember, isUsers, lines, owner } from './fragments.ts';
import type { Kind } from './kind.ts';

const OPERATORS = `(SELECT string_agg(format('OPERATOR %s %s%s', a.amopstrategy, a.amopopr::regoperator,
    CASE a.amoppurpose WHEN 'o' THEN ' FOR ORDER BY' END), chr(10) ORDER BY a.amoplefttype, a.amoprighttype, a.amopstrategy)
  FROM pg_amop a WHERE a.amopfamily = f.oid)`;

const FUNCTIONS = `(SELECT string_agg(format('FUNCTION %s (%s, %s) %s', a.amprocnum, format_type(a.amproclefttype, NULL),
    format_type(a.amprocrighttype, NULL), a.amproc::regprocedure), chr(10) ORDER BY a.amproclefttype, a.amprocrighttype, a.amprocnum)
  FROM pg_amproc a WHERE a.amprocfamily = f.oid)`;

export const operatorFamilies: Kind = {
  names: ['operator family'],
  catalog: 'pg_opfamily',
  rows: ({ among }) => `
    SELECT 'operator family' AS kind, f.oid, n.nspname AS schema, format('%s using %s', f.opfname, m.amname) AS name, NULL::text AS on_table,
      NULL::jsonb AS columns,
      ${lines(
        `format('CREATE OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, m.amname)`,
        OPERATORS,
        FUNCTIONS,
        owner('f.opfowner'),
        comment('pg_opfamily', 'f.oid'),
      )} AS definition
    FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am m ON m.oid = f.opfmethod
    WHERE ${isUsers('n')} AND ${isNoMember('pg_opfamily', 'f.oid')} AND ${among('f.oid')}`,
};
