import { columnsOf } from './columns.ts';
import {
  collation,
  columnComments,
  comment,
  grants,
  isNoMember,
  isUsers,
  lines,
  owner,
  when,
} from './fragments.ts';
import type { Kind } from './kind.ts';

const LABELS = `(SELECT string_agg('  ' || quote_literal(e.enumlabel), chr(10) ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)`;

/** NOT NULL of a domain is a constraint from PostgreSQL 17 on, and told with the domain. */
const CHECKS = `(SELECT string_agg(format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid))
    || coalesce(chr(10) || ${comment('pg_constraint', 'k.oid').replace(`'COMMENT '`, `format('COMMENT ON CONSTRAINT %I ', k.conname)`)}, ''),
    chr(10) ORDER BY k.conname COLLATE "C")
  FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')`;

const DOMAIN = lines(
  `concat_ws(' ', format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod)),
    (SELECT ${collation('t.typcollation', 'b.typcollation')} FROM pg_type b WHERE b.oid = t.typbasetype),
    'DEFAULT ' || pg_get_expr(t.typdefaultbin, 0), ${when('t.typnotnull', `'NOT NULL'`)})`,
  CHECKS,
);

const functionName = (oid: string): string =>
  `(SELECT format('%I.%I', fn.nspname, f.proname) FROM pg_proc f JOIN pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = ${oid})`;

const RANGE = `(SELECT ${lines(
  `format('CREATE TYPE %I.%I AS RANGE', n.nspname, t.typname)`,
  `'SUBTYPE ' || format_type(r.rngsubtype, NULL)`,
  `(SELECT format('SUBTYPE_OPCLASS %I.%I', cn.nspname, o.opcname) FROM pg_opclass o JOIN pg_namespace cn ON cn.oid = o.opcnamespace WHERE o.oid = r.rngsubopc)`,
  collation('r.rngcollation', '(SELECT b.typcollation FROM pg_type b WHERE b.oid = r.rngsubtype)'),
  `'CANONICAL ' || ${functionName('r.rngcanonical')}`,
  `'SUBTYPE_DIFF ' || ${functionName('r.rngsubdiff')}`,
  `'MULTIRANGE ' || format_type(r.rngmultitypid, NULL)`,
)} FROM pg_range r WHERE r.rngtypid = t.oid)`;

const BASE = lines(
  `format('CREATE TYPE %I.%I', n.nspname, t.typname)`,
  `'INPUT ' || ${functionName('t.typinput')}`,
  `'OUTPUT ' || ${functionName('t.typoutput')}`,
  `concat_ws(' ', 'LENGTH', t.typlen, 'ALIGN', t.typalign, 'STORAGE', t.typstorage)`,
  `'DEFAULT ' || quote_literal(t.typdefault)`,
);

/** But for those that come with another: the rows of a table, arrays, multiranges. */
const IS_ITS_OWN = `(t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c'
  OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type el WHERE el.typarray = t.oid))`;

export const dataTypes: Kind = {
  names: ['enum', 'domain', 'composite type', 'range type', 'base type'],
  catalog: 'pg_type',
  only: `(typtype IN ('e', 'd', 'r') OR typtype = 'b' AND typcategory <> 'A' OR typtype = 'c' AND EXISTS (
    SELECT FROM pg_class c WHERE c.oid = typrelid AND c.relkind = 'c'))`,
  rows: ({ among }) => `
    SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite type' WHEN 'r' THEN 'range type' ELSE 'base type' END AS kind,
      t.oid, n.nspname AS schema, t.typname AS name, NULL::text AS on_table,
      CASE WHEN t.typtype = 'c' THEN ${columnsOf('t.typrelid')} END AS columns,
      ${lines(
        `CASE t.typtype
          WHEN 'e' THEN ${lines(`format('CREATE TYPE %I.%I AS ENUM', n.nspname, t.typname)`, LABELS)}
          WHEN 'd' THEN ${DOMAIN}
          WHEN 'r' THEN ${RANGE}
          WHEN 'c' THEN format('CREATE TYPE %I.%I AS', n.nspname, t.typname)
          ELSE ${BASE} END`,
        owner('t.typowner'),
        grants('t.typacl', `'T'`, `acldefault('T', t.typowner)`),
        comment('pg_type', 't.oid'),
        when(`t.typtype = 'c'`, columnComments('t.typrelid')),
      )} AS definition
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE ${IS_ITS_OWN} AND ${isUsers('n')} AND ${isNoMember('pg_type', 't.oid')} AND ${among('t.oid')}`,
};
