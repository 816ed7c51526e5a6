import type { Node, RangeVar } from 'libpg-query';

/** The name of a table, an index, a type …, as PostgreSQL reads it: folded and without quotes. */
export interface Name {
  /** null where none is written. */
  readonly schema: string | null;
  readonly name: string;
}

export function nameOf(relation: RangeVar | undefined): Name {
  return { schema: relation?.schemaname ?? null, name: relation?.relname ?? '' };
}

/** A name that is written as a list of its parts, as in DROP. */
export function nameInList(nodes: readonly Node[] | undefined): Name {
  const parts = stringsOf(nodes);
  return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' };
}

/** The texts of those nodes that are one. */
export function stringsOf(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

/** Whether two names may mean the same: where both say a schema, it has to be one. */
export function isSame(a: Name, b: Name): boolean {
  return a.name === b.name && (a.schema === null || b.schema === null || a.schema === b.schema);
}

/** The name as SQL takes it, with quotes only where it needs them. */
export function written({ schema, name }: Name): string {
  return schema === null ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}

/** One part of a name as SQL takes it. */
export function identifier(part: string): string {
  const plain = /^[a-z_][a-z0-9_]*$/.test(part) && !RESERVED.has(part);
  return plain ? part : `"${part.replaceAll('"', '""')}"`;
}

/** The words that are no names without quotes ("SQL Key Words" in the manual). */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between binary both case cast check collate collation column
  concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
  current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having
  ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not
  notnull null offset on only or order outer overlaps placing primary references returning right select session_user similar
  some symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when where window
  with`.split(/\s+/),
);
