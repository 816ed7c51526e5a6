import { comment, isNoMember, isUsers, lines, owner } from './fragments.ts';
import type { Kind } from './kind.ts';

const MAPPINGS = `(SELECT string_agg(format('MAPPING FOR %s WITH %s', k.alias, m.dictionaries), chr(10) ORDER BY k.alias COLLATE "C") FROM (
    SELECT maptokentype, string_agg(mapdict::regdictionary::text, ', ' ORDER BY mapseqno) AS dictionaries
    FROM pg_ts_config_map WHERE mapcfg = t.oid GROUP BY maptokentype) m
  JOIN ts_token_type(t.cfgparser) k ON k.tokid = m.maptokentype)`;

export const textSearchConfigurations: Kind = {
  names: ['text search configuration'],
  catalog: 'pg_ts_config',
  rows: ({ among }) => `
    SELECT 'text search configuration' AS kind, t.oid, n.nspname AS schema, t.cfgname AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `(SELECT format('CREATE TEXT SEARCH CONFIGURATION %I.%I PARSER %I.%I', n.nspname, t.cfgname, pn.nspname, p.prsname)
          FROM pg_ts_parser p JOIN pg_namespace pn ON pn.oid = p.prsnamespace WHERE p.oid = t.cfgparser)`,
        MAPPINGS,
        owner('t.cfgowner'),
        comment('pg_ts_config', 't.oid'),
      )} AS definition
    FROM pg_ts_config t JOIN pg_namespace n ON n.oid = t.cfgnamespace
    WHERE ${isUsers('n')} AND ${isNoMember('pg_ts_config', 't.oid')} AND ${among('t.oid')}`,
};

export const textSearchDictionaries: Kind = {
  names: ['text search dictionary'],
  catalog: 'pg_ts_dict',
  rows: ({ among }) => `
    SELECT 'text search dictionary' AS kind, t.oid, n.nspname AS schema, t.dictname AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `(SELECT format('CREATE TEXT SEARCH DICTIONARY %I.%I TEMPLATE %I.%I', n.nspname, t.dictname, pn.nspname, p.tmplname)
          FROM pg_ts_template p JOIN pg_namespace pn ON pn.oid = p.tmplnamespace WHERE p.oid = t.dicttemplate)`,
        `'OPTIONS (' || t.dictinitoption || ')'`,
        owner('t.dictowner'),
        comment('pg_ts_dict', 't.oid'),
      )} AS definition
    FROM pg_ts_dict t JOIN pg_namespace n ON n.oid = t.dictnamespace
    WHERE ${isUsers('n')} AND ${isNoMember('pg_ts_dict', 't.oid')} AND ${among('t.oid')}`,
};
