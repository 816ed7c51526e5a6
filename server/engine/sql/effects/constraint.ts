import type { Head } from '../head.ts';
import type { ConstraintType, EffectOn } from './effect.ts';

const TYPES: readonly (readonly [words: readonly string[], type: ConstraintType])[] = [
  [['primary', 'key'], 'p'],
  [['unique'], 'u'],
  [['foreign', 'key'], 'f'],
  [['check'], 'c'],
  [['exclude'], 'x'],
  [['not', 'null'], 'n'],
];

/** Whether a constraint of a table comes next, and not a column. */
export function isConstraint(head: Head): boolean {
  return ['constraint', 'primary', 'unique', 'foreign', 'check', 'exclude', 'like', 'not'].includes(
    head.word,
  );
}

/** Reads the constraint that comes next, up to the comma after it; null when none can be read. */
export function constraintAt(head: Head, table: string, domain: boolean): EffectOn<'constraint'> | null {
  const name = head.accept('constraint') ? head.name() : null;
  const type = TYPES.find(([words]) => head.accept(...words))?.[1];
  if (type === undefined) return null;
  head.accept('nulls', 'not', 'distinct');
  const columns = type === 'n' ? [head.name() ?? ''] : ['p', 'u', 'f'].includes(type) ? columnsAt(head) : [];
  const references = type === 'f' && head.accept('references') ? head.name() : null;
  const rest = head.upTo(',');
  const validated = !/\bnot\s+(?:valid|enforced)\b/i.test(rest);
  return {
    about: 'constraint',
    table,
    domain,
    name,
    type,
    columns,
    references,
    there: true,
    validated,
    repeatable: false,
  };
}

/** The names between parentheses, as written; none where something else comes (USING INDEX). */
function columnsAt(head: Head): string[] {
  if (!head.accept('(')) return [];
  const columns: string[] = [];
  do {
    const name = head.name();
    if (name === null) break;
    columns.push(name);
  } while (head.accept(','));
  head.upTo(')');
  head.accept(')');
  return columns;
}
