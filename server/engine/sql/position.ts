import type { Place, Segment, Statement } from '../migration.ts';

/** A line of a file to show round a place; `caret` is the column to point at, in code points of the shown `text`. */
export interface ExcerptLine {
  readonly number: number;
  readonly text: string;
  readonly caret: number | null;
}

/** What is shown of a line at most, in UTF-16 units. */
const WIDEST = 200;

/**
 * Where in the file's text an error of the server is. Its `position` counts code points of the message that was sent,
 * from 1 (https://www.postgresql.org/docs/current/protocol-error-fields.html); one past the end is "at end of input".
 */
export function placeOf(text: string, statement: Statement, position: number): Place {
  return placeAt(text, offsetInFile(statement, offsetOfCodePoint(statement.sql, position - 1)));
}

/** Where in the file's text an offset of a statement's SQL is. */
export function placeIn(text: string, statement: Statement, offset: number): Place {
  return placeAt(text, offsetInFile(statement, offset));
}

/** The place of a UTF-16 offset; an offset beyond the end is the end. */
export function placeAt(text: string, offset: number): Place {
  const at = Math.min(Math.max(offset, 0), text.length);
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: countCodePoints(text, start, at) + 1 };
}

/** The line of a place with `context` lines round it; what is longer than 200 characters is cut round the caret. */
export function excerpt(text: string, place: Place, context = 2): ExcerptLine[] {
  const lines: ExcerptLine[] = [];
  const last = place.line + context;
  for (let number = 1, start = 0; number <= last && start <= text.length; number++) {
    const feed = text.indexOf('\n', start);
    const end = feed < 0 ? text.length : feed;
    if (number >= place.line - context && !isEndOfFile(text, start)) {
      lines.push(shown(number, text.slice(start, end), number === place.line ? place.column : null));
    }
    start = end + 1;
  }
  return lines;
}

/** The offset at which each line begins. */
export type LineStarts = Uint32Array;

/** For asking `lineOf` many times over. */
export function lineStarts(text: string): LineStarts {
  let count = 1;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) count++;
  const starts = new Uint32Array(count);
  let line = 1;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts[line++] = end + 1;
  return starts;
}

/** The number of the line, from 1, that holds an offset. */
export function lineOf(starts: LineStarts, offset: number): number {
  return lastAtOrBefore(starts, offset, (start) => start) + 1;
}

/** The index of the last of the ascending `items` that begins at or before `offset`; 0 when there is none. */
export function lastAtOrBefore<T>(items: ArrayLike<T>, offset: number, begin: (item: T) => number): number {
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const item = items[middle];
    if (item !== undefined && begin(item) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function offsetInFile(statement: Statement, offset: number): number {
  const segment = statement.segments[lastAtOrBefore(statement.segments, offset, ({ sql }) => sql)];
  return segment === undefined ? statement.offset : throughSegment(segment, offset);
}

function throughSegment(segment: Segment, offset: number): number {
  return segment.fixed ? segment.file : segment.file + Math.min(offset - segment.sql, segment.length);
}

function offsetOfCodePoint(text: string, index: number): number {
  let offset = 0;
  for (let left = index; left > 0 && offset < text.length; left--) offset += isPair(text, offset) ? 2 : 1;
  return offset;
}

function countCodePoints(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; count++) at += isPair(text, at) ? 2 : 1;
  return count;
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xff_ff;
}

/** The nothing after the last line feed is no line to show, unless it is all there is. */
function isEndOfFile(text: string, start: number): boolean {
  return start === text.length && start > 0;
}

function shown(number: number, line: string, column: number | null): ExcerptLine {
  if (line.length <= WIDEST) return { number, text: line, caret: column };
  const caret = offsetOfCodePoint(line, (column ?? 1) - 1);
  const from = wholeCharacter(line, Math.max(0, Math.min(caret - WIDEST / 2, line.length - WIDEST)));
  const to = wholeCharacter(line, Math.min(line.length, from + WIDEST));
  const before = from > 0 ? '…' : '';
  const text = before + line.slice(from, to) + (to < line.length ? '…' : '');
  return {
    number,
    text,
    caret: column === null ? null : before.length + countCodePoints(line, from, caret) + 1,
  };
}

/** Steps back from the middle of a surrogate pair. */
function wholeCharacter(line: string, at: number): number {
  return at > 0 && isPair(line, at - 1) ? at - 1 : at;
}
