import { kinds } from '../kinds/index.ts';

/** What leaves nothing behind that would tell of it when it goes, and the kinds of objects that it may have been part of. */
const PARTS_OF: Readonly<Record<string, string>> = {
  pg_constraint: 'domain',
  pg_publication_rel: 'publication',
  pg_publication_namespace: 'publication',
  pg_amop: 'operator family',
  pg_amproc: 'operator family',
  pg_ts_config_map: 'text search configuration',
};

/** Objects with another number of comments than they have in the catalog. */
const COMMENTS_GONE = `position(chr(10) || 'COMMENT ' IN o.definition) > 0 AND (SELECT count(*) FROM pg_description d WHERE d.objoid = o.oid)
  <> (length(o.definition) - length(replace(o.definition, chr(10) || 'COMMENT ', ''))) / 9`;

/**
 * plpgsql that adds to `ids` what is kept as being there and is no more; and, where a comment or another part of something
 * was taken away, what may have had it. `lost` are the catalogs that rows were deleted from.
 */
export function addGone(): string {
  const catalogs = [...new Set(kinds.map(({ catalog }) => catalog))].map((catalog) => {
    const names = kinds.filter((kind) => kind.catalog === catalog).flatMap((kind) => kind.names);
    const list = names.map((name) => `'${name}'`).join(', ');
    return [
      catalog,
      `o.kind IN (${list}) AND NOT EXISTS (SELECT FROM ${catalog} c WHERE c.oid = o.oid)`,
    ] as const;
  });
  const parts = Object.entries(PARTS_OF).map(([catalog, kind]) => [catalog, `o.kind = '${kind}'`] as const);
  return [['pg_description', COMMENTS_GONE] as const, ...parts, ...catalogs]
    .map(
      ([catalog, condition]) => `IF '${catalog}' = ANY (lost) THEN
      ids := ids || ARRAY(SELECT o.oid FROM gander.schema_objects o WHERE o.until IS NULL AND ${condition});
    END IF;`,
    )
    .join('\n    ');
}
