import { columnsOf } from '../columns-made.ts';
import type { Rule } from '../rule.ts';

export const charType: Rule = {
  name: 'char-type',
  severity: 'note',
  finds: 'a column of type char(n)',
  docs: 'datatype-character.html',
  onAct: (act) => {
    const found = columnsOf(act, ({ name }) => name === 'bpchar');
    if (found === null) return null;
    return {
      on: null,
      message: `${found.names} ${found.one ? 'is' : 'are'} filled up with blanks, which then count in some comparisons and not in others; it saves nothing.`,
      instead: 'Use text, with a check where the length matters.',
      at: found.at,
    };
  },
};
