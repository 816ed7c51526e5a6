import type { EffectOn } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { doneIf, type Probe, probe } from './probe.ts';

/** SQL for the rights on an object as they are written down, or as they are where nothing is. */
const RIGHTS: Readonly<Record<EffectOn<'grant'>['on'], string>> = {
  table: `SELECT coalesce(relacl, acldefault('r', relowner)) AS acl FROM pg_class WHERE oid = to_regclass($1)`,
  sequence: `SELECT coalesce(relacl, acldefault('s', relowner)) AS acl FROM pg_class WHERE oid = to_regclass($1)`,
  schema: `SELECT coalesce(nspacl, acldefault('n', nspowner)) AS acl FROM pg_namespace WHERE oid = to_regnamespace($1)`,
};

/** Rights: each role has each of them, or none has any. */
export function grants({ on, name, privileges, roles, given }: EffectOn<'grant'>): Probe {
  return probe<{ held: number }>(
    `SELECT pg_catalog.count(DISTINCT (a.privilege_type, a.grantee))::int4 AS held
     FROM (${RIGHTS[on]}) o CROSS JOIN LATERAL aclexplode(o.acl) a
     WHERE a.privilege_type = ANY ($2) AND CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END = ANY ($3)`,
    [name, privileges, roles.map(lastPart)],
    (row) => {
      const wanted = given ? privileges.length * roles.length : 0;
      const held = row?.held ?? 0;
      return doneIf(
        held === wanted,
        `Of these rights on ${name}, ${held === 0 ? 'none is' : held === 1 ? 'one is' : `${held} are`} granted.`,
      );
    },
  );
}

/** Roles that are members of others. */
export function memberships({ roles, members, given }: EffectOn<'membership'>): Probe {
  return probe<{ held: number }>(
    `SELECT pg_catalog.count(DISTINCT (m.roleid, m.member))::int4 AS held FROM pg_auth_members m
     WHERE pg_get_userbyid(m.roleid) = ANY ($1) AND pg_get_userbyid(m.member) = ANY ($2)`,
    [roles.map(lastPart), members.map(lastPart)],
    (row) => {
      const held = row?.held ?? 0;
      const wanted = given ? roles.length * members.length : 0;
      return doneIf(
        held === wanted,
        `${members.join(', ')} ${held === 0 ? 'is no member' : 'is a member'} of ${roles.join(', ')}.`,
      );
    },
  );
}
