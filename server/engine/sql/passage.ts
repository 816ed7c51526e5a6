import type { Segment } from '../migration.ts';
import { lastAtOrBefore } from './position.ts';
import { END_OF_FILE } from './statements.ts';

/** What a passage holds at one go: lines of the file, or the value of a variable in place of `${NAME}`. */
interface Piece extends Segment {
  readonly fileEnd: number;
  readonly value: string | null;
}

/**
 * A run of SQL that ends where any statement must: at StatementEnd, at Down, or at the end of the file. Its SQL is the
 * file's text without annotation lines and with ENVSUB done, and each offset in it can be traced back.
 */
export class Passage {
  /** Where goose would end a statement because a line ends with `;`: offsets of the SQL, ascending. */
  readonly semicolons: number[] = [];
  #block: number | null = null;
  /** What ended it, in words for a message. */
  end = END_OF_FILE;
  /** Whether its last statement needs no `;`, because StatementEnd ends it. */
  mayEndOpen = false;
  /** The file's. */
  readonly text: string;
  readonly #pieces: Piece[] = [];
  #length = 0;
  #sql: string | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** Appends a stretch of the file as it is. */
  keep(from: number, to: number): void {
    if (from === to) return;
    const last = this.#pieces.at(-1);
    const grows = last !== undefined && !last.fixed && last.fileEnd === from;
    const file = grows ? last.file : from;
    const sql = grows ? last.sql : this.#length;
    if (grows) this.#pieces.pop();
    this.#pieces.push({ sql, file, length: to - file, fixed: false, fileEnd: to, value: null });
    this.#length = sql + to - file;
  }

  /** Appends a value that stands in the place of a stretch of the file. */
  put(value: string, from: number, to: number): void {
    if (value === '') return;
    const { length } = value;
    this.#pieces.push({ sql: this.#length, file: from, length, fixed: true, fileEnd: to, value });
    this.#length += length;
  }

  /** Notes that goose would end a statement here. */
  cut(by: 'semicolon' | 'block'): void {
    if (by === 'semicolon') this.semicolons.push(this.#length);
    else this.#block = this.#length;
  }

  /** Where goose would end a statement, for whatever reason: StatementEnd ends the passage, too. */
  get cuts(): readonly number[] {
    return this.#block === null ? this.semicolons : [...this.semicolons, this.#block];
  }

  get sql(): string {
    this.#sql ??= this.#pieces
      .map(({ value, file, fileEnd }) => value ?? this.text.slice(file, fileEnd))
      .join('');
    return this.#sql;
  }

  /** The file's offset of an offset in `sql`; inside of a value it is where `${NAME}` begins. */
  fileOffset(at: number): number {
    const piece = this.#pieces[this.#pieceAt(at)];
    if (piece === undefined) return 0;
    return piece.fixed ? piece.file : piece.file + at - piece.sql;
  }

  /** Where the stretch from `start` to `end` is in the file, if it is sent as it is written there; else null. */
  written(start: number, end: number): { readonly offset: number; readonly length: number } | null {
    const piece = this.#pieces[this.#pieceAt(start)];
    if (piece === undefined || piece.fixed || end > piece.sql + piece.length) return null;
    return { offset: piece.file + start - piece.sql, length: end - start };
  }

  /** The stretch from `start` to `end`: as sent, as written, and how to get from the one to the other. */
  stretch(start: number, end: number): { sql: string; text: string; offset: number; segments: Segment[] } {
    const segments: Segment[] = [];
    let fileEnd = 0;
    for (let index = this.#pieceAt(start); index < this.#pieces.length; index++) {
      const piece = this.#pieces[index];
      if (piece === undefined || piece.sql >= end) break;
      segments.push(clip(piece, start, end));
      fileEnd = piece.fixed ? piece.fileEnd : piece.file + Math.min(end - piece.sql, piece.length);
    }
    const offset = this.fileOffset(start);
    return { sql: this.sql.slice(start, end), text: this.text.slice(offset, fileEnd), offset, segments };
  }

  #pieceAt(at: number): number {
    return lastAtOrBefore(this.#pieces, at, ({ sql }) => sql);
  }
}

/** The part of a piece between two offsets of the SQL, counted from the first of them. */
function clip({ sql, file, length, fixed }: Piece, start: number, end: number): Segment {
  const skipped = Math.max(0, start - sql);
  const to = Math.min(length, end - sql);
  return { sql: sql + skipped - start, file: fixed ? file : file + skipped, length: to - skipped, fixed };
}
