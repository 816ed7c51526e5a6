// Pieces of SQL that several kinds have in common.

/** Whether a schema is the users': not the system's, not temporary, not Gander's. @param n the alias of pg_namespace */
export function isUsers(n: string): string {
  return `${n}.nspname !~ '^pg_' AND ${n}.nspname NOT IN ('information_schema', 'gander')`;
}

/** Whether no extension owns an object: what it owns comes and goes with it. */
export function isNoMember(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend member WHERE member.classid = '${catalog}'::regclass AND member.objid = ${oid} AND member.deptype = 'e')`;
}

/** Whether a table is none of the histories. @param c the alias of pg_class, `n` that of its pg_namespace */
export function isNoHistory(c: string, n: string, histories: string): string {
  return `(${n}.nspname || '/' || ${c}.relname) <> ALL (${histories})`;
}

/** `OWNER TO app` */
export function owner(oid: string): string {
  return `'OWNER TO ' || quote_ident(pg_get_userbyid(${oid}))`;
}

/** `COMMENT 'text'`, without those of columns. */
export function comment(catalog: string, oid: string): string {
  return `(SELECT 'COMMENT ' || quote_literal(note.description) FROM pg_description note
    WHERE note.classoid = '${catalog}'::regclass AND note.objoid = ${oid} AND note.objsubid = 0)`;
}

/** `COMMENT ON COLUMN email 'text'`, a line each. */
export function columnComments(relation: string): string {
  return `(SELECT string_agg(format('COMMENT ON COLUMN %I %L', a.attname, d.description), chr(10) ORDER BY a.attnum)
    FROM pg_description d JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid
    WHERE d.classoid = 'pg_class'::regclass AND d.objoid = ${relation} AND d.objsubid > 0)`;
}

const GRANTEE = `CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(p.grantee)) END`;

function rights(verb: string, list: string): string {
  return `SELECT '${verb}' AS verb, grantee, privilege_type, is_grantable FROM aclexplode(${list})`;
}

/**
 * What is granted beyond what an object has by itself, and what of that is taken away. Only the difference is the same on
 * all versions, and all rights only by that name: newer ones have rights that older ones have not.
 *
 * @param type the kind of object, as acldefault has it: an expression
 * @param defaults the rights it has by itself, as an array of aclitem
 */
export function grants(acl: string, type: string, defaults: string): string {
  return `CASE WHEN ${acl} IS NOT NULL THEN (
    SELECT string_agg(line, chr(10) ORDER BY line COLLATE "C") FROM (
      SELECT format('%s %s %s %s%s', verb, CASE WHEN count(*) > 1 AND count(*) = (SELECT count(*) FROM aclexplode(acldefault(${type}, 10)) WHERE grantee = 10)
          THEN 'ALL' ELSE string_agg(privilege_type, ', ' ORDER BY privilege_type COLLATE "C") END,
        CASE verb WHEN 'GRANT' THEN 'TO' ELSE 'FROM' END, ${GRANTEE}, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) AS line
      FROM ((${rights('GRANT', acl)} EXCEPT ${rights('GRANT', defaults)})
            UNION ALL (${rights('REVOKE', defaults)} EXCEPT ${rights('REVOKE', acl)})) p
      GROUP BY verb, grantee, is_grantable) lines) END`;
}

/** `GRANT SELECT (email) TO reader`, a line each. */
export function columnGrants(relation: string): string {
  return `(SELECT string_agg(line, chr(10) ORDER BY line COLLATE "C") FROM (
    SELECT format('GRANT %s (%I) TO %s%s', string_agg(p.privilege_type, ', ' ORDER BY p.privilege_type COLLATE "C"), a.attname, ${GRANTEE},
      CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' END) AS line
    FROM pg_attribute a, aclexplode(a.attacl) p WHERE a.attrelid = ${relation} AND a.attnum > 0 AND a.attacl IS NOT NULL
    GROUP BY a.attname, p.grantee, p.is_grantable) lines)`;
}

const OPTIONS =
  '^(fillfactor|toast_tuple_target|parallel_workers|user_catalog_table|log_autovacuum_min_duration|autovacuum_[a-z_]+|vacuum_[a-z_]+|security_[a-z_]+|check_option)=';

/** `WITH (fillfactor=70)`: the storage options that are known by name. */
export function options(list: string, prefix = ''): string {
  return `(SELECT format('WITH (%s)', string_agg('${prefix}' || o, ', ' ORDER BY o COLLATE "C")) FROM unnest(${list}) o
    WHERE o ~ '${OPTIONS}' HAVING count(*) > 0)`;
}

/** `OPTIONS (host 'db1')` of foreign things, as pg_options_to_table has them. */
export function foreignOptions(list: string): string {
  return `(SELECT format('OPTIONS (%s)', string_agg(format('%I %L', o.option_name, o.option_value), ', ' ORDER BY o.option_name COLLATE "C"))
    FROM pg_options_to_table(${list}) o HAVING count(*) > 0)`;
}

/** `COLLATE pg_catalog."C"`, where it is not the type's own. */
export function collation(own: string, ofType: string): string {
  return `CASE WHEN ${own} <> 0 AND ${own} <> ${ofType} THEN (
    SELECT format('COLLATE %I.%I', cn.nspname, co.collname) FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace
    WHERE co.oid = ${own}) END`;
}

/** A definition of lines, those that are null left out. */
export function lines(...expressions: readonly string[]): string {
  return `concat_ws(chr(10), ${expressions.join(',\n  ')})`;
}

/** A line where a condition holds. */
export function when(condition: string, line: string): string {
  return `CASE WHEN ${condition} THEN ${line} END`;
}
