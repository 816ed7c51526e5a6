import { type Change, hunks, type Line, type SchemaDiff, titleOf, toWords } from '../../engine/index.ts';
import { idOf } from './schema-view.ts';

/** What is different between two states of the schema, ready to print. */
export interface ChangesView {
  readonly words: readonly string[];
  readonly changes: readonly ChangeView[];
}

export interface ChangeView {
  /** Its place on the page. */
  readonly id: string;
  readonly change: 'added' | 'removed' | 'changed' | 'renamed';
  readonly kind: string;
  readonly title: string;
  /** What it was called before; null where it is called that still. */
  readonly was: string | null;
  /** What is remarkable about it; null for nothing. */
  readonly remark: string | null;
  readonly added: number;
  readonly removed: number;
  /** Groups of lines, with what is left out between them. */
  readonly hunks: readonly { readonly lines: readonly LineView[] }[];
}

export interface LineView {
  readonly sign: Line['sign'];
  /** What the sign means, for those who do not see it. */
  readonly word: string;
  readonly text: string;
}

export function changesView(diff: SchemaDiff): ChangesView {
  return { words: toWords(diff), changes: diff.map(changeView) };
}

function changeView(change: Change): ChangeView {
  const { before, after, lines, follows } = change;
  const object = (after ?? before)!;
  const [is, was] = [titleOf(object), before === null ? null : titleOf(before)];
  return {
    id: idOf(object),
    change: change.change,
    kind: object.kind,
    title: is,
    was: was === is ? null : was,
    remark: remarkOn(change, follows),
    added: lines.filter(({ sign }) => sign === '+').length,
    removed: lines.filter(({ sign }) => sign === '-').length,
    hunks: hunks(lines).map((hunk) => ({ lines: hunk.lines.map(lineView) })),
  };
}

function remarkOn({ lines }: Change, follows: boolean): string | null {
  if (follows) return 'only names of others';
  return lines.every(({ sign }) => sign === ' ') ? 'a column was made anew: what it held is gone' : null;
}

const WORDS: Readonly<Record<Line['sign'], string>> = { ' ': '', '-': 'removed: ', '+': 'added: ' };

function lineView({ sign, text }: Line): LineView {
  return { sign, word: WORDS[sign], text };
}
