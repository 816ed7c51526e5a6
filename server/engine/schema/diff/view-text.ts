import { Lexer } from '../../sql/lexer.ts';

/**
 * A view's definition as PostgreSQL 16 and newer write it: those before it wrote `users.id` for `id` where a view reads from
 * one relation only (their views had two more, OLD and NEW). Within parts of the query that are queries themselves, all
 * versions write the same.
 */
export function plainView(definition: string): string {
  const start = definition.search(/^ *(SELECT|WITH)\b/m);
  if (start < 0) return definition;
  const tokens = tokensOf(definition, start);
  const relation = onlyRelation(tokens);
  if (relation === null) return definition;
  let text = definition.slice(0, start);
  let at = start;
  for (const [index, token] of tokens.entries()) {
    if (token.isNested || token.text !== relation || tokens[index - 1]?.text === '.') continue;
    const dot = tokens[index + 1];
    if (dot?.text !== '.' || token.clause === 'from') continue;
    text += definition.slice(at, token.start);
    at = dot.end;
  }
  return text + definition.slice(at);
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Whether it is in a query within the query. */
  readonly isNested: boolean;
  /** Where the view reads from, or anything else; of the outermost query. */
  readonly clause: 'from' | 'other';
  /** How many parentheses it is in. */
  readonly depth: number;
}

/** What ends FROM at the outermost level. */
const AFTER_FROM = new Set([
  'where',
  'group',
  'having',
  'window',
  'order',
  'limit',
  'offset',
  'fetch',
  'for',
  ';',
]);

/** The tokens of a query as pg_get_viewdef writes it; what follows its end, too. */
function tokensOf(text: string, from: number): Token[] {
  const lexer = new Lexer(text, from);
  const tokens: Token[] = [];
  let depth = 0;
  let nested = Number.POSITIVE_INFINITY;
  let clause: Token['clause'] = 'other';
  while (lexer.next()) {
    const word = text.slice(lexer.start, lexer.end);
    const lower = lexer.lower;
    if (lexer.is(')')) {
      if (depth === nested) nested = Number.POSITIVE_INFINITY;
      depth--;
    }
    if (/^(select|with|values)$/.test(lower) && tokens.at(-1)?.text === '(') nested = Math.min(nested, depth);
    if (depth === 0 && lower === 'from') clause = 'from';
    else if (depth === 0 && AFTER_FROM.has(lower)) clause = 'other';
    tokens.push({ text: word, start: lexer.start, end: lexer.end, isNested: depth >= nested, clause, depth });
    if (lexer.is('(')) depth++;
    if (depth === 0 && word === ';') break;
  }
  return tokens;
}

/** What columns of the one relation are qualified with; null where there are several, or none. */
function onlyRelation(tokens: readonly Token[]): string | null {
  const isSetOperation = tokens.some(
    ({ text, depth, isNested }) => depth === 0 && !isNested && /^(union|intersect|except)$/i.test(text),
  );
  const from = tokens.filter(({ clause, depth }) => clause === 'from' && depth === 0).slice(1);
  if (isSetOperation || from.length === 0) return null;
  if (from.some(({ text }) => text === ',' || /^join$/i.test(text))) return null;
  const sample = from.findIndex(({ text }) => /^tablesample$/i.test(text));
  return aliasOf(sample < 0 ? from : from.slice(0, sample));
}

/** `public.users`, `ONLY public.users u`, `public.f() f(a, b)`, `( SELECT …) q` */
function aliasOf(from: readonly Token[]): string | null {
  const names = from.filter(
    ({ text }) => /^["\p{L}_]/u.test(text) && !/^(only|as|with|ordinality)$/i.test(text),
  );
  return names.at(-1)?.text ?? null;
}
