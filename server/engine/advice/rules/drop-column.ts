import { identifier, written } from '../name.ts';
import { type Rule, when } from '../rule.ts';
import { usersOf } from '../users.ts';

export const dropColumn: Rule = {
  name: 'drop-column',
  severity: 'warning',
  finds: 'a column that is dropped, with all its values, while code may still use it',
  docs: 'ddl-alter.html#DDL-ALTER-REMOVING-A-COLUMN',
  onAct: when('drop column', ({ table, column, cascade }, { catalog, sized }) => {
    const users = usersOf(catalog.find(table), column);
    const name = `${written(table)}.${identifier(column)}`;
    if (users.views.length > 0 && !cascade) {
      return {
        on: table,
        severity: 'error',
        message: `It fails: ${users.text} ${name} (2BP01).`,
        instead: 'Change or drop what uses it before.',
      };
    }
    return {
      on: table,
      message: `The values of ${identifier(column)} in ${sized(table)} are gone for good, and code that still names it fails from then on.`,
      instead: 'First release code that does not use the column, then drop it in a later file.',
    };
  }),
};
