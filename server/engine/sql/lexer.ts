/** What a token is, as far as cutting and naming statements goes; a symbol is a single character. */
export type TokenType = 'word' | 'name' | 'string' | 'number' | 'symbol';

/** Something that has a beginning but no end. */
export type Unclosed = 'string' | 'quoted name' | 'dollar-quoted string' | 'block comment';

const SYMBOL = 0;
const SPACE = 1;
const WORD = 2;
const DIGIT = 3;
const QUOTE = 4;
const DOUBLE_QUOTE = 5;
const DOLLAR = 6;

const DASH = 45;
const STAR = 42;
const SLASH = 47;
const BACKSLASH = 92;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Every character beyond ASCII may be part of a word, the no-break space among them: PostgreSQL's scanner knows bytes. */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => classify(String.fromCharCode(code)));

function classify(char: string): number {
  if (/[ \t\n\r\f\v]/.test(char)) return SPACE;
  if (/[a-z_]/i.test(char)) return WORD;
  if (/\d/.test(char)) return DIGIT;
  return { "'": QUOTE, '"': DOUBLE_QUOTE, $: DOLLAR }[char] ?? SYMBOL;
}

function classOf(code: number): number {
  return code < 128 ? (CLASSES[code] ?? SYMBOL) : WORD;
}

/**
 * Reads SQL token by token by the rules of PostgreSQL's scanner (src/backend/parser/scan.l; "Lexical Structure" in the
 * manual), with standard_conforming_strings on. One pass, no allocation: the current token is in the fields.
 */
export class Lexer {
  type: TokenType = 'symbol';
  start = 0;
  end = 0;
  /** Set when the text ended inside something; where that began is `unclosedAt`. */
  unclosed: Unclosed | null = null;
  unclosedAt = 0;
  readonly #sql: string;
  readonly #onLineComment: ((start: number) => void) | null;

  /** @param onLineComment is told where each `--` comment begins; default: nobody is */
  constructor(sql: string, from = 0, onLineComment: ((start: number) => void) | null = null) {
    this.#sql = sql;
    this.end = from;
    this.#onLineComment = onLineComment;
  }

  /** Steps to the next token; false at the end. White space and comments are skipped. */
  next(): boolean {
    this.start = this.#skipBlank(this.end);
    if (this.start >= this.#sql.length) {
      this.end = this.#sql.length;
      return false;
    }
    this.end = this.#endOfToken(this.start);
    return true;
  }

  /** The token in lower case: what to compare key words with. */
  get lower(): string {
    return this.#sql.slice(this.start, this.end).toLowerCase();
  }

  /** Whether the token is this one character. */
  is(symbol: string): boolean {
    return this.type === 'symbol' && this.#sql[this.start] === symbol;
  }

  #endOfToken(start: number): number {
    switch (classOf(this.#sql.charCodeAt(start))) {
      case WORD:
        return this.#word(start);
      case DIGIT:
        this.type = 'number';
        return this.#endOfWord(start, false);
      case QUOTE:
        this.type = 'string';
        return this.#quoted(start, "'", 'string');
      case DOUBLE_QUOTE:
        this.type = 'name';
        return this.#quoted(start, '"', 'quoted name');
      case DOLLAR:
        return this.#dollar(start);
      default:
        this.type = 'symbol';
        return start + 1;
    }
  }

  /**
   * A word, or the string that an `E` before a quote begins. The other prefixes (B, X, N, U&) change what is between the
   * quotes, not where they end, so they may pass as words of their own.
   */
  #word(start: number): number {
    const end = this.#endOfWord(start, true);
    if (end - start === 1 && this.#sql[end] === "'" && /e/i.test(this.#sql[start] ?? '')) {
      this.type = 'string';
      return this.#escapeString(start, end);
    }
    this.type = 'word';
    return end;
  }

  /** `a$b` is a word; but in `1$$x$$` the number ends before the dollar. */
  #endOfWord(start: number, dollars: boolean): number {
    let at = start + 1;
    for (; at < this.#sql.length; at++) {
      const found = classOf(this.#sql.charCodeAt(at));
      if (found !== WORD && found !== DIGIT && !(dollars && found === DOLLAR)) break;
    }
    return at;
  }

  /** A doubled quote stands for itself; as far as ends go, it is the end of one string and the start of another. */
  #quoted(start: number, quote: string, what: Unclosed): number {
    for (let at = start + 1; ;) {
      const end = this.#sql.indexOf(quote, at);
      if (end < 0) return this.#leaveOpen(what, start);
      if (this.#sql[end + 1] !== quote) return end + 1;
      at = end + 2;
    }
  }

  /** In E'…' a backslash takes the next character, and so it does in what continues the string on another line. */
  #escapeString(start: number, quote: number): number {
    let at = quote + 1;
    for (; at < this.#sql.length; at++) {
      const code = this.#sql.charCodeAt(at);
      if (code === BACKSLASH) at++;
      else if (classOf(code) === QUOTE) {
        const next = this.#continuation(at + 1);
        if (next < 0) return at + 1;
        at = next;
      }
    }
    return this.#leaveOpen('string', start);
  }

  /**
   * Strings that only white space with a line end in it separates are one string ("String Constants" in the manual);
   * comments of the `--` kind count as white space there. The offset of the quote that goes on, or −1. A quote that
   * follows at once is a doubled one.
   */
  #continuation(end: number): number {
    if (this.#sql[end] === "'") return end;
    let newLine = false;
    for (let at = end; at < this.#sql.length;) {
      const code = this.#sql.charCodeAt(at);
      if (code === LINE_FEED || code === CARRIAGE_RETURN) newLine = true;
      if (classOf(code) === SPACE) at++;
      else if (code === DASH && this.#sql.charCodeAt(at + 1) === DASH) at = this.#endOfLine(at);
      else return newLine && classOf(code) === QUOTE ? at : -1;
    }
    return -1;
  }

  /** `$tag$ … $tag$`, or a parameter like `$1`, or a dollar that has no business here. */
  #dollar(start: number): number {
    const tag = this.#dollarTag(start);
    if (tag === null) {
      this.type = classOf(this.#sql.charCodeAt(start + 1)) === DIGIT ? 'number' : 'symbol';
      return this.type === 'number' ? this.#endOfWord(start, false) : start + 1;
    }
    this.type = 'string';
    const end = this.#sql.indexOf(tag, start + tag.length);
    return end < 0 ? this.#leaveOpen('dollar-quoted string', start) : end + tag.length;
  }

  /** The tag follows the rules of a name, without dollars. */
  #dollarTag(start: number): string | null {
    let at = start + 1;
    if (classOf(this.#sql.charCodeAt(at)) === WORD) at = this.#endOfWord(at, false);
    return classOf(this.#sql.charCodeAt(at)) === DOLLAR ? this.#sql.slice(start, at + 1) : null;
  }

  #skipBlank(from: number): number {
    let at = from;
    while (at < this.#sql.length) {
      const code = this.#sql.charCodeAt(at);
      if (classOf(code) === SPACE) at++;
      else if (code === DASH && this.#sql.charCodeAt(at + 1) === DASH) {
        this.#onLineComment?.(at);
        at = this.#endOfLine(at);
      } else if (code === SLASH && this.#sql.charCodeAt(at + 1) === STAR) at = this.#endOfComment(at);
      else break;
    }
    return at;
  }

  /** A lone carriage return ends a `--` comment too. */
  #endOfLine(from: number): number {
    let at = from;
    for (; at < this.#sql.length; at++) {
      const code = this.#sql.charCodeAt(at);
      if (code === LINE_FEED || code === CARRIAGE_RETURN) break;
    }
    return at;
  }

  /** Block comments nest. */
  #endOfComment(start: number): number {
    let depth = 1;
    for (let at = start + 2; at < this.#sql.length; at++) {
      const code = this.#sql.charCodeAt(at);
      const next = this.#sql.charCodeAt(at + 1);
      if (code === SLASH && next === STAR) depth++;
      else if (code === STAR && next === SLASH) depth--;
      else continue;
      at++;
      if (depth === 0) return at + 1;
    }
    return this.#leaveOpen('block comment', start);
  }

  #leaveOpen(what: Unclosed, start: number): number {
    this.unclosed = what;
    this.unclosedAt = start;
    return this.#sql.length;
  }
}
