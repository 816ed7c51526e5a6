import { identifier, written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const validateInSameTransaction: Rule = {
  name: 'validate-in-same-transaction',
  severity: 'warning',
  finds:
    'a constraint that is validated in the transaction that added it, so that its lock is held all the while',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT',
  onAct: when('validate', ({ table, constraint }, { transaction, sized }) => {
    const line = transaction.addedNotValid(table, constraint);
    if (line === null) return null;
    return {
      on: table,
      weight: 'grows',
      message: `${identifier(constraint)} was added in line ${line} of the same transaction, so that lock on ${sized(table)} is held while every row is looked at: NOT VALID has won nothing.`,
      instead: 'Validate it in a later file.',
      sql: `-- +goose Up\nALTER TABLE ${written(table)} VALIDATE CONSTRAINT ${identifier(constraint)};`,
    };
  }),
};
