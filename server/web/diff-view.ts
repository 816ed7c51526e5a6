import { type ComparedLine, compareTexts, compareWithin, type Part } from '../engine/index.ts';

/** One side of a row: null where there is nothing. */
export interface Side {
  readonly number: number;
  readonly parts: readonly Part[];
}

/** A row of a diff, ready to print: one line, or two that took each other's place; or how many lines are left out. */
export type DiffRow =
  | {
      readonly is: 'same' | 'changed' | 'gone' | 'come';
      readonly old: Side | null;
      readonly new: Side | null;
    }
  | { readonly is: 'skipped'; readonly lines: number };

export interface DiffSection {
  readonly heading: 'Up' | 'Down';
  readonly changed: boolean;
  readonly rows: readonly DiffRow[];
  /** How many more rows there are than a page shows. */
  readonly more: number;
}

/** Lines around a change; more rows than these are not on a page, nor more letters of a line. */
const CONTEXT = 3;
const MOST_ROWS = 2_000;
const MOST_LETTERS = 1_000;

/** What ran and what the file says now, Up and Down. @param context `near`: unchanged lines far from a change are left out */
export function diffSections(ran: string, now: string, context: 'near' | 'all'): DiffSection[] {
  const [old, current] = [cut(ran), cut(now)];
  const first = { old: old.up.length + 1, new: current.up.length + 1 };
  return [
    section('Up', compareTexts(old.up.join('\n'), current.up.join('\n')), context),
    section('Down', compareTexts(old.down.join('\n'), current.down.join('\n'), first), context),
  ];
}

/** The Down begins with its annotation's line. */
function cut(text: string): { up: string[]; down: string[] } {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => /^\s*--\s*\+goose\s+down\b/i.test(line));
  return at < 0 ? { up: lines, down: [] } : { up: lines.slice(0, at), down: lines.slice(at) };
}

function section(
  heading: DiffSection['heading'],
  lines: readonly ComparedLine[],
  context: 'near' | 'all',
): DiffSection {
  const rows = rowsOf(lines);
  const shown = context === 'all' ? rows : nearChanges(rows);
  return {
    heading,
    changed: rows.some(({ is }) => is !== 'same'),
    rows: shown.slice(0, MOST_ROWS),
    more: Math.max(shown.length - MOST_ROWS, 0),
  };
}

/** Lines that go and come at the same place stand beside each other. */
function rowsOf(lines: readonly ComparedLine[]): DiffRow[] {
  const rows: DiffRow[] = [];
  for (let at = 0; at < lines.length;) {
    const gone: ComparedLine[] = [];
    const come: ComparedLine[] = [];
    for (; at < lines.length && lines[at]!.in !== 'both'; at++)
      (lines[at]!.in === 'old' ? gone : come).push(lines[at]!);
    for (let place = 0; place < Math.max(gone.length, come.length); place++)
      rows.push(pair(gone[place] ?? null, come[place] ?? null));
    const line = lines[at++];
    if (line?.in === 'both')
      rows.push({ is: 'same', old: whole(line.old, line.text), new: whole(line.new, line.text) });
  }
  return rows;
}

function pair(gone: ComparedLine | null, come: ComparedLine | null): DiffRow {
  if (gone?.in === 'old' && come?.in === 'new') {
    const within = compareWithin(short(gone.text), short(come.text));
    return {
      is: 'changed',
      old: { number: gone.old, parts: within.old },
      new: { number: come.new, parts: within.new },
    };
  }
  if (gone?.in === 'old') return { is: 'gone', old: whole(gone.old, gone.text), new: null };
  return { is: 'come', old: null, new: come?.in === 'new' ? whole(come.new, come.text) : null };
}

function whole(number: number, text: string): Side {
  return { number, parts: [{ text: short(text), marked: false }] };
}

function short(text: string): string {
  return text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS)} …`;
}

function nearChanges(rows: readonly DiffRow[]): DiffRow[] {
  const near = new Uint8Array(rows.length);
  for (const [at, { is }] of rows.entries())
    if (is !== 'same') near.fill(1, Math.max(at - CONTEXT, 0), at + CONTEXT + 1);
  const shown: DiffRow[] = [];
  for (let at = 0; at < rows.length;) {
    if (near[at] === 1) shown.push(rows[at++]!);
    else {
      const from = at;
      while (at < rows.length && near[at] === 0) at++;
      shown.push({ is: 'skipped', lines: at - from });
    }
  }
  return shown;
}
