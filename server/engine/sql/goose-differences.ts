import { endsInBlockComment } from './glued-comments.ts';
import type { Remark } from './outline.ts';
import type { Passage } from './passage.ts';
import { lineOf, type LineStarts } from './position.ts';
import type { Range } from './statements.ts';

/**
 * Finds where goose would cut a passage inside of a statement or a comment, and so send broken SQL: one remark for each
 * statement. goose ends a statement at any line that ends with `;`, also in a string, a body or a comment.
 */
export class GooseDifferences {
  readonly #passage: Passage;
  readonly #lines: LineStarts;
  readonly #remark: (remark: Remark) => void;
  #next = 0;
  #before: Range | undefined;

  constructor(passage: Passage, lines: LineStarts, remark: (remark: Remark) => void) {
    this.#passage = passage;
    this.#lines = lines;
    this.#remark = remark;
  }

  /** Takes the statements one after the other. */
  pass(range: Range): void {
    this.#judge(range.end, range);
    this.#before = range;
  }

  /** After the last one. */
  finish(): void {
    this.#judge(Infinity, undefined);
  }

  /** The cuts before an offset, none of which lies before the end of the statement before. */
  #judge(end: number, after: Range | undefined): void {
    const { semicolons } = this.#passage;
    let isSaid = false;
    for (let at = semicolons[this.#next]; at !== undefined && at < end; at = semicolons[++this.#next]) {
      if (isSaid || !this.#isWrong(at, after)) continue;
      this.#remark(remarkOn(lineOf(this.#lines, this.#passage.fileOffset(at - 1))));
      isSaid = true;
    }
  }

  /** A cut belongs between two statements, and into none of the comments there. */
  #isWrong(at: number, after: Range | undefined): boolean {
    if (after !== undefined && at > after.start) return true;
    return endsInBlockComment(this.#passage.sql.slice(this.#before?.end ?? 0, at));
  }
}

function remarkOn(line: number): Remark {
  const message =
    'goose would not run this file: it ends a statement at this line, because the line ends with `;`.';
  return { line, message: `${message} It needs StatementBegin and StatementEnd round the whole statement.` };
}
