import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';
import { usersOf } from '../users.ts';

export const dropView: Rule = {
  name: 'drop-view',
  severity: 'warning',
  finds: 'a view that is dropped while code may still read it',
  docs: 'sql-dropview.html',
  onAct: when('drop', ({ type, name, cascade, ifExists }, { catalog, madeLater }) => {
    if (type !== 'view' && type !== 'materialized view') return null;
    const known = catalog.find(name);
    if (known === null && ifExists) return null;
    const users = usersOf(known, null);
    if (users.text !== '' && !cascade) {
      return {
        on: name,
        severity: 'error',
        message: `It fails: ${users.text} ${written(name)} (2BP01).`,
        instead: 'Drop what uses it before, and make it again afterwards.',
      };
    }
    if (madeLater(name)) return null;
    return {
      on: name,
      message: `Code that still reads ${written(name)} fails from then on.`,
      instead: 'First release code that does not use it, then drop it in a later file.',
    };
  }),
};
