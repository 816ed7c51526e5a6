/** The kinds of objects, in the order in which they are listed. */
export const KIND_NAMES = [
  'schema',
  'extension',
  'enum',
  'domain',
  'composite type',
  'range type',
  'base type',
  'table',
  'constraint',
  'index',
  'sequence',
  'view',
  'materialized view',
  'function',
  'procedure',
  'aggregate',
  'trigger',
  'rule',
  'policy',
  'statistics',
  'publication',
  'event trigger',
  'default privileges',
  'cast',
  'collation',
  'operator',
  'operator class',
  'operator family',
  'text search configuration',
  'text search dictionary',
  'foreign data wrapper',
  'foreign server',
] as const;

/** What an object is: `table`, `index`, `materialized view` … */
export type KindName = (typeof KIND_NAMES)[number];

/** A column of a table, or of a composite type. */
export interface Column {
  /** Its number in the catalog, which it keeps whatever it is called. */
  readonly number: number;
  readonly name: string;
  /** Type, null, default and the rest: `text NOT NULL DEFAULT ''::text`. */
  readonly is: string;
}

/** One object of a schema, in a text of its own that is the same wherever the object is the same. */
export interface SchemaObject {
  readonly kind: KindName;
  /** In its catalog; what it is known by when it is renamed. Other databases have others. */
  readonly oid: number;
  /** null for what is in no schema: publications, event triggers. */
  readonly schema: string | null;
  /** Of a function with the types of its arguments. */
  readonly name: string;
  /** The table that it is a part of, in the same schema: of indexes, constraints, triggers … */
  readonly table: string | null;
  readonly columns: readonly Column[];
  /** Its definition but for the columns: lines. */
  readonly definition: string;
}

/** `public.users`, `users_email on public.users`: what tells it from others of its kind. Names are not quoted: for people. */
export function titleOf({ kind, schema, name, table }: SchemaObject): string {
  const isWithin = schema !== null && kind !== 'schema';
  if (table !== null && kind !== 'sequence') return `${name} on ${schema}.${table}`;
  return isWithin ? `${schema}.${name}` : name;
}

/** The whole definition, with its columns after the first line. */
export function textOf({ columns, definition }: SchemaObject): string {
  if (columns.length === 0) return definition;
  const [head, ...rest] = definition.split('\n');
  return [`${head} (`, ...columns.map(lineOf), ')', ...rest].join('\n');
}

/** A column's line. Without a comma after it, so that one line is changed where one column is. */
function lineOf({ name, is }: Column): string {
  return `  ${quoted(name)} ${is}`;
}

/** As `quote_ident` would: only where it is needed, key words aside. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const ORDER = new Map<KindName, number>(KIND_NAMES.map((kind, index) => [kind, index]));

/** By kind, schema, table and name, in no locale. */
export function compareObjects(a: SchemaObject, b: SchemaObject): number {
  return (
    ORDER.get(a.kind)! - ORDER.get(b.kind)! ||
    compare(a.schema ?? '', b.schema ?? '') ||
    compare(a.table ?? '', b.table ?? '') ||
    compare(a.name, b.name)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
