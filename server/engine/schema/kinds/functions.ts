import { comment, grants, isNoMember, isUsers, lines, owner } from './fragments.ts';
import type { Kind } from './kind.ts';

/** Where the function is one of SQL's own kinds, its name; null for none. */
const called = (field: string): string =>
  `CASE WHEN g.${field} <> 0 THEN (SELECT format('%I.%I', fn.nspname, f.proname) FROM pg_proc f JOIN pg_namespace fn ON fn.oid = f.pronamespace
    WHERE f.oid = g.${field}) END`;

const part = (name: string, value: string): string => `'  ${name} = ' || ${value}`;

/** No server has a function that would tell an aggregate's definition. */
const AGGREGATE = `(SELECT ${lines(
  `format('CREATE AGGREGATE %I.%I(%s) (', n.nspname, p.proname, pg_get_function_arguments(p.oid))`,
  part('SFUNC', called('aggtransfn')),
  part('STYPE', 'format_type(g.aggtranstype, NULL)'),
  `CASE WHEN g.aggtransspace <> 0 THEN ${part('SSPACE', 'g.aggtransspace::text')} END`,
  part('FINALFUNC', called('aggfinalfn')),
  `CASE WHEN g.aggfinalextra THEN '  FINALFUNC_EXTRA' END`,
  `CASE WHEN g.aggfinalmodify <> (CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END) THEN ${part('FINALFUNC_MODIFY', 'g.aggfinalmodify::text')} END`,
  part('COMBINEFUNC', called('aggcombinefn')),
  part('SERIALFUNC', called('aggserialfn')),
  part('DESERIALFUNC', called('aggdeserialfn')),
  part('INITCOND', 'quote_literal(g.agginitval)'),
  part('MSFUNC', called('aggmtransfn')),
  part('MINVFUNC', called('aggminvtransfn')),
  `CASE WHEN g.aggmtranstype <> 0 THEN ${part('MSTYPE', 'format_type(g.aggmtranstype, NULL)')} END`,
  part('MFINALFUNC', called('aggmfinalfn')),
  part('MINITCOND', 'quote_literal(g.aggminitval)'),
  `CASE WHEN g.aggsortop <> 0 THEN ${part('SORTOP', 'g.aggsortop::regoperator::text')} END`,
  `CASE WHEN g.aggkind = 'h' THEN '  HYPOTHETICAL' END`,
  `CASE WHEN p.proparallel <> 'u' THEN ${part('PARALLEL', 'p.proparallel::text')} END`,
  `')'`,
)} FROM pg_aggregate g WHERE g.aggfnoid = p.oid)`;

export const functions: Kind = {
  names: ['function', 'procedure', 'aggregate'],
  catalog: 'pg_proc',
  rows: ({ among }) => `
    SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind, p.oid, n.nspname AS schema,
      format('%s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `CASE p.prokind WHEN 'a' THEN ${AGGREGATE} ELSE rtrim(pg_get_functiondef(p.oid), chr(10)) END`,
        owner('p.proowner'),
        grants('p.proacl', `'f'`, `acldefault('f', p.proowner)`),
        comment('pg_proc', 'p.oid'),
      )} AS definition
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE ${isUsers('n')} AND ${isNoMember('pg_proc', 'p.oid')} AND ${among('p.oid')}
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')`,
};
