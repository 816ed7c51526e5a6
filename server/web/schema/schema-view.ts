import {
  type Blamed,
  type ChangeRecord,
  type KindName,
  type RecordedSchema,
  type SchemaObject,
  textOf,
  titleOf,
} from '../../engine/index.ts';
import { count } from '../../words.ts';

/** What changed something last: a migration with its page, or nobody that is known. */
export interface By {
  readonly label: string;
  readonly href: string | null;
}

export interface TableView {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly by: By | null;
  readonly columns: readonly { readonly name: string; readonly is: string; readonly by: By | null }[];
  /** What it has besides its columns: owner, rights, comment … */
  readonly rest: string;
  readonly parts: readonly PartView[];
}

export interface PartView {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly by: By | null;
  readonly text: string;
}

export interface SchemaView {
  readonly tables: readonly TableView[];
  readonly groups: readonly { readonly title: string; readonly objects: readonly PartView[] }[];
}

/** Other objects than tables, in the order in which they are shown. */
const GROUPS: readonly (readonly [title: string, kinds: readonly (KindName | null)[]])[] = [
  ['Views', ['view', 'materialized view']],
  ['Functions', ['function', 'procedure', 'aggregate']],
  ['Types', ['enum', 'domain', 'composite type', 'range type', 'base type']],
  ['Sequences', ['sequence']],
];

/** @param recorded which migrations made it so; null where nothing is recorded */
export function schemaView(objects: readonly SchemaObject[], recorded: RecordedSchema | null): SchemaView {
  const blamed = new Map(recorded?.objects.map((one) => [keyOf(one.object), one]));
  const by = blamer(recorded?.records ?? new Map());
  const tables = objects.filter(({ kind }) => kind === 'table');
  const owned = new Set(tables.map((table) => nameOf(table)));
  const isPart = (object: SchemaObject): boolean =>
    object.table !== null && owned.has(nameOf({ ...object, name: object.table }));
  const part = (object: SchemaObject): PartView => ({
    id: idOf(object),
    kind: object.kind,
    title: object.name,
    by: by(blamed.get(keyOf(object))?.since),
    text: textOf(object),
  });
  const others = objects.filter((object) => object.kind !== 'table' && !isPart(object));
  const named = new Set(GROUPS.flatMap(([, kinds]) => kinds));
  // What is part of no table is part of a view.
  const groupOf = ({ kind, table }: SchemaObject): KindName | null =>
    table !== null && kind !== 'sequence' ? 'view' : named.has(kind) ? kind : null;
  return {
    tables: tables.map((table) => {
      const parts = objects.filter(
        (one) => isPart(one) && one.schema === table.schema && one.table === table.name,
      );
      return tableView(table, parts.map(part), blamed.get(keyOf(table)), by);
    }),
    groups: [...GROUPS, ['Everything else', [null]] as const]
      .map(([title, kinds]) => ({
        title,
        objects: others
          .filter((object) => kinds.includes(groupOf(object)))
          .map((object) => ({ ...part(object), title: titleOf(object) })),
      }))
      .filter((group) => group.objects.length > 0),
  };
}

function tableView(
  table: SchemaObject,
  parts: readonly PartView[],
  blamed: Blamed | undefined,
  by: (since: string | undefined) => By | null,
): TableView {
  const counts = [
    count(table.columns.length, 'column'),
    ...(['constraint', 'index', 'trigger', 'policy'] as const).map((kind) => {
      const number = parts.filter((one) => one.kind === kind).length;
      return number === 0 ? '' : count(number, kind, PLURALS[kind]);
    }),
  ];
  return {
    id: idOf(table),
    title: titleOf(table),
    summary: counts.filter((text) => text !== '').join(', '),
    by: by(blamed?.since),
    columns: table.columns.map(({ number, name, is }) => ({
      name,
      is,
      by: by(blamed?.columns.get(number)),
    })),
    rest: table.definition.split('\n').slice(1).join('\n'),
    parts,
  };
}

const PLURALS = {
  constraint: 'constraints',
  index: 'indexes',
  trigger: 'triggers',
  policy: 'policies',
} as const;

function blamer(records: ReadonlyMap<string, ChangeRecord>): (since: string | undefined) => By | null {
  return (since) => {
    const record = since === undefined ? undefined : records.get(since);
    if (record === undefined) return null;
    if (record.version === null) return { label: 'not by a migration', href: null };
    return { label: String(record.version), href: `/migrations/${record.version}#schema` };
  };
}

function keyOf({ kind, schema, table, name }: SchemaObject): string {
  return JSON.stringify([kind, schema, table, name]);
}

function nameOf({ schema, name }: Pick<SchemaObject, 'schema' | 'name'>): string {
  return JSON.stringify([schema, name]);
}

/** A place on the page: the kind and the OID, since names may hold anything. */
export function idOf({ kind, oid }: Pick<SchemaObject, 'kind' | 'oid'>): string {
  return `${kind.replaceAll(' ', '-')}-${oid}`;
}
