import { columnsOf } from '../columns-made.ts';
import type { Rule } from '../rule.ts';

export const jsonType: Rule = {
  name: 'json-type',
  severity: 'note',
  finds: 'a column of type json',
  docs: 'datatype-json.html',
  onAct: (act) => {
    const found = columnsOf(act, ({ name }) => name === 'json');
    if (found === null) return null;
    return {
      on: null,
      message: `${found.names} ${found.one ? 'is' : 'are'} kept as text: json has no equality, so DISTINCT and GROUP BY fail, and it is read anew each time it is looked into.`,
      instead: 'Use jsonb, unless the white space or the order of keys matters.',
      at: found.at,
    };
  },
};
