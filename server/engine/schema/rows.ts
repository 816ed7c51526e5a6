import { type Column, compareObjects, type KindName, type SchemaObject } from './diff/object.ts';
import { plainView } from './diff/view-text.ts';

/** An object as a query gives it. */
export interface ObjectRow {
  readonly kind: string;
  readonly oid: number | string;
  readonly schema: string | null;
  readonly name: string;
  readonly on_table: string | null;
  readonly columns: string | null;
  readonly definition: string;
}

/** Columns of a query for ObjectRows. @param o the alias of what they are taken from */
export function rowColumns(o: string): string {
  return `${o}.kind, ${o}.oid, ${o}.schema, ${o}.name, ${o}.on_table, ${o}.columns::text AS columns, ${o}.definition`;
}

/** In the order in which they are listed. */
export function toObjects(rows: readonly ObjectRow[]): SchemaObject[] {
  return rows.map(toObject).toSorted(compareObjects);
}

export function toObject({
  kind,
  oid,
  schema,
  name,
  on_table,
  columns,
  definition,
}: ObjectRow): SchemaObject {
  const isView = kind === 'view' || kind === 'materialized view';
  return {
    kind: kind as KindName,
    oid: Number(oid),
    schema,
    name,
    table: on_table,
    columns: columns === null ? [] : toColumns(columns),
    definition: isView ? plainView(definition) : definition,
  };
}

function toColumns(json: string): Column[] {
  const columns = JSON.parse(json) as [number, string, string][];
  return columns.map(([number, name, is]) => ({ number, name, is }));
}
