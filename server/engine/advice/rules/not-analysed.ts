import type { Rule } from '../rule.ts';

export const notAnalysed: Rule = {
  name: 'not-analysed',
  severity: 'note',
  finds: 'a statement that the parser of PostgreSQL 18 cannot read, or a file of more than 1 MB',
  docs: null,
  once: true,
  onStatement: ({ isRead }) =>
    isRead
      ? null
      : {
          on: null,
          message:
            'It cannot be read by the parser of PostgreSQL 18, or the file is longer than 1 MB: nothing is said of it here.',
          instead: 'Is it a slip? PostgreSQL itself will tell when it runs.',
        },
};
