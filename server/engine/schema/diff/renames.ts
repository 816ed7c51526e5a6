import type { SchemaObject } from './object.ts';

/** What has another name now: objects and columns, old name → new name. */
export function renamesIn(
  pairs: readonly (readonly [SchemaObject | null, SchemaObject | null])[],
): ReadonlyMap<string, string> {
  const renames = new Map<string, string>();
  for (const [before, after] of pairs) {
    if (before === null || after === null) continue;
    for (const [old, now] of [
      [bare(before.name), bare(after.name)] as const,
      [before.schema ?? '', after.schema ?? ''] as const,
      ...columnNames(before, after),
    ]) {
      if (old !== now) renames.set(old, now);
    }
  }
  return renames;
}

/** Of a function without its arguments. */
function bare(name: string): string {
  return name.replace(/\(.*$/s, '');
}

function columnNames(before: SchemaObject, after: SchemaObject): (readonly [string, string])[] {
  const now = new Map(after.columns.map(({ number, name }) => [number, name]));
  return before.columns.map(({ number, name }) => [name, now.get(number) ?? name] as const);
}

/** A text in which everything that is called something else now is called that. Quotes do not count. */
export function withNewNames(text: string, renames: ReadonlyMap<string, string>): string {
  return text.replaceAll(/[\p{L}_][\p{L}\p{N}_$]*|"(?:[^"]|"")+"/gu, (word) => {
    const name = word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;
    return renames.get(name) ?? name;
  });
}
