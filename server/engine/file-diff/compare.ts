/** A line of two texts compared: in both, only in the old one, only in the new one. Numbers count from 1. */
export type ComparedLine =
  | { readonly in: 'both'; readonly text: string; readonly old: number; readonly new: number }
  | { readonly in: 'old'; readonly text: string; readonly old: number }
  | { readonly in: 'new'; readonly text: string; readonly new: number };

/** Two texts that differ by more lines than this are not compared any further: what lies between is taken as replaced. */
const MOST_EDITS = 1_000;

/**
 * Two texts line by line, with as few differences as there can be (E. Myers, An O(ND) Difference Algorithm, 1986). Pure.
 *
 * @param first the number of the first line of each
 */
export function compareTexts(before: string, after: string, first = { old: 1, new: 1 }): ComparedLine[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const middle = differences(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return numbered(a, b, ['='.repeat(start), middle, '='.repeat(end)].join(''), first);
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n');
}

/** A letter for each step through both: `=` on in both, `-` on in the old, `+` on in the new. */
function numbered(
  a: readonly string[],
  b: readonly string[],
  path: string,
  first: { old: number; new: number },
): ComparedLine[] {
  let [x, y] = [0, 0];
  return Array.from(path, (step): ComparedLine => {
    if (step === '-') return { in: 'old', text: a[x]!, old: first.old + x++ };
    if (step === '+') return { in: 'new', text: b[y]!, new: first.new + y++ };
    return { in: 'both', text: a[x]!, old: first.old + x++, new: first.new + y++ };
  });
}

function differences(a: readonly string[], b: readonly string[]): string {
  const replaced = '-'.repeat(a.length) + '+'.repeat(b.length);
  if (a.length === 0 || b.length === 0) return replaced;
  const most = Math.min(MOST_EDITS, a.length + b.length);
  const reached = new Int32Array(2 * most + 2);
  const rounds: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits++) {
    rounds.push(reached.slice(most - edits, most + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const isDown = k === -edits || (k !== edits && reached[most + k - 1]! < reached[most + k + 1]!);
      let x = isDown ? reached[most + k + 1]! : reached[most + k - 1]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reached[most + k] = x;
      if (x >= a.length && x - k >= b.length) return pathBack(rounds, a.length, b.length);
    }
  }
  return replaced;
}

/** From the end back to the start, by what was reached with each number of edits. */
function pathBack(rounds: readonly Int32Array[], width: number, height: number): string {
  let [x, y] = [width, height];
  const steps: string[] = [];
  for (let edits = rounds.length - 1; edits > 0; edits--) {
    const reached = rounds[edits]!;
    const k = x - y;
    const isDown = k === -edits || (k !== edits && reached[edits + k - 1]! < reached[edits + k + 1]!);
    const [fromX, fromK] = isDown ? [reached[edits + k + 1]!, k + 1] : [reached[edits + k - 1]!, k - 1];
    const turn = isDown ? fromX : fromX + 1;
    steps.push('='.repeat(x - turn), isDown ? '+' : '-');
    [x, y] = [fromX, fromX - fromK];
  }
  steps.push('='.repeat(x));
  return steps.toReversed().join('');
}
