import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';
import { usersOf } from '../users.ts';

export const dropTable: Rule = {
  name: 'drop-table',
  severity: 'warning',
  finds: 'a table or a schema that is dropped, with all that is in it, while code may still use it',
  docs: 'sql-droptable.html',
  onAct: when('drop', ({ type, name, cascade, ifExists }, { catalog, sized, madeLater }) => {
    if (type === 'schema') {
      const message = `All that is in the schema ${written(name)} is gone for good with it.`;
      return {
        on: null,
        message,
        instead: 'Drop what is in it by name: then what was forgotten stays, and it fails.',
      };
    }
    if (type !== 'table' && type !== 'foreign table') return null;
    const known = catalog.find(name);
    if (known === null && ifExists) return null;
    const users = usersOf(known, null);
    if (users.text !== '' && !cascade) {
      return {
        on: name,
        severity: 'error',
        message: `It fails: ${users.text} ${written(name)} (2BP01).`,
        instead: 'Change or drop what uses it before.',
      };
    }
    if (madeLater(name) || known?.renamed === true) return null;
    return {
      on: name,
      message: `All rows of ${sized(name)} are gone for good, and code that still names it fails from then on.`,
      instead:
        'First release code that does not use it; rename it, wait until nothing misses it, and drop it in a later file.',
      sql: `ALTER TABLE ${written(name)} RENAME TO ${written({ schema: null, name: `${name.name}_unused` })};`,
    };
  }),
};
