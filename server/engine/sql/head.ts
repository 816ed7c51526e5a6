import { Lexer, type TokenType } from './lexer.ts';
import { valueOf } from './literal.ts';

interface Token {
  readonly type: TokenType | 'end';
  readonly lower: string;
  readonly start: number;
  readonly end: number;
}

/** Reads the words at the head of a statement; comments are skipped, and tokens are read only as far as asked for. */
export class Head {
  readonly #sql: string;
  readonly #lexer: Lexer;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
    this.#lexer = new Lexer(sql);
  }

  get atEnd(): boolean {
    return this.#peek(0).type === 'end';
  }

  /** The next token if it is a word, in lower case; else ``. */
  get word(): string {
    const token = this.#peek(0);
    return token.type === 'word' ? token.lower : '';
  }

  /** Steps over the next token and returns it, in lower case. */
  take(): string {
    const { lower } = this.#peek(0);
    this.#at++;
    return lower;
  }

  /** Steps over these tokens if all of them come next. */
  accept(...wanted: readonly string[]): boolean {
    if (!wanted.every((lower, index) => this.#isPlain(this.#peek(index), lower))) return false;
    this.#at += wanted.length;
    return true;
  }

  /** Whether this comes next. */
  isNext(wanted: string): boolean {
    return this.#isPlain(this.#peek(0), wanted);
  }

  /** Whether a name comes next, quoted or not. */
  get isName(): boolean {
    const { type } = this.#peek(0);
    return type === 'word' || type === 'name';
  }

  /** Steps over as many of these words as come next, in any order. */
  skip(...words: readonly string[]): void {
    while (words.includes(this.word)) this.#at++;
  }

  /** Steps over parentheses, if they come next, and returns the tokens between them, in lower case. */
  parenthesised(): string[] {
    const inside: string[] = [];
    if (!this.accept('(')) return inside;
    for (let depth = 1; !this.atEnd;) {
      const token = this.take();
      if (token === '(') depth++;
      else if (token === ')' && --depth === 0) break;
      inside.push(token);
    }
    return inside;
  }

  /** Steps forward to the next of these words outside of parentheses, and over it; `` when none comes. */
  find(...words: readonly string[]): string {
    while (!this.atEnd) {
      if (words.includes(this.word)) return this.take();
      if (this.#isPlain(this.#peek(0), '(')) this.parenthesised();
      else this.#at++;
    }
    return '';
  }

  /**
   * The name that comes next, as written: `users`, `public."Users"`, before ENVSUB also `users_${SUFFIX}`. Null, and
   * nothing is read, when something else comes.
   */
  name(): string | null {
    const { start } = this.#peek(0);
    let end = this.#namePart();
    if (end === null) return null;
    while (this.accept('.')) end = this.#namePart() ?? end;
    return this.#sql.slice(start, end);
  }

  /** Where the next token begins in the text. */
  get offset(): number {
    return this.#peek(0).start;
  }

  /** What was stepped over since then, as written; `` when nothing was. */
  since(offset: number): string {
    const end = this.#at === 0 ? 0 : (this.#tokens[this.#at - 1]?.end ?? this.#sql.length);
    return this.#sql.slice(offset, Math.max(offset, end));
  }

  /**
   * Steps forward to the next of these words or symbols outside of parentheses, and not over it; to the end when none
   * comes. The text that was stepped over, as written.
   */
  upTo(...stops: readonly string[]): string {
    const { start } = this.#peek(0);
    let end = start;
    while (!this.atEnd && !stops.some((stop) => this.#isPlain(this.#peek(0), stop))) {
      if (this.#isPlain(this.#peek(0), '(')) this.parenthesised();
      else this.#at++;
      end = this.#tokens[this.#at - 1]!.end;
    }
    return this.#sql.slice(start, end);
  }

  /** What the string that comes next says; null, and nothing is read, when something else comes. */
  string(): string | null {
    if (this.#peek(0).type !== 'string') return null;
    let text = '';
    let end = 0;
    do {
      const token = this.#peek(0);
      text += valueOf(this.#sql.slice(token.start, token.end));
      ({ end } = token);
      this.#at++;
    } while (this.#peek(0).type === 'string' && this.#sql.slice(end, this.#peek(0).start).includes('\n'));
    return text;
  }

  /** Names with commas between them, as written. */
  names(): string | null {
    const names: string[] = [];
    do {
      const name = this.name();
      if (name === null) break;
      names.push(name);
    } while (this.accept(','));
    return names.length === 0 ? null : names.join(', ');
  }

  /** Reads one part of a name with what is glued to it of `${…}`; the offset where it ends. */
  #namePart(): number | null {
    const first = this.#peek(0);
    if (first.type !== 'word' && first.type !== 'name' && first.lower !== '$') return null;
    this.#at++;
    let { end } = first;
    while (this.#peek(0).start === end && this.#isGlued(this.#peek(0))) {
      end = this.#peek(0).lower === '{' ? this.#endOfBraces() : this.#peek(0).end;
      this.#at++;
    }
    return end;
  }

  #isGlued({ type, lower }: Token): boolean {
    return type === 'word' || lower === '{' || lower === '$';
  }

  /** Steps to the closing brace; the offset after it. */
  #endOfBraces(): number {
    while (!this.atEnd && this.#peek(0).lower !== '}') this.#at++;
    return this.#peek(0).end;
  }

  /** Quoted names and strings are no key words, whatever is in them. */
  #isPlain({ type, lower }: Token, wanted: string): boolean {
    return (type === 'word' || type === 'symbol') && lower === wanted;
  }

  #peek(ahead: number): Token {
    while (this.#tokens.length <= this.#at + ahead) this.#tokens.push(this.#read());
    return this.#tokens[this.#at + ahead] ?? END;
  }

  #read(): Token {
    if (!this.#lexer.next()) return { ...END, start: this.#sql.length, end: this.#sql.length };
    const { type, start, end } = this.#lexer;
    const lower = type === 'string' ? '' : this.#lexer.lower;
    return { type, lower, start, end };
  }
}

const END: Token = { type: 'end', lower: '', start: 0, end: 0 };

/** Whether a list of options, as in REINDEX (VERBOSE, CONCURRENTLY), holds this one, and not as `false`. */
export function switchedOn(options: readonly string[], name: string): boolean {
  const at = options.indexOf(name);
  return at >= 0 && !['false', 'off', '0'].includes(options[at + 1] ?? '');
}
