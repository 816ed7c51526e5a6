import type { Secret } from '../migration.ts';

/** Shorter values are in every message by chance; striking them out would hide the message and protect nothing. */
const SHORTEST = 3;

/** Words of a value are struck out by themselves from this length on: PostgreSQL quotes the token it stumbles over. */
const SHORTEST_WORD = 4;

/** PostgreSQL cuts names at 63 bytes, and says so in a notice. */
const LONGEST_NAME = 63;

/**
 * A server's message with every secret value replaced by `${NAME}`. The longest value wins where several fit, and the
 * case of letters is ignored, since PostgreSQL folds unquoted names to lower case.
 */
export function redact(message: string, secrets: readonly Secret[]): string {
  const hidden = secrets.filter(({ value }) => value.length >= SHORTEST);
  if (hidden.length === 0) return message;
  const names = new Map(
    hidden.flatMap(({ name, value }) => forms(value).map((form) => [form.toLowerCase(), name])),
  );
  const values = [...names.keys()].toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(values.map(escape).join('|'), 'gi');
  return message.replaceAll(pattern, (found) => `\${${names.get(found.toLowerCase()) ?? 'secret'}}`);
}

/** A value as the server may repeat it: whole, with its quotes doubled or its backslashes read, cut, or one word of it. */
function forms(value: string): string[] {
  const words = value.split(/[^\p{L}\p{N}_$-]+/u).filter((word) => word.length >= SHORTEST_WORD);
  const whole = [
    value,
    value.replaceAll("'", "''"),
    value.replaceAll('"', '""'),
    value.replaceAll(/\\(.)/g, '$1'),
  ];
  return [...whole, ...words, ...(value.length > LONGEST_NAME ? [value.slice(0, LONGEST_NAME)] : [])];
}

function escape(value: string): string {
  return value.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
