/** PostgreSQL cuts names at 63 bytes. */
const LONGEST = 63;

/**
 * A name as PostgreSQL reads it, part by part: `public."Users"` is `public` and `Users`. Unquoted parts are folded to lower
 * case, and what is too long is cut.
 */
export function partsOf(written: string): string[] {
  const parts = written.match(/"(?:[^"]|"")*"|[^\s."]+/g) ?? [];
  return parts.map((part) =>
    cut(part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : fold(part)),
  );
}

/** The last part: what the object itself is called. */
export function lastPart(written: string): string {
  return partsOf(written).at(-1) ?? '';
}

/** Only ASCII letters are folded in a database whose letters take several bytes. */
function fold(part: string): string {
  return part.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function cut(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= LONGEST) return name;
  let end = LONGEST;
  while ((bytes[end]! & 0xc0) === 0x80) end--; // within a letter
  return bytes.subarray(0, end).toString();
}

/** Whether two names may mean the same: the last parts are equal, and the schemas where both have one. */
export function maySame(a: string, b: string): boolean {
  const [one, other] = [partsOf(a), partsOf(b)];
  if (one.at(-1) !== other.at(-1)) return false;
  return one.length < 2 || other.length < 2 || one.at(-2) === other.at(-2);
}
