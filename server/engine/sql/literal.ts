/** What a string says that is written as `'…'`, `E'…'` or `$tag$…$tag$` ("String Constants" in the manual). */
export function valueOf(literal: string): string {
  const tag = /^\$[^$]*\$/.exec(literal)?.[0];
  if (tag !== undefined) return literal.slice(tag.length, -tag.length);
  const escaped = /^e/i.test(literal);
  const text = literal.slice(escaped ? 2 : 1, -1);
  return escaped
    ? text.replaceAll(ESCAPES, (_all, code: string) => unescape(code))
    : text.replaceAll("''", "'");
}

const ESCAPES = /''|\\(u[\da-f]{4}|U[\da-f]{8}|x[\da-f]{1,2}|[0-7]{1,3}|[^])/gi;

const LETTERS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** @param code what follows the backslash; undefined for a doubled quote */
function unescape(code: string | undefined): string {
  if (code === undefined) return "'";
  const [first = ''] = code;
  if (code.length > 1 && /[xu]/i.test(first)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
  if (/^[0-7]/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8));
  return LETTERS[first] ?? code;
}
