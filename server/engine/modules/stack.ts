import type { Place } from '../migration.ts';
import { lineStarts, placeAt } from '../sql/position.ts';

/**
 * Where in a module its code was: the first place in a stack trace that is in the module's file.
 *
 * @param names how stack traces name the file
 * @returns null when it was not in it, or the trace says nothing of it
 */
export function placeInStack(stack: unknown, names: readonly string[], text: string): Place | null {
  if (typeof stack !== 'string') return null;
  const found = names.flatMap((name) => placesOf(stack, name)).toSorted((a, b) => a.index - b.index)[0];
  return found === undefined ? null : inCodePoints(text, found.line, found.column);
}

interface Found {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

/** `at up (file:///…/1_a.mjs?v=1:3:21)`; or, where the file does not parse, `/…/1_a.cjs:3`, its line and a caret below. */
function placesOf(stack: string, name: string): Found[] {
  const index = stack.indexOf(`${name}:`);
  if (index < 0) return [];
  const rest = stack.slice(index + name.length + 1);
  const [, line, column] = /^(\d+)(?::(\d+))?/.exec(rest) ?? [];
  if (line === undefined) return [];
  const caret = /^\d+\n.*\n( *)\^/.exec(rest)?.[1];
  return [
    { index, line: Number(line), column: column === undefined ? (caret?.length ?? 0) + 1 : Number(column) },
  ];
}

/** V8 counts UTF-16 units. */
function inCodePoints(text: string, line: number, column: number): Place | null {
  const start = lineStarts(text)[line - 1];
  return start === undefined ? null : placeAt(text, start + column - 1);
}
