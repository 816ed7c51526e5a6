/** A stretch of a line; `marked` where it differs from its counterpart. */
export interface Part {
  readonly text: string;
  readonly marked: boolean;
}

/**
 * What differs within two lines that took each other's place: all between what they begin and end with alike. Nothing is
 * marked where they have too little in common to be the same line.
 */
export function compareWithin(before: string, after: string): { old: Part[]; new: Part[] } {
  const [a, b] = [Array.from(before), Array.from(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const isAlike = (start + end) * 3 >= Math.max(a.length, b.length);
  if (!isAlike) return { old: [{ text: before, marked: false }], new: [{ text: after, marked: false }] };
  return { old: parts(a, start, end), new: parts(b, start, end) };
}

function parts(letters: readonly string[], start: number, end: number): Part[] {
  const to = letters.length - end;
  return [
    { text: letters.slice(0, start).join(''), marked: false },
    { text: letters.slice(start, to).join(''), marked: true },
    { text: letters.slice(to).join(''), marked: false },
  ].filter(({ text }) => text !== '');
}
