import { comment, foreignOptions, grants, isNoMember, lines, owner, when } from './fragments.ts';
import type { Kind } from './kind.ts';

/** Who a server knows whom as (user mappings) is left out: there are passwords in it. */
export const foreignServers: Kind = {
  names: ['foreign server'],
  catalog: 'pg_foreign_server',
  rows: ({ among }) => `
    SELECT 'foreign server' AS kind, s.oid, NULL::name AS schema, s.srvname AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `(SELECT format('CREATE SERVER %I%s%s FOREIGN DATA WRAPPER %I', s.srvname, ' TYPE ' || quote_literal(s.srvtype), ' VERSION ' || quote_literal(s.srvversion), w.fdwname)
          FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw)`,
        foreignOptions('s.srvoptions'),
        owner('s.srvowner'),
        grants('s.srvacl', `'S'`, `acldefault('S', s.srvowner)`),
        comment('pg_foreign_server', 's.oid'),
      )} AS definition
    FROM pg_foreign_server s WHERE ${isNoMember('pg_foreign_server', 's.oid')} AND ${among('s.oid')}`,
};

export const foreignDataWrappers: Kind = {
  names: ['foreign data wrapper'],
  catalog: 'pg_foreign_data_wrapper',
  rows: ({ among }) => `
    SELECT 'foreign data wrapper' AS kind, w.oid, NULL::name AS schema, w.fdwname AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE FOREIGN DATA WRAPPER %I', w.fdwname)`,
        when('w.fdwhandler <> 0', `'HANDLER ' || w.fdwhandler::regproc`),
        when('w.fdwvalidator <> 0', `'VALIDATOR ' || w.fdwvalidator::regproc`),
        foreignOptions('w.fdwoptions'),
        owner('w.fdwowner'),
        grants('w.fdwacl', `'F'`, `acldefault('F', w.fdwowner)`),
        comment('pg_foreign_data_wrapper', 'w.oid'),
      )} AS definition
    FROM pg_foreign_data_wrapper w WHERE ${isNoMember('pg_foreign_data_wrapper', 'w.oid')} AND ${among('w.oid')}`,
};
