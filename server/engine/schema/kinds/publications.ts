import { comment, isNoMember, lines, owner, when } from './fragments.ts';
import type { Kind } from './kind.ts';

const OPERATIONS = `concat_ws(', ', ${when('p.pubinsert', `'insert'`)}, ${when('p.pubupdate', `'update'`)}, ${when('p.pubdelete', `'delete'`)}, ${when('p.pubtruncate', `'truncate'`)})`;

/** Lists of columns and conditions are there from PostgreSQL 15 on. */
const MORE = `
    || coalesce((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')' FROM pg_attribute a
       WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)), '')
    || coalesce(' WHERE ' || pg_get_expr(r.prqual, r.prrelid), '')`;

const tables = (more: string): string => `(
  SELECT string_agg(format('TABLE %I.%I', n.nspname, c.relname)${more}, chr(10) ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C")
  FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid)`;

const SCHEMAS = `(SELECT string_agg(format('TABLES IN SCHEMA %I', n.nspname), chr(10) ORDER BY n.nspname COLLATE "C")
  FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid)`;

export const publications: Kind = {
  names: ['publication'],
  catalog: 'pg_publication',
  rows: ({ among, server }) => `
    SELECT 'publication' AS kind, p.oid, NULL::name AS schema, p.pubname AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE PUBLICATION %I%s', p.pubname, CASE WHEN p.puballtables THEN ' FOR ALL TABLES' END)`,
        ...(server < 150_000 ? [tables('')] : [tables(MORE), SCHEMAS]),
        `format('PUBLISH %s', ${OPERATIONS})`,
        when('p.pubviaroot', `'VIA PARTITION ROOT'`),
        `'GENERATED COLUMNS ' || nullif(to_jsonb(p) ->> 'pubgencols', 'n')`,
        owner('p.pubowner'),
        comment('pg_publication', 'p.oid'),
      )} AS definition
    FROM pg_publication p WHERE ${isNoMember('pg_publication', 'p.oid')} AND ${among('p.oid')}`,
};
