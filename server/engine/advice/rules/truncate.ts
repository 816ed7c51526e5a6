import { type Rule, when } from '../rule.ts';

export const truncate: Rule = {
  name: 'truncate',
  severity: 'warning',
  finds: 'a table that is emptied',
  docs: 'sql-truncate.html',
  onAct: when('truncate', ({ table }, { sized }) => ({
    on: table,
    message: `Every row of ${sized(table)} is gone for good, and nobody can read or write it until the end of the transaction.`,
    instead:
      'Delete what is not needed, in batches. If it is all of it, allow it in the file, with a reason.',
  })),
};
