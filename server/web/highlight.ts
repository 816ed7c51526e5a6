import highlighter from 'highlight.js/lib/core';
import javascript from 'highlight.js/lib/languages/javascript';
import pgsql from 'highlight.js/lib/languages/pgsql';
import { harmless } from './harmless.ts';

highlighter.registerLanguage('pgsql', pgsql);
highlighter.registerLanguage('javascript', javascript);

/** Above this, colours cost more than they help: they are made while everybody else waits. */
const COLOURED = { lines: 5_000, letters: 150_000 } as const;
const KEPT = 100;

const cache = new Map<string, readonly string[]>();

export type Language = 'pgsql' | 'javascript';

/**
 * A text as HTML, one entry a line: escaped, with the highlighter's classes. This and the layout's body are the only texts
 * that a template prints unescaped.
 *
 * @param key what the text is known by (its checksum); the same key must mean the same text
 */
export function highlight(text: string, key: string, language: Language = 'pgsql'): readonly string[] {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const lines = render(harmless(text), language);
  if (isColoured(text)) keep(key, lines);
  return lines;
}

function isColoured(text: string): boolean {
  return text.length <= COLOURED.letters && text.split('\n').length <= COLOURED.lines;
}

function keep(key: string, lines: readonly string[]): void {
  if (cache.size >= KEPT) cache.delete(cache.keys().next().value!);
  cache.set(key, lines);
}

function render(text: string, language: Language): string[] {
  if (!isColoured(text)) return text.split('\n').map(escapeHtml);
  return closeSpans(highlighter.highlight(text, { language, ignoreIllegals: true }).value.split('\n'));
}

/** A string or a comment may span lines: each line closes what is open at its end and opens it again on the next. */
function closeSpans(lines: readonly string[]): string[] {
  let open: string[] = [];
  return lines.map((line) => {
    const start = open.join('');
    for (const [tag] of line.matchAll(/<span[^>]*>|<\/span>/g)) {
      open = tag === '</span>' ? open.slice(0, -1) : [...open, tag];
    }
    return start + line + '</span>'.repeat(open.length);
  });
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
