/** `varchar(20)` is `character varying(20)`: the server compares the types, and what is in parentheses is compared here. Pure. */
export function hasModifierOf(actual: string, wanted: string): boolean {
  const [is, should] = [actual, wanted].map(modifier);
  return is === should || (is === '1' && should === '' && /^(?:character|bit)\(1\)$/.test(actual));
}

/** What is between the parentheses, as PostgreSQL writes it. `float(24)` is a type of its own: it has none. */
function modifier(type: string): string {
  const written = /\(([^)]*)\)/.exec(type)?.[1]?.replaceAll(/[\s"]/g, '').toLowerCase() ?? '';
  if (/^\s*(?:pg_catalog\s*\.\s*)?"?float\b/i.test(type)) return '';
  return NUMBERS.test(type) && /^\d+$/.test(written) ? `${written},0` : written;
}

const NUMBERS = /^\s*(?:pg_catalog\s*\.\s*)?"?(?:numeric|decimal|dec)\b/i;
