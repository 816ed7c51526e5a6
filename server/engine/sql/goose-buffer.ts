import { endsStatement, isBlank, isComment } from './goose.ts';

/**
 * What goose has gathered of a statement so far. It begins with a line that is neither a comment nor empty, and ends with
 * one that ends with a semicolon, or with StatementEnd.
 */
export class GooseBuffer {
  #content: 'nothing' | 'blank' | { readonly line: number } = 'nothing';
  #skipsNext = false;

  /** The line where an unfinished statement begins; null when there is none. */
  get unfinished(): number | null {
    return typeof this.#content === 'object' ? this.#content.line : null;
  }

  /** Whether goose drops a line unread: comments and empty lines between statements. */
  drops(line: string): boolean {
    return this.#content === 'nothing' && (line === '' || isComment(line));
  }

  /** Takes a line that is not dropped; true when goose ends its statement with it. */
  add(line: string, number: number, inBlock: boolean): boolean {
    const skipped = this.#skipsNext;
    if (typeof this.#content === 'string') this.#content = isBlank(line) ? 'blank' : { line: number };
    this.#skipsNext = false;
    const ends = !inBlock && endsStatement(line);
    if (ends || skipped) this.#content = 'nothing';
    return ends;
  }

  /** After a block without statements goose forgets the next line (it stays in the state StatementEnd). */
  skips(line: string): boolean {
    return this.#skipsNext && !isBlank(line);
  }

  beginBlock(): void {
    this.#skipsNext = false;
  }

  /** True when the block, or what came before it, held something, which goose then sends. */
  endBlock(): boolean {
    this.#skipsNext = this.#content === 'nothing';
    this.#content = 'nothing';
    return !this.#skipsNext;
  }
}
