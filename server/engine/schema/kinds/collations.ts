import { comment, isNoMember, isUsers, lines, owner, when } from './fragments.ts';
import type { Kind } from './kind.ts';

/** What a locale is called has moved from field to field with the versions. */
const LOCALE = `coalesce(to_jsonb(o) ->> 'colllocale', to_jsonb(o) ->> 'colliculocale', to_jsonb(o) ->> 'collcollate')`;

export const collations: Kind = {
  names: ['collation'],
  catalog: 'pg_collation',
  rows: ({ among }) => `
    SELECT 'collation' AS kind, o.oid, n.nspname AS schema, o.collname AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE COLLATION %I.%I', n.nspname, o.collname)`,
        `'PROVIDER ' || CASE o.collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc' WHEN 'b' THEN 'builtin' ELSE 'default' END`,
        `'LOCALE ' || quote_literal(${LOCALE})`,
        `'RULES ' || quote_literal(to_jsonb(o) ->> 'collicurules')`,
        when('NOT o.collisdeterministic', `'NOT DETERMINISTIC'`),
        owner('o.collowner'),
        comment('pg_collation', 'o.oid'),
      )} AS definition
    FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace
    WHERE ${isUsers('n')} AND ${isNoMember('pg_collation', 'o.oid')} AND ${among('o.oid')}`,
};
