import type { Rule } from '../rule.ts';

/** Said of files that cannot be read as migrations, so there are no statements to look at. */
export const invalidFile: Rule = {
  name: 'invalid-file',
  severity: 'error',
  finds: 'a file that Gander, goose or PostgreSQL is sure to refuse',
  docs: null,
};
