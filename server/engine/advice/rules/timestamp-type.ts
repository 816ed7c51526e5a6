import { columnsOf } from '../columns-made.ts';
import type { Rule } from '../rule.ts';

export const timestampType: Rule = {
  name: 'timestamp-type',
  severity: 'note',
  finds: 'a column of type timestamp without time zone',
  docs: 'datatype-datetime.html#DATATYPE-TIMEZONES',
  onAct: (act) => {
    const found = columnsOf(act, ({ name }) => name === 'timestamp');
    if (found === null) return null;
    return {
      on: null,
      message: `${found.names} ${found.one ? 'does' : 'do'} not say which moment is meant: now() is written there in the zone of each session, and read as if it was another’s.`,
      instead: 'Use timestamptz: it takes no more room.',
      at: found.at,
    };
  },
};
