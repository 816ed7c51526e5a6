// What goose 3.27 takes for a blank line, a comment and the end of a statement (internal/sqlparser). It looks at lines
// only and knows nothing of quotes. Kept apart, because it decides what Gander warns of, which statements of a
// NO TRANSACTION file stay together, and where a comment glued to a word ends one; all other ends are PostgreSQL's.

/** White space as Go's unicode.IsSpace has it: with NEL and the no-break space, without the byte order mark. */
const GO_SPACE = /[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/;

/** The longest line that goose's scanner takes, in bytes. */
const LONGEST_LINE = 4 * 1024 * 1024;

export function isSpace(char: string | undefined): boolean {
  return char !== undefined && GO_SPACE.test(char);
}

export function trim(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && isSpace(line[start])) start++;
  while (end > start && isSpace(line[end - 1])) end--;
  return line.slice(start, end);
}

export function isBlank(line: string): boolean {
  return trim(line) === '';
}

export function isComment(line: string): boolean {
  return line.includes('--') && trim(line).startsWith('--');
}

/** Whether the last word before a word that starts with `--` ends with a semicolon. */
export function endsStatement(line: string): boolean {
  return line.includes(';') && trim(line.slice(0, startOfComment(line))).endsWith(';');
}

export function isTooLong(line: string): boolean {
  return line.length * 3 >= LONGEST_LINE && Buffer.byteLength(line) >= LONGEST_LINE;
}

function startOfComment(line: string): number {
  let at = line.indexOf('--');
  while (at > 0 && !isSpace(line[at - 1])) at = line.indexOf('--', at + 1);
  return at < 0 ? line.length : at;
}
