import { subjectOf, type SchemaDiff } from './diff.ts';
import type { Line } from './lines.ts';

/** Lines around a change. */
const CONTEXT = 3;

/** The difference as a text, as `diff -u` writes it: an object after the other. `''` where there is none. */
export function toUnified(diff: SchemaDiff): string {
  return diff
    .map((change) => {
      const name = subjectOf(change);
      const was = change.before === null ? '/dev/null' : subjectOf({ ...change, after: null });
      const is = change.after === null ? '/dev/null' : name;
      return [`--- ${was}`, `+++ ${is}`, ...hunks(change.lines).flatMap(toHunk)].join('\n');
    })
    .join('\n\n');
}

/** Changed lines that are near each other, with what is around them. */
export interface Hunk {
  /** The first line's number in the old text and in the new one, from 1. */
  readonly before: number;
  readonly after: number;
  readonly lines: readonly Line[];
}

/** The changed lines with what is around them; the rest left out. */
export function hunks(lines: readonly Line[], context = CONTEXT): Hunk[] {
  const isNear = lines.map((_, at) =>
    lines.slice(Math.max(at - context, 0), at + context + 1).some(({ sign }) => sign !== ' '),
  );
  const found: { before: number; after: number; lines: Line[] }[] = [];
  let [before, after] = [1, 1];
  for (const [at, line] of lines.entries()) {
    if (isNear[at]!) {
      if (at === 0 || !isNear[at - 1]!) found.push({ before, after, lines: [] });
      found.at(-1)!.lines.push(line);
    }
    if (line.sign !== '+') before++;
    if (line.sign !== '-') after++;
  }
  return found;
}

function toHunk({ before, after, lines }: Hunk): string[] {
  const range = (from: number, without: Line['sign']): string => {
    const count = lines.filter(({ sign }) => sign !== without).length;
    return count === 0 ? `${from - 1},0` : `${from},${count}`;
  };
  return [
    `@@ -${range(before, '+')} +${range(after, '-')} @@`,
    ...lines.map(({ sign, text }) => `${sign}${text}`),
  ];
}
