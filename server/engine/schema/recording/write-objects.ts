import { type Kind, kinds } from '../kinds/index.ts';

/** Which objects are looked at: those of the array `ids`, or all there are. */
export type Look = 'these' | 'all';

/**
 * plpgsql that writes down how the objects are different from what is kept of them: a statement for each kind that they may
 * be of.
 */
export function writeObjects(server: number, look: Look): string {
  const statements = kinds.map((kind) => {
    const statement = writeKind(kind, server, look);
    return look === 'all' ? `${statement};` : `IF ${isConcerned(kind)} THEN ${statement}; END IF;`;
  });
  if (look === 'all') return statements.join('\n');
  return `
    IF ids <> '{}' THEN
      known := ARRAY(SELECT DISTINCT o.kind FROM gander.schema_objects o WHERE o.until IS NULL AND o.oid = ANY (ids));
      ${statements.join('\n')}
    END IF;`;
}

/** Whether any of the objects is of a kind, or was. */
function isConcerned({ names, catalog, only }: Kind): string {
  const list = names.map((name) => `'${name}'`).join(', ');
  const rows = `SELECT FROM ${catalog} WHERE oid = ANY (ids)${only === undefined ? '' : ` AND ${only}`}`;
  return `known && ARRAY[${list}] OR '${catalog}' = ANY (touched) AND EXISTS (${rows})`;
}

const SAME = ['schema', 'on_table', 'columns']
  .map((field) => `was.${field} IS NOT DISTINCT FROM now.${field}`)
  .join(' AND ');

/**
 * What is written the same is the same: dropped and made anew, or brought into another server by a dump, it only has
 * another OID.
 */
function writeKind(kind: Kind, server: number, look: Look): string {
  const names = kind.names.map((name) => `'${name}'`).join(', ');
  const among = (oid: string): string => (look === 'all' ? `${oid} IS NOT NULL` : `${oid} = ANY (ids)`);
  const rows = kind.rows({ server, histories: 'histories', among });
  return `
WITH now AS MATERIALIZED (
  SELECT row_number() OVER () AS nr, kind, oid, schema::text, name::text, on_table, columns, definition FROM (${rows}) o
), was AS MATERIALIZED (
  SELECT o.ctid AS place, o.* FROM gander.schema_objects o WHERE o.until IS NULL AND o.kind IN (${names}) AND ${among('o.oid')}
), kept AS MATERIALIZED (
  SELECT now.nr, now.oid, was.place, was.oid AS old FROM now JOIN was
    ON was.kind = now.kind AND was.name = now.name AND was.definition = now.definition AND ${SAME}
), moved AS (
  UPDATE gander.schema_objects o SET oid = kept.oid FROM kept WHERE o.ctid = kept.place AND kept.oid <> kept.old
), ended AS (
  UPDATE gander.schema_objects o SET until = change FROM was
  WHERE o.ctid = was.place AND NOT EXISTS (SELECT FROM kept WHERE kept.place = was.place)
)
INSERT INTO gander.schema_objects (since, kind, oid, schema, name, on_table, columns, definition)
SELECT change, kind, oid, schema, name, on_table, columns, definition FROM now
WHERE NOT EXISTS (SELECT FROM kept WHERE kept.nr = now.nr)`;
}
