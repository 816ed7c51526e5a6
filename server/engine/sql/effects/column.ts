import { Head } from '../head.ts';
import type { ColumnDefinition } from './effect.ts';

/** What may come after a column's type. */
export const AFTER_TYPE = [
  'collate',
  'constraint',
  'not',
  'null',
  'default',
  'check',
  'generated',
  'unique',
  'primary',
  'references',
  'storage',
  'compression',
  'options',
  'using',
  ',',
  ')',
] as const;

const SERIALS: Readonly<Record<string, string>> = {
  smallserial: 'smallint',
  serial2: 'smallint',
  serial: 'integer',
  serial4: 'integer',
  bigserial: 'bigint',
  serial8: 'bigint',
};

/** Reads the definition that comes next, up to the comma or parenthesis after it; null when no column is defined there. */
export function columnDefinition(head: Head): ColumnDefinition | null {
  const name = head.name();
  if (name === null) return null;
  const type = head.upTo(...AFTER_TYPE);
  const serial = SERIALS[type.toLowerCase()];
  const rest = head.upTo(',', ')');
  return {
    name,
    type: serial ?? (type || null),
    notNull: serial !== undefined || refusesNull(rest),
    value: defaultIn(rest),
    generated: isGenerated(rest),
    identity: has(rest, 'identity'),
  };
}

/** Whether what is written after the type keeps NULL out: NOT NULL, PRIMARY KEY, or an identity. */
function refusesNull(rest: string): boolean {
  const head = new Head(rest);
  for (;;) {
    switch (head.find('not', 'primary', 'identity')) {
      case 'not':
        if (head.accept('null')) return true;
        break;
      case '':
        return false;
      default:
        return true;
    }
  }
}

/** The expression after DEFAULT. SET DEFAULT and BY DEFAULT have none. */
function defaultIn(rest: string): string | null {
  const head = new Head(rest);
  for (;;) {
    const word = head.find('set', 'by', 'default');
    if (word === '') return null;
    if (word === 'default') return head.upTo(...AFTER_DEFAULT) || null;
    head.accept('default');
  }
}

const AFTER_DEFAULT = AFTER_TYPE.filter((word) => !['null', 'default', 'collate'].includes(word));

/** GENERATED ALWAYS AS (…), and not AS IDENTITY. */
function isGenerated(rest: string): boolean {
  const head = new Head(rest);
  return head.find('generated') !== '' && head.accept('always', 'as', '(');
}

function has(rest: string, word: string): boolean {
  return new Head(rest).find(word) !== '';
}
