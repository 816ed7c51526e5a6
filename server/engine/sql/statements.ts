import { GluedComments } from './glued-comments.ts';
import { isSpace } from './goose.ts';
import { Lexer } from './lexer.ts';
import type { Refuse } from './refuse.ts';

export const END_OF_FILE = 'the end of the file';

/** A statement in a text, without the comments round it. Offsets are UTF-16. */
export interface Range {
  readonly start: number;
  /** After the last token. */
  readonly end: number;
  /** Where its `;` is; null when the text ended first. */
  readonly semicolon: number | null;
  /** Whether that `;` is the end of a comment, which only goose takes for one. */
  readonly endsInComment: boolean;
  /** The parenthesis or the BEGIN that kept an unfinished statement from ending. */
  readonly open: number | null;
}

/**
 * Finds the statements of a text by PostgreSQL's own rules: a `;` ends one unless it is in a string, a quoted name, a
 * comment, between parentheses (CREATE RULE … DO (a; b)) or in the BEGIN ATOMIC … END body of a function. Empty
 * statements are left out. What is not SQL for the server (psql's commands, data for COPY) is refused, and so is a string
 * or a comment that is not closed before `end`, the words for what ends the text.
 *
 * @param gooseCuts where goose would end a statement, ascending; it matters only for comments such as `SELECT 1--c;`
 */
export function cutStatements(
  sql: string,
  refuse: Refuse,
  end = END_OF_FILE,
  gooseCuts: readonly number[] = [],
): Range[] {
  return [...statementsIn(sql, refuse, end, gooseCuts)];
}

/** The same, one after the other: there may be a million. */
export function* statementsIn(
  sql: string,
  refuse: Refuse,
  end: string,
  gooseCuts: readonly number[],
): Generator<Range> {
  const lexer = new Lexer(sql);
  const glued = new GluedComments(sql, gooseCuts);
  let statement = new OpenStatement(sql, lexer);
  const passComments = (offset: number): Range | null => {
    const isOpen = statement.start >= 0 && statement.mayEnd;
    const semicolon = glued.pass(isOpen ? statement.end : offset, offset);
    return semicolon === null ? null : endStatement(semicolon, 'comment');
  };
  const endStatement = (semicolon: number, by: 'token' | 'comment'): Range | null => {
    const range = statement.start < 0 ? null : statement.range(semicolon, by);
    statement = new OpenStatement(sql, lexer);
    return range;
  };
  while (lexer.next()) {
    const ended = glued.next <= lexer.start ? passComments(lexer.start) : null;
    if (ended !== null) yield ended;
    if (!lexer.is(';') || !statement.mayEnd) {
      statement.take(refuse);
      continue;
    }
    const range = endStatement(lexer.start, 'token');
    if (range !== null) yield range;
  }
  if (lexer.unclosed !== null) {
    refuse(
      lexer.unclosedAt,
      `The ${lexer.unclosed} that begins here is not closed before ${end}.`,
      closeIt(end),
    );
  }
  const last = passComments(sql.length);
  if (last !== null) yield last;
  if (statement.start >= 0) yield statement.unfinished();
}

function closeIt(end: string): string {
  return end === END_OF_FILE
    ? 'Close it.'
    : 'Close it. A line that is an annotation is one also inside of a string.';
}

/** The statement that is being read. */
class OpenStatement {
  start = -1;
  /** After its last token; -1 while there is none. */
  end = -1;
  readonly #sql: string;
  readonly #lexer: Lexer;
  #parentheses = 0;
  #opened = -1;
  #body: RoutineBody | null = null;
  #copy: CopyCommand | null = null;

  constructor(sql: string, lexer: Lexer) {
    this.#sql = sql;
    this.#lexer = lexer;
  }

  get mayEnd(): boolean {
    return this.#parentheses === 0 && (this.#body === null || this.#body.depth === 0);
  }

  take(refuse: Refuse): void {
    this.#body?.see(this.#lexer);
    this.#copy?.see(this.#lexer, this.#parentheses, refuse);
    if (this.start < 0 && !this.#begin()) return;
    this.end = this.#lexer.end;
    if (this.#lexer.type === 'symbol') this.#symbol(refuse);
  }

  range(semicolon: number, by: 'token' | 'comment'): Range {
    return { start: this.start, end: this.end, semicolon, endsInComment: by === 'comment', open: null };
  }

  unfinished(): Range {
    let { end } = this;
    while (isSpace(this.#sql[end - 1])) end--;
    return { start: this.start, end, semicolon: null, endsInComment: false, open: this.#openAt() };
  }

  /**
   * Begins with the first token. The no-break space and its kin are letters to PostgreSQL; but goose takes them off both
   * ends of what it sends, and a file may have them there. False when the token is nothing else.
   */
  #begin(): boolean {
    let { start } = this.#lexer;
    while (start < this.#lexer.end && isSpace(this.#sql[start])) start++;
    if (start === this.#lexer.end) return false;
    this.start = start;
    const word = this.#sql.slice(start, this.#lexer.end).toLowerCase();
    if (word === 'create') this.#body = new RoutineBody();
    else if (word === 'copy') this.#copy = new CopyCommand();
    return true;
  }

  #openAt(): number | null {
    if (this.#parentheses > 0) return this.#opened;
    return this.#body !== null && this.#body.depth > 0 ? this.#body.begin : null;
  }

  #symbol(refuse: Refuse): void {
    if (this.#lexer.is('(')) {
      if (this.#parentheses++ === 0) this.#opened = this.#lexer.start;
    } else if (this.#lexer.is(')')) {
      if (this.#parentheses > 0) this.#parentheses--;
    } else if (this.#lexer.is('\\')) {
      refusePsql(this.#lexer.start, refuse);
    }
  }
}

/**
 * Follows BEGIN ATOMIC … END in CREATE [OR REPLACE] FUNCTION | PROCEDURE, where CASE … END nests. After a dot or AS these
 * words are only names.
 */
class RoutineBody {
  depth = 0;
  begin = -1;
  /** What is created: the first word after CREATE [OR REPLACE]. */
  #what = 'create';
  #previous = '';

  see(lexer: Lexer): void {
    if (lexer.type !== 'word') {
      this.#previous = lexer.is('.') ? '.' : '';
      return;
    }
    const word = lexer.lower;
    if (/^(?:create|or|replace)$/.test(this.#what)) this.#what = word;
    else if (this.#isRoutine && this.#previous !== '.') this.#nest(word, lexer.start);
    this.#previous = word;
  }

  #nest(word: string, start: number): void {
    if (word === 'begin' && this.depth === 0) this.begin = start;
    else if (word === 'atomic' && this.#previous === 'begin' && this.depth === 0) this.depth = 1;
    else if (this.depth === 0 || this.#previous === 'as') return;
    else if (word === 'case') this.depth++;
    else if (word === 'end') this.depth--;
  }

  get #isRoutine(): boolean {
    return this.#what === 'function' || this.#what === 'procedure';
  }
}

/** Finds COPY … FROM stdin before its data are taken for SQL. */
class CopyCommand {
  #previous = '';

  see(lexer: Lexer, parentheses: number, refuse: Refuse): void {
    const word = lexer.type === 'word' ? lexer.lower : '';
    if (word === 'stdin' && this.#previous === 'from' && parentheses === 0) {
      refuse(
        lexer.start,
        'COPY … FROM stdin expects its data to be sent after the statement; a migration file cannot do that.',
        'Write the rows as INSERT statements, or load them by other means.',
      );
    }
    this.#previous = word;
  }
}

function refusePsql(offset: number, refuse: Refuse): never {
  return refuse(
    offset,
    'A backslash outside of a string is a command of psql, which the server does not know.',
    'Remove it, or write plain SQL for it; the file is sent to the server as it is, not through psql.',
  );
}
