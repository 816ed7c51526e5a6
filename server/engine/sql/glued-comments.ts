import { trim } from './goose.ts';
import { Head } from './head.ts';
import { kindOf } from './kind.ts';
import { Lexer } from './lexer.ts';

/**
 * The ends that goose sees in a comment glued to the word before it: in `SELECT 1--c;` its last word is `1--c;`, and so it
 * runs `SELECT 1`. Taken for an end where the next token begins a statement, or nothing comes: elsewhere what is left
 * would be no SQL, so that goose does not run the file, and what PostgreSQL reads is what is meant.
 */
export class GluedComments {
  readonly #sql: string;
  readonly #cuts: readonly number[];
  #index = 0;

  constructor(sql: string, cuts: readonly number[]) {
    this.#sql = sql;
    this.#cuts = cuts;
  }

  /** Where goose ends the next statement; Infinity when it ends no more. */
  get next(): number {
    return this.#cuts[this.#index] ?? Infinity;
  }

  /**
   * Steps over the ends up to `after`, where a token begins or the text ends. The offset of the `;` of a comment that ends
   * the statement whose last token ends at `before`; null when there is no such comment between the two.
   */
  pass(before: number, after: number): number | null {
    let cut = Infinity;
    for (; this.next <= after; this.#index++) {
      if (this.next > before) cut = Math.min(cut, this.next);
    }
    if (cut === Infinity || !mayBegin(trim(this.#sql.slice(after)))) return null;
    if (endsInBlockComment(this.#sql.slice(before, cut))) return null;
    return this.#sql.lastIndexOf(';', cut);
  }
}

/** `WITH` begins a query only before a name and AS; else it goes on with a statement: WITH (fillfactor = 50), WITH NO DATA. */
function mayBegin(sql: string): boolean {
  const head = new Head(sql);
  if (head.atEnd || head.accept(';')) return true;
  if (!head.accept('with')) return kindOf(sql).kind !== 'other';
  head.accept('recursive');
  return head.name() !== null && (head.accept('as') || head.accept('('));
}

/** Whether a text without tokens ends in a block comment that is still open. */
export function endsInBlockComment(sql: string): boolean {
  const lexer = new Lexer(sql);
  while (lexer.next());
  return lexer.unclosed === 'block comment';
}
