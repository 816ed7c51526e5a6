import type { Secret } from '../migration.ts';

/** Shorter values are in every message by chance; striking them out would hide the message and protect nothing. */
const SHORTEST = 3;

/**
 * A server's message with every secret value replaced by `${NAME}`. The longest value wins where several fit, and the
 * case of letters is ignored, since PostgreSQL folds unquoted names to lower case.
 */
export function redact(message: string, secrets: readonly Secret[]): string {
  const hidden = secrets.filter(({ value }) => value.length >= SHORTEST);
  if (hidden.length === 0) return message;
  const names = new Map(hidden.map(({ name, value }) => [value.toLowerCase(), name]));
  const values = [...names.keys()].toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(values.map(escape).join('|'), 'gi');
  return message.replaceAll(pattern, (found) => `\${${names.get(found.toLowerCase()) ?? 'secret'}}`);
}

function escape(value: string): string {
  return value.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
