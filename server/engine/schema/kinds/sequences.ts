import { comment, grants, isNoHistory, isNoMember, isUsers, lines, owner, when } from './fragments.ts';
import type { Kind } from './kind.ts';

const LARGEST = `CASE s.seqtypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END`;

/** What a sequence has by itself when it counts up by one is not said. */
const COUNTS = `concat_ws(' ',
  ${when('s.seqincrement <> 1', `'INCREMENT ' || s.seqincrement`)},
  ${when('s.seqincrement < 0 OR s.seqmin <> 1', `'MINVALUE ' || s.seqmin`)},
  ${when(`s.seqincrement < 0 OR s.seqmax <> ${LARGEST}`, `'MAXVALUE ' || s.seqmax`)},
  ${when('s.seqincrement < 0 OR s.seqstart <> s.seqmin', `'START ' || s.seqstart`)},
  ${when('s.seqcache <> 1', `'CACHE ' || s.seqcache`)},
  ${when('s.seqcycle', `'CYCLE'`)})`;

export const sequences: Kind = {
  names: ['sequence'],
  catalog: 'pg_class',
  only: `relkind = 'S'`,
  rows: ({ among, histories }) => `
    SELECT 'sequence' AS kind, c.oid, n.nspname AS schema, c.relname AS name, t.relname::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE %sSEQUENCE %I.%I AS %s', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' END, n.nspname, c.relname, format_type(s.seqtypid, NULL))`,
        `nullif(${COUNTS}, '')`,
        when(
          'a.attname IS NOT NULL',
          `format('%s %I.%I.%I', CASE d.deptype WHEN 'i' THEN 'IDENTITY OF' ELSE 'OWNED BY' END, n.nspname, t.relname, a.attname)`,
        ),
        owner('c.relowner'),
        grants('c.relacl', `'s'`, `acldefault('s', c.relowner)`),
        comment('pg_class', 'c.oid'),
      )} AS definition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
    LEFT JOIN (pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
               JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid)
      ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    WHERE c.relkind = 'S' AND ${isUsers('n')} AND (t.oid IS NULL OR ${isNoHistory('t', 'tn', histories)})
      AND ${isNoMember('pg_class', 'c.oid')} AND (t.oid IS NULL OR ${isNoMember('pg_class', 't.oid')}) AND ${among('c.oid')}`,
};
