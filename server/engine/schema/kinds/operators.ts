import { comment, isNoMember, isUsers, lines, owner, when } from './fragments.ts';
import type { Kind } from './kind.ts';

const other = (name: string, field: string): string =>
  when(`o.${field} <> 0`, `'${name} ' || o.${field}::regoperator`);
const estimator = (name: string, field: string): string =>
  when(`o.${field} <> 0`, `'${name} ' || o.${field}::regproc`);

export const operators: Kind = {
  names: ['operator'],
  catalog: 'pg_operator',
  rows: ({ among }) => `
    SELECT 'operator' AS kind, o.oid, n.nspname AS schema,
      format('%s(%s, %s)', o.oprname, CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END, format_type(o.oprright, NULL)) AS name,
      NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE OPERATOR %I.%s', n.nspname, o.oprname)`,
        when('o.oprcode <> 0', `'FUNCTION ' || o.oprcode::regprocedure`),
        when('o.oprleft <> 0', `'LEFTARG ' || format_type(o.oprleft, NULL)`),
        `'RIGHTARG ' || format_type(o.oprright, NULL)`,
        other('COMMUTATOR', 'oprcom'),
        other('NEGATOR', 'oprnegate'),
        estimator('RESTRICT', 'oprrest'),
        estimator('JOIN', 'oprjoin'),
        when('o.oprcanhash', `'HASHES'`),
        when('o.oprcanmerge', `'MERGES'`),
        owner('o.oprowner'),
        comment('pg_operator', 'o.oid'),
      )} AS definition
    FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
    WHERE ${isUsers('n')} AND ${isNoMember('pg_operator', 'o.oid')} AND ${among('o.oid')}`,
};
