// What `--json` prints of schemas; docs/json.md has it all.
import {
  type Change,
  type SchemaDiff,
  type SchemaObject,
  textOf,
  toUnified,
  toWords,
} from '../engine/index.ts';

export function objectJson(object: SchemaObject): object {
  const { kind, schema, name, table, columns } = object;
  return {
    kind,
    schema,
    name,
    table,
    columns: columns.map((column) => ({ name: column.name, is: column.is })),
    definition: textOf(object),
  };
}

export function diffJson(diff: SchemaDiff): object {
  return { words: toWords(diff), changes: diff.map(changeJson), text: toUnified(diff) };
}

function changeJson({ change, follows, before, after }: Change): object {
  return {
    change,
    follows,
    before: before === null ? null : objectJson(before),
    after: after === null ? null : objectJson(after),
  };
}
