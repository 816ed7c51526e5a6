import { excerpt, type Failure, indentOf } from '../engine/index.ts';

/** A failure, ready to print: the server's words and the lines around the place. */
export interface FailureView {
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly sqlstate: string | null;
  readonly context: string | null;
  /** `20250101_x.sql:12:5`, without the column where the server named no place in the statement; null where there is no place to point at. */
  readonly where: string | null;
  readonly excerpt: readonly ExcerptLine[];
}

export interface ExcerptLine {
  readonly number: number;
  readonly text: string;
  /** Whether it is the line of the place. */
  readonly hit: boolean;
  /** The spaces that put a caret under the place; null where the server named none, and on every other line. */
  readonly indent: string | null;
}

/** @param text what ran; null when it is not known any more, and then no lines are shown */
export function failureView(failure: Failure, text: string | null, file: string | null): FailureView {
  const { message, detail, hint, sqlstate, context, place, exact } = failure;
  const lines = text === null || place === null ? [] : excerpt(text, place);
  return {
    message,
    detail,
    hint,
    sqlstate,
    context,
    where: place === null ? null : whereIs(place, exact, file),
    excerpt: lines.map(({ number, text: line, caret }) => ({
      number,
      text: line,
      hit: caret !== null,
      indent: caret === null || !exact ? null : indentOf(line, caret),
    })),
  };
}

/** `20250101_x.sql:12:5`; `line 12, column 5` where the file has no name any more. */
function whereIs(
  { line, column }: NonNullable<Failure['place']>,
  exact: boolean,
  file: string | null,
): string {
  if (file === null) return exact ? `line ${line}, column ${column}` : `line ${line}`;
  return exact ? `${file}:${line}:${column}` : `${file}:${line}`;
}
