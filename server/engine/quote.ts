/**
 * A name as SQL takes it in any case, `"Orders"` (docs: 4.1.1). As pg's own, which would have to be loaded as an ES module:
 * that takes Node longer than all of the engine.
 */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL takes it, `'it''s'`, whatever standard_conforming_strings is set to (docs: 4.1.2.2). */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', String.raw`\\`)}` : quoted;
}

/** A text as SQL takes it between two tags, `$gander$it's$gander$` (docs: 4.1.2.4): nothing in it has to be doubled. */
export function dollarQuoted(text: string): string {
  let tag = '$gander$';
  for (let nr = 1; text.includes(tag); nr++) tag = `$gander${nr}$`;
  return `${tag}${text}${tag}`;
}
