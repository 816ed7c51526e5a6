import { comment, isNoMember, lines } from './fragments.ts';
import type { Kind } from './kind.ts';

const NAME = `format('%s as %s', format_type(k.castsource, NULL), format_type(k.casttarget, NULL))`;
/** That of a range to its multirange comes with the type. */
const IS_ITS_OWN = `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = k.oid AND d.deptype = 'i')`;
/** OIDs below this are the system's own (docs: 73.2). */
const FIRST_OF_USERS = 16_384;

export const casts: Kind = {
  names: ['cast'],
  catalog: 'pg_cast',
  rows: ({ among }) => `
    SELECT 'cast' AS kind, k.oid, NULL::name AS schema, ${NAME} AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE CAST (%s) %s%s', ${NAME}, CASE k.castmethod WHEN 'b' THEN 'WITHOUT FUNCTION' WHEN 'i' THEN 'WITH INOUT'
          ELSE 'WITH FUNCTION ' || k.castfunc::regprocedure END, CASE k.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END)`,
        comment('pg_cast', 'k.oid'),
      )} AS definition
    FROM pg_cast k WHERE k.oid >= ${FIRST_OF_USERS} AND ${IS_ITS_OWN} AND ${isNoMember('pg_cast', 'k.oid')} AND ${among('k.oid')}`,
};
