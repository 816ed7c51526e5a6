import type { Expanded } from './envsub.ts';
import { GooseBuffer } from './goose-buffer.ts';
import { Passage } from './passage.ts';
import { END_OF_FILE } from './statements.ts';

/** A line of the file; `start` and `end` are its offsets, without the line feed. */
export interface Line {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Up or Down by its annotations: the SQL that goose would read, in passages that no statement crosses. */
export class SectionWriter {
  /** The line of its annotation; null when the file has no such section. */
  line: number | null = null;
  readonly passages: Passage[] = [];
  readonly #text: string;
  readonly #goose = new GooseBuffer();
  #passage: Passage;

  constructor(text: string) {
    this.#text = text;
    this.#passage = new Passage(text);
  }

  /** The line where goose begins an unfinished statement at the end of the section; null when it sees none. */
  get unfinished(): number | null {
    return this.#goose.unfinished;
  }

  /** Whether goose would forget this line. */
  isSkippedByGoose(line: Line): boolean {
    return !this.#goose.drops(line.text) && this.#goose.skips(line.text);
  }

  /** Adds a line. Between statements goose drops comments and empty lines, and so finds no variables in them. */
  add(line: Line, inBlock: boolean, expand: ((line: Line) => Expanded[]) | null): void {
    const next = Math.min(line.end + 1, this.#text.length);
    if (this.#goose.drops(line.text)) return this.#passage.keep(line.start, next);
    const sent = expand === null ? this.#keep(line) : this.#put(line, expand(line));
    this.#passage.keep(line.end, next);
    if (this.#goose.add(sent, line.number, inBlock)) this.#passage.cut('semicolon');
  }

  beginBlock(): void {
    this.#goose.beginBlock();
  }

  endBlock(line: Line): void {
    if (this.#goose.endBlock()) this.#passage.cut('block');
    this.#passage.mayEndOpen = true;
    this.#endPassage(`\`-- +goose StatementEnd\` in line ${line.number}`);
  }

  /** Ends the section, at Down or at the end of the file. */
  end(down: Line | null): void {
    this.#endPassage(down === null ? END_OF_FILE : `\`-- +goose Down\` in line ${down.number}`);
  }

  #endPassage(end: string): void {
    this.#passage.end = end;
    this.passages.push(this.#passage);
    this.#passage = new Passage(this.#text);
  }

  #keep(line: Line): string {
    this.#passage.keep(line.start, line.end);
    return line.text;
  }

  #put(line: Line, expanded: readonly Expanded[]): string {
    for (const { from, to, value } of expanded) {
      if (value === null) this.#passage.keep(line.start + from, line.start + to);
      else this.#passage.put(value, line.start + from, line.start + to);
    }
    return expanded.map(({ from, to, value }) => value ?? line.text.slice(from, to)).join('');
  }
}
