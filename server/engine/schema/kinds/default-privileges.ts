import { grants, lines } from './fragments.ts';
import type { Kind } from './kind.ts';

const WHAT = `CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
  WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' END`;

const TYPE = `CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END::"char"`;

/** Those of a schema add to what an object has by itself, those of a role for all schemas take its place. */
const DEFAULTS = `CASE WHEN d.defaclnamespace = 0 THEN acldefault(${TYPE}, d.defaclrole) END`;

export const defaultPrivileges: Kind = {
  names: ['default privileges'],
  catalog: 'pg_default_acl',
  rows: ({ among }) => `
    SELECT 'default privileges' AS kind, d.oid, NULL::name AS schema,
      format('on %s of %I%s', ${WHAT}, pg_get_userbyid(d.defaclrole), ' in schema ' || quote_ident(n.nspname)) AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s ON %s', pg_get_userbyid(d.defaclrole), ' IN SCHEMA ' || quote_ident(n.nspname), ${WHAT})`,
        grants('d.defaclacl', TYPE, DEFAULTS),
      )} AS definition
    FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace WHERE ${among('d.oid')}`,
};
