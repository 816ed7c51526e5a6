import { Head } from '../head.ts';

/** A column as CREATE TABLE or ADD COLUMN defines it. */
export interface ColumnDefinition {
  readonly name: string;
  /** As written; that of a serial is the integer behind it. null where none is written. */
  readonly type: string | null;
  readonly notNull: boolean;
}

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
  const notNull = serial !== undefined || refusesNull(head.upTo(',', ')'));
  return { name, type: serial ?? (type || null), notNull };
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
