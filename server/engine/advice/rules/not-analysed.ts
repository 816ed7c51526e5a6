import type { Rule } from '../rule.ts';

export const notAnalysed: Rule = {
  name: 'not-analysed',
  severity: 'note',
  finds: 'a statement that the parser of PostgreSQL 18 cannot read, or a file of more than 1 MB',
  docs: null,
  onStatement: ({ isRead }) =>
    isRead
      ? null
      : {
          on: null,
          message: 'The parser of PostgreSQL 18 cannot read it, so nothing is said of it here.',
          instead: 'Is it a slip? The line and column are where the statement begins.',
        },
};
