import { endsInBlockComment } from './glued-comments.ts';
import type { Remark } from './outline.ts';
import type { GooseCut, Passage } from './passage.ts';
import type { Range } from './statements.ts';

/**
 * Where goose would cut a passage inside of a statement or a comment, and so send broken SQL: one remark for each
 * statement. goose ends a statement at any line that ends with `;`, also in a string, a body or a comment.
 */
export function gooseDifferences(passage: Passage, ranges: readonly Range[]): Remark[] {
  const { sql, cuts } = passage;
  const remarks: Remark[] = [];
  let index = 0;
  let said = -1;
  for (const cut of cuts) {
    while (index < ranges.length && (ranges[index]?.end ?? 0) <= cut.at) index++;
    if (said !== index && isWrong(sql, cut.at, ranges[index - 1], ranges[index])) {
      remarks.push(remarkOn(cut));
      said = index;
    }
  }
  return remarks;
}

/** A cut belongs between two statements, and into none of the comments there. */
function isWrong(sql: string, at: number, before: Range | undefined, after: Range | undefined): boolean {
  return (after !== undefined && at > after.start) || endsInBlockComment(sql.slice(before?.end ?? 0, at));
}

function remarkOn({ line }: GooseCut): Remark {
  const message =
    'goose would not run this file: it ends a statement at this line, because the line ends with `;`.';
  return { line, message: `${message} It needs StatementBegin and StatementEnd round the whole statement.` };
}
