import type { Segment, Statement } from '../migration.ts';
import type { Kind } from './kind.ts';

/**
 * A statement that is sent as it is written, as nearly all are. A file may hold a million of them: what it can take from the
 * file's text it does not keep.
 */
export class Written implements Statement {
  readonly offset: number;
  readonly line: number;
  readonly #what: Kind;
  readonly #file: string;
  readonly #length: number;

  /** @param file the file's text; `offset` and `length` are UTF-16 */
  constructor(
    file: string,
    { offset, length }: { readonly offset: number; readonly length: number },
    line: number,
    what: Kind,
  ) {
    this.#file = file;
    this.#length = length;
    this.offset = offset;
    this.line = line;
    this.#what = what;
  }

  get text(): string {
    return this.#file.slice(this.offset, this.offset + this.#length);
  }

  get sql(): string {
    return this.text;
  }

  get segments(): readonly Segment[] {
    return [{ sql: 0, file: this.offset, length: this.#length, fixed: false }];
  }

  get kind(): string {
    return this.#what.kind;
  }

  get object(): string | null {
    return this.#what.object;
  }

  get parts(): number {
    return 1;
  }
}
