import { type SchemaDiff, type SchemaObject, titleOf } from '../../engine/index.ts';
import { idOf } from './schema-view.ts';

/** Tables and what of them refers to which, as boxes and lines; in whole pixels. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly { readonly path: string; readonly mark: Mark }[];
  /** The same for those who do not see it: `orders refers to users`. */
  readonly told: readonly string[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly mark: Mark;
  /** What the mark means; '' for nothing. */
  readonly word: string;
  readonly href: string;
  readonly columns: readonly { readonly y: number; readonly text: string }[];
}

export type Mark = 'same' | 'added' | 'removed' | 'changed';

/** More than this nobody can follow. */
const MOST_TABLES = 40;
const WIDTH = 190;
const GAP_X = 70;
const GAP_Y = 18;
const HEAD = 28;
const LINE = 17;
const COLUMNS_SHOWN = 6;
const EDGE = 8;

interface Reference {
  readonly from: SchemaObject;
  readonly to: SchemaObject;
}

/**
 * @param diff what is different: then only tables that are, and those one step away; null: all
 * @param page where tables are that are not on the page itself
 * @returns null where there are too few for a picture, or too many
 */
export function pictureOf(
  objects: readonly SchemaObject[],
  diff: SchemaDiff | null,
  page = '',
): Picture | null {
  const gone = (diff ?? []).flatMap(({ change, before }) =>
    change === 'removed' && before !== null ? [before] : [],
  );
  const all = [...objects, ...gone];
  const tables = all.filter(({ kind }) => kind === 'table');
  const references = referencesIn(all, tables);
  const marks = marksOf(tables, diff ?? []);
  const shown = diff === null ? tables : tables.filter((table) => isNear(table, references, marks));
  if (shown.length < 2 || shown.length > MOST_TABLES) return null;
  const kept = references.filter(({ from, to }) => shown.includes(from) && shown.includes(to));
  return draw(shown, kept, marks, page);
}

const REFERENCE =
  /^CONSTRAINT .*? FOREIGN KEY \(.*?\) REFERENCES (?:ONLY )?((?:"(?:[^"]|"")+"|[^".(]+))\.((?:"(?:[^"]|"")+"|[^".(]+))\(/;

function referencesIn(objects: readonly SchemaObject[], tables: readonly SchemaObject[]): Reference[] {
  const byName = new Map(tables.map((table) => [JSON.stringify([table.schema, table.name]), table]));
  return objects.flatMap(({ kind, schema, table, definition }) => {
    const found = kind === 'constraint' ? REFERENCE.exec(definition) : null;
    if (found === null) return [];
    const from = byName.get(JSON.stringify([schema, table]));
    const to = byName.get(JSON.stringify([unquoted(found[1]!), unquoted(found[2]!)]));
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** A table counts as changed when one of its parts is. */
function marksOf(tables: readonly SchemaObject[], diff: SchemaDiff): ReadonlyMap<SchemaObject, Mark> {
  const marks = new Map<SchemaObject, Mark>();
  for (const { change, before, after } of diff) {
    const object = (after ?? before)!;
    const name = object.kind === 'table' ? object.name : object.table;
    const table = tables.find((one) => one.schema === object.schema && one.name === name);
    if (table === undefined) continue;
    const isWhole = object.kind === 'table' && (change === 'added' || change === 'removed');
    if (isWhole) marks.set(table, change);
    else if (!marks.has(table)) marks.set(table, 'changed');
  }
  return marks;
}

function isNear(
  table: SchemaObject,
  references: readonly Reference[],
  marks: ReadonlyMap<SchemaObject, Mark>,
): boolean {
  return (
    marks.has(table) ||
    references.some(({ from, to }) => (from === table && marks.has(to)) || (to === table && marks.has(from)))
  );
}

/** Who refers to nobody stands on the left, and everybody else to the right of those that he refers to. */
function ranksOf(
  tables: readonly SchemaObject[],
  references: readonly Reference[],
): Map<SchemaObject, number> {
  const ranks = new Map(tables.map((table) => [table, 0]));
  // As many rounds as there can be ranks: a circle of references ends with the last.
  for (let round = 0; round < Math.min(tables.length, 6); round++) {
    for (const { from, to } of references) {
      if (from !== to) ranks.set(from, Math.min(Math.max(ranks.get(from)!, ranks.get(to)! + 1), 6));
    }
  }
  return ranks;
}

function draw(
  tables: readonly SchemaObject[],
  references: readonly Reference[],
  marks: ReadonlyMap<SchemaObject, Mark>,
  page: string,
): Picture {
  const ranks = ranksOf(tables, references);
  const heights: number[] = [];
  const boxes = new Map<SchemaObject, Box>();
  const used = [...new Set(ranks.values())].toSorted((a, b) => a - b);
  for (const table of tables) {
    const column = used.indexOf(ranks.get(table)!);
    const y = heights[column] ?? EDGE;
    const at = { x: EDGE + column * (WIDTH + GAP_X), y };
    const box = boxOf(table, at, marks.get(table) ?? 'same', page);
    boxes.set(table, box);
    heights[column] = y + box.height + GAP_Y;
  }
  return {
    width: EDGE * 2 + used.length * (WIDTH + GAP_X) - GAP_X,
    height: Math.max(...heights) - GAP_Y + EDGE,
    boxes: [...boxes.values()],
    lines: references.map(({ from, to }) => ({
      path: lineBetween(boxes.get(from)!, boxes.get(to)!),
      mark: marks.get(from) ?? 'same',
    })),
    told: [...new Set(references.map(({ from, to }) => `${titleOf(from)} refers to ${titleOf(to)}`))],
  };
}

const MARK_WORDS: Readonly<Record<Mark, string>> = {
  same: '',
  added: 'new',
  removed: 'gone',
  changed: 'changed',
};

function boxOf(table: SchemaObject, at: Pick<Box, 'x' | 'y'>, mark: Mark, page: string): Box {
  const names = table.columns.slice(0, COLUMNS_SHOWN).map(({ name }) => short(name, 24));
  const rest = table.columns.length - names.length;
  const columns = rest > 0 ? [...names, `and ${rest} more`] : names;
  const word = MARK_WORDS[mark];
  return {
    ...at,
    width: WIDTH,
    height: HEAD + columns.length * LINE + (columns.length === 0 ? 0 : EDGE),
    title: short(table.schema === 'public' ? table.name : titleOf(table), word === '' ? 24 : 16),
    mark,
    word,
    // What is gone is in the list of changes only.
    href: `${mark === 'removed' ? '' : page}#${idOf(table)}`,
    columns: columns.map((text, index) => ({ y: HEAD + LINE * index + 13, text })),
  };
}

function short(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** From the left side of what refers to the right side of what it refers to; round about, where they stand in one column. */
function lineBetween(from: Box, to: Box): string {
  const [y1, y2] = [from.y + HEAD / 2, to.y + HEAD / 2];
  if (from.x > to.x) {
    const [x1, x2] = [from.x, to.x + to.width];
    const middle = Math.round((x1 + x2) / 2);
    return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
  }
  const x = Math.max(from.x + from.width, to.x + to.width);
  return `M${from.x + from.width} ${y1}C${x + 40} ${y1} ${x + 40} ${y2} ${to.x + to.width} ${y2}`;
}
