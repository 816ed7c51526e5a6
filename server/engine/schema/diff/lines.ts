/** A line of a comparison: in both texts, only in the old one, only in the new one. */
export interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** Beyond so many lines on a side the middle is taken as replaced: nobody reads it line by line, and it takes long. */
const MOST_LINES = 3_000;

/** What has to be taken away from one text, and added to it, to get the other: as few lines as can be. */
export function compareLines(before: string, after: string): Line[] {
  const [a, b] = [split(before), split(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return [
    ...a.slice(0, start).map(both),
    ...between(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(both),
  ];
}

function split(text: string): string[] {
  return text === '' ? [] : text.split('\n');
}

function gone(text: string): Line {
  return { sign: '-', text };
}

function come(text: string): Line {
  return { sign: '+', text };
}

function both(text: string): Line {
  return { sign: ' ', text };
}

/** By the longest common subsequence. */
function between(a: readonly string[], b: readonly string[]): Line[] {
  if (a.length === 0 || b.length === 0 || a.length > MOST_LINES || b.length > MOST_LINES)
    return [...a.map(gone), ...b.map(come)];
  const lengths = commonLengths(a, b);
  const width = b.length + 1;
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push(both(a[i]!));
      i++;
      j++;
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) lines.push(gone(a[i++]!));
    else lines.push(come(b[j++]!));
  }
  return [...lines, ...a.slice(i).map(gone), ...b.slice(j).map(come)];
}

/** How many lines what is left of both has in common, from each place in the one and in the other. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  return lengths;
}
