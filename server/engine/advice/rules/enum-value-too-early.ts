import { Lexer } from '../../sql/lexer.ts';
import { valueOf } from '../../sql/literal.ts';
import { written } from '../name.ts';
import type { Rule } from '../rule.ts';

export const enumValueTooEarly: Rule = {
  name: 'enum-value-too-early',
  severity: 'error',
  finds: 'a value of an enum that is used in the transaction that adds it',
  docs: 'sql-altertype.html#SQL-ALTERTYPE-NOTES',
  onStatement: ({ statement, transaction }) => {
    if (transaction.labels.length === 0 || statement.kind.startsWith('alter type')) return null;
    const used = transaction.labels.find(({ label }) => placeOf(statement.sql, label) !== null);
    if (used === undefined) return null;
    const { label, type, line } = used;
    return {
      on: null,
      message: `It fails if '${label}' is the value that line ${line} adds to ${written(type)}: in the same transaction it cannot be used yet (55P04).`,
      instead: 'Add the value in a file of its own, and use it in the next one.',
      at: placeOf(statement.sql, label) ?? 0,
    };
  },
};

/** Where a text stands as a string in a statement, or in a body that is one; null when it does not. */
function placeOf(sql: string, text: string): number | null {
  const lexer = new Lexer(sql);
  while (lexer.next()) {
    if (lexer.type !== 'string') continue;
    const literal = sql.slice(lexer.start, lexer.end);
    const value = valueOf(literal);
    if (value === text || (literal.startsWith('$') && value.includes(`'${text.replaceAll("'", "''")}'`)))
      return lexer.start;
  }
  return null;
}
