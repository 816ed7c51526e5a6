/** What others may be written of in terms of. */
const NAMED_BY_OTHERS = [
  'pg_class',
  'pg_type',
  'pg_proc',
  'pg_constraint',
  'pg_collation',
  'pg_operator',
  'pg_opclass',
  'pg_opfamily',
  'pg_ts_dict',
  'pg_foreign_server',
  'pg_foreign_data_wrapper',
];

/** A query for what the objects of the array `near` depend on each other by; and whose part those are. */
function ownersOf(array: string, server: number): string {
  return [
    `SELECT unnest(${array})`,
    `SELECT adrelid FROM pg_attrdef WHERE oid = ANY (${array})`,
    `SELECT ev_class FROM pg_rewrite WHERE oid = ANY (${array})`,
    `SELECT contypid FROM pg_constraint WHERE oid = ANY (${array}) AND contypid <> 0`,
    `SELECT prpubid FROM pg_publication_rel WHERE oid = ANY (${array})`,
    ...(server < 150_000 ? [] : [`SELECT pnpubid FROM pg_publication_namespace WHERE oid = ANY (${array})`]),
    `SELECT amopfamily FROM pg_amop WHERE oid = ANY (${array})`,
    `SELECT amprocfamily FROM pg_amproc WHERE oid = ANY (${array})`,
    // A table's rows are a type, and others may be of that; a composite type's attributes are a table's.
    `SELECT reltype FROM pg_class WHERE oid = ANY (${array}) AND reltype <> 0`,
    // What is known of a constraint's index is told by the constraint.
    `SELECT refobjid FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = ANY (${array})
       AND refclassid = 'pg_constraint'::regclass AND deptype = 'i'`,
  ].join('\n        UNION ');
}

/**
 * plpgsql that adds to `ids` whatever has one of them, under its name, in its own definition, as far as two steps away: a
 * function of an array of a type, for one. What is new is nowhere yet.
 */
export function addDependents(server: number): string {
  return `
      ids := ARRAY(${ownersOf('ids', server)});
      near := ARRAY(SELECT i FROM unnest(ids) i WHERE EXISTS (
        SELECT FROM gander.schema_objects o WHERE o.until IS NULL AND o.oid = i
        UNION ALL
        SELECT FROM pg_class c JOIN gander.schema_objects o ON o.oid = c.oid WHERE c.reltype = i AND o.until IS NULL));
      FOR step IN 1..2 LOOP
        EXIT WHEN near = '{}';
        near := ARRAY(SELECT d.objid FROM pg_depend d WHERE d.refobjid = ANY (near)
          AND d.refclassid = ANY ('{${NAMED_BY_OTHERS.join(',')}}'::regclass[]) AND d.deptype <> 'e');
        near := ARRAY(${ownersOf('near', server)});
        ids := ids || near;
      END LOOP;
      ids := ARRAY(SELECT DISTINCT i FROM unnest(ids) i);`;
}
