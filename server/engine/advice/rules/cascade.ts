import { identifier, written } from '../name.ts';
import { type Rule, when } from '../rule.ts';
import { usersOf } from '../users.ts';

export const cascade: Rule = {
  name: 'cascade',
  severity: 'warning',
  finds: 'CASCADE, which takes along whatever hangs on it, without being named',
  docs: 'ddl-depend.html',
  onAct: when(['drop', 'drop column', 'drop constraint', 'truncate'], (act, { catalog }) => {
    if (!act.cascade) return null;
    const isRelation = act.does !== 'drop' || (act.type !== 'schema' && act.type !== 'other');
    const name = act.does === 'drop' ? act.name : act.table;
    const known = isRelation ? catalog.find(name) : null;
    if (act.does === 'drop' && act.ifExists && isRelation && known === null) return null;
    const users = usersOf(known, act.does === 'drop column' ? act.column : null);
    const isAsked = known !== null && !known.fresh && catalog.isWhole;
    if (isAsked && users.text === '') return null;
    const what = act.does === 'drop column' ? `${written(name)}.${identifier(act.column)}` : written(name);
    const along =
      users.text === ''
        ? `Whatever hangs on ${what} is ${act.does === 'truncate' ? 'emptied' : 'dropped'} along with it, without being named.`
        : `What ${users.text.replace(/ uses?$/, '')} ${act.does === 'truncate' ? 'hold' : 'make of it'} goes with ${what}.`;
    return {
      on: isRelation ? name : null,
      message: along,
      instead:
        'Leave out CASCADE, and drop by name what hangs on it: then what was forgotten stays, and it fails.',
    };
  }),
};
