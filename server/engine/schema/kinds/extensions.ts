import { comment, lines, owner } from './fragments.ts';
import type { Kind } from './kind.ts';

/** plpgsql is there from the beginning. A comment that came with an extension is its own. */
export const extensions: Kind = {
  names: ['extension'],
  catalog: 'pg_extension',
  rows: ({ among }) => `
    SELECT 'extension' AS kind, x.oid, n.nspname AS schema, x.extname AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE EXTENSION %I SCHEMA %I VERSION %L', x.extname, n.nspname, x.extversion)`,
        owner('x.extowner'),
        comment('pg_extension', 'x.oid'),
      )} AS definition
    FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname <> 'plpgsql' AND ${among('x.oid')}`,
};
