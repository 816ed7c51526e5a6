import type { Change, SchemaDiff } from './diff.ts';
import type { Line } from './lines.ts';
import type { Column, KindName, SchemaObject } from './object.ts';
import { renamesIn, withNewNames } from './renames.ts';

/**
 * What is different, in plain words: `adds column phone text to users`. What follows from something else (the indexes of a
 * table that is made, the new name of a table in its views) is not said.
 */
export function toWords(diff: SchemaDiff): string[] {
  const made = tablesOf(diff, 'added');
  const gone = tablesOf(diff, 'removed');
  const renames = renamesIn(diff.map(({ before, after }) => [before, after]));
  const renew = (text: string): string => (renames.size === 0 ? text : withNewNames(text, renames));
  return diff
    .filter((change) => !isPart(change, made, gone) && !change.follows)
    .flatMap((change) => wordsOf(change, diff, renew));
}

/** A text with the new names of everything: what is the same then is not worth a word. */
type Renew = (text: string) => string;

function wordsOf(change: Change, diff: SchemaDiff, renew: Renew): string[] {
  const { before, after } = change;
  if (before === null) return [`${creates(after!.kind)} ${named(after!)}${parts(after!, diff, 'added')}`];
  if (after === null) return [`drops ${named(before)}${parts(before, diff, 'removed')}`];
  const renamed = nameChange(before, after);
  const columns = columnWords(before, after, renew);
  return [...renamed, ...columns, ...restWords(change, renamed.length + columns.length > 0, renew)];
}

function creates(kind: KindName): string {
  return kind === 'constraint' || kind === 'default privileges' ? 'adds' : 'creates';
}

/** `table users`, `index users_email on users`; the schema is said where it is not public. */
function named(object: SchemaObject): string {
  const { kind, name, table } = object;
  if (table !== null && kind !== 'sequence') return `${kind} ${name} on ${qualified(object, table)}`;
  return `${kind} ${kind === 'schema' ? name : qualified(object, name)}`;
}

function qualified({ schema }: SchemaObject, name: string): string {
  return schema === null || schema === 'public' ? name : `${schema}.${name}`;
}

function nameChange(before: SchemaObject, after: SchemaObject): string[] {
  if (before.schema !== after.schema && before.kind !== 'schema' && after.table === null)
    return [`moves ${named(before)} to ${qualified(after, after.name)}`];
  return before.name === after.name ? [] : [`renames ${named(before)} to ${after.name}`];
}

function columnWords(before: SchemaObject, after: SchemaObject, renew: Renew): string[] {
  const of = qualified(after, after.name);
  const was = new Map(before.columns.map((column) => [column.number, column]));
  const is = new Map(after.columns.map((column) => [column.number, column]));
  // What was dropped and made anew has other numbers, and the same names.
  const old = (column: Column): Column | undefined =>
    was.get(column.number) ??
    before.columns.find(({ name, number }) => name === column.name && !is.has(number));
  const kept = new Set(after.columns.map((column) => old(column)));
  return [
    ...before.columns
      .filter((column) => !kept.has(column))
      .map(({ name }) => `drops column ${name} of ${of}`),
    ...after.columns.flatMap((column) => columnChange(old(column), column, of, renew)),
  ];
}

function columnChange(before: Column | undefined, after: Column, of: string, renew: Renew): string[] {
  if (before === undefined) return [`adds column ${after.name} ${after.is} to ${of}`];
  if (before.number !== after.number)
    return [`drops column ${after.name} of ${of} and adds it anew: ${after.is}`];
  const renamed =
    before.name === after.name ? [] : [`renames column ${before.name} of ${of} to ${after.name}`];
  const changed =
    renew(before.is) === renew(after.is)
      ? []
      : [`changes column ${after.name} of ${of} from ${before.is} to ${after.is}`];
  return [...renamed, ...changed];
}

/** What else is different: the labels of an enum by name, and the rest by the first words of its lines. */
function restWords({ after, lines }: Change, isToldAlready: boolean, renew: Renew): string[] {
  const own = changedLines(lines, renew).filter(
    ({ text }) => after!.columns.length === 0 || !text.startsWith('  '),
  );
  const labels = after!.kind === 'enum' ? labelWords(own, qualified(after!, after!.name)) : [];
  const rest = own.filter(({ text }) => !(after!.kind === 'enum' && text.startsWith('  ')));
  const aspects = ASPECTS.filter(([pattern]) => rest.some(({ text }) => pattern.test(text))).map(
    ([, name]) => name,
  );
  const isOther = rest.some(({ text }) => !ASPECTS.some(([pattern]) => pattern.test(text)));
  const isToldNowhere = labels.length + aspects.length === 0;
  return [
    ...labels,
    ...(!isToldAlready && (isOther || isToldNowhere) ? [`changes ${named(after!)}`] : []),
    ...aspects.map((name) => `changes the ${name} of ${named(after!)}`),
  ];
}

function changedLines(lines: readonly Line[], renew: Renew): Line[] {
  const changed = lines.filter(({ sign }) => sign !== ' ');
  const texts = (sign: Line['sign']): Set<string> =>
    new Set(changed.filter((line) => line.sign === sign).map(({ text }) => renew(text)));
  const other = { '-': texts('+'), '+': texts('-'), ' ': new Set<string>() };
  return changed.filter(({ sign, text }) => !other[sign].has(renew(text)));
}

function labelWords(lines: readonly Line[], of: string): string[] {
  const labels = lines.filter(({ text }) => text.startsWith('  '));
  const [gone, come] = (['-', '+'] as const).map((sign) =>
    labels.filter((line) => line.sign === sign).map(({ text }) => text.trim()),
  ) as [string[], string[]];
  if (gone.length === 1 && come.length === 1) return [`renames value ${gone[0]} of enum ${of} to ${come[0]}`];
  return [
    ...gone.map((label) => `removes value ${label} of enum ${of}`),
    ...come.map((label) => `adds value ${label} to enum ${of}`),
  ];
}

const ASPECTS: readonly (readonly [RegExp, string])[] = [
  [/^COMMENT /, 'comment'],
  [/^OWNER TO /, 'owner'],
  [/^(GRANT|REVOKE) /, 'rights'],
  [/^WITH \(/, 'storage options'],
  [/^ROW LEVEL SECURITY/, 'row level security'],
  [/^REPLICA IDENTITY/, 'replica identity'],
  [/^(PARTITION OF|INHERITS) /, 'parent'],
  [/^(DISABLED|ENABLED)/, 'firing'],
];

/** `(6 columns, 2 constraints, 1 index)` */
function parts(object: SchemaObject, diff: SchemaDiff, change: 'added' | 'removed'): string {
  if (object.kind !== 'table') return '';
  const own = diff
    .filter((one) => one.change === change)
    .map(({ before, after }) => (after ?? before)!)
    .filter(
      ({ schema, table, kind }) => table === object.name && schema === object.schema && kind !== 'sequence',
    );
  const counts = COUNTED.map(([kind, one, more]) =>
    count(own.filter((part) => part.kind === kind).length, one, more),
  );
  const all = [count(object.columns.length, 'column', 'columns'), ...counts].filter((text) => text !== '');
  return all.length === 0 ? '' : ` (${all.join(', ')})`;
}

const COUNTED: readonly (readonly [KindName, string, string])[] = [
  ['constraint', 'constraint', 'constraints'],
  ['index', 'index', 'indexes'],
  ['trigger', 'trigger', 'triggers'],
  ['rule', 'rule', 'rules'],
  ['policy', 'policy', 'policies'],
];

function count(number: number, one: string, more: string): string {
  return number === 0 ? '' : `${number} ${number === 1 ? one : more}`;
}

function tablesOf(diff: SchemaDiff, wanted: 'added' | 'removed'): ReadonlySet<string> {
  return new Set(
    diff
      .filter(({ change }) => change === wanted)
      .map(({ before, after }) => (after ?? before)!)
      .filter(({ kind }) => kind === 'table' || kind === 'view' || kind === 'materialized view')
      .map(({ schema, name }) => JSON.stringify([schema, name])),
  );
}

/** Part of a table that came or went as a whole. */
function isPart(
  { change, before, after }: Change,
  made: ReadonlySet<string>,
  gone: ReadonlySet<string>,
): boolean {
  const { schema, table } = (after ?? before)!;
  if (table === null) return false;
  const key = JSON.stringify([schema, table]);
  return (change === 'added' && made.has(key)) || (change === 'removed' && gone.has(key));
}
