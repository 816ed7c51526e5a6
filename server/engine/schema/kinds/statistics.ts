import { comment, isNoMember, isUsers, lines, owner, when } from './fragments.ts';
import type { Kind } from './kind.ts';

export const statistics: Kind = {
  names: ['statistics'],
  catalog: 'pg_statistic_ext',
  rows: ({ among }) => `
    SELECT 'statistics' AS kind, s.oid, n.nspname AS schema, s.stxname AS name, c.relname::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        'pg_get_statisticsobjdef(s.oid)',
        when('s.stxstattarget >= 0', `'STATISTICS ' || s.stxstattarget`),
        owner('s.stxowner'),
        comment('pg_statistic_ext', 's.oid'),
      )} AS definition
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace JOIN pg_class c ON c.oid = s.stxrelid
    WHERE ${isUsers('n')} AND ${isNoMember('pg_statistic_ext', 's.oid')} AND ${among('s.oid')}`,
};
