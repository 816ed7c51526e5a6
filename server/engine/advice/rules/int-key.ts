import type { MadeColumn } from '../acts/act.ts';
import { columnsMade } from '../columns-made.ts';
import { identifier, written } from '../name.ts';
import type { Rule } from '../rule.ts';
import { isSerial } from '../sql-type.ts';

export const intKey: Rule = {
  name: 'int-key',
  severity: 'note',
  finds: 'a key that counts in 32 bits',
  docs: 'datatype-numeric.html#DATATYPE-INT',
  onAct: (act) => {
    const made = act.does === 'set type' ? null : columnsMade(act);
    const found = made?.columns.find(isCounter);
    if (made === null || found === undefined) return null;
    const name = `${written(made.table)}.${identifier(found.name)}`;
    return {
      on: null,
      message: `${name} ends at 2,147,483,647: then nothing can be inserted any more, and every row has to be written anew to go on.`,
      instead: 'Count in 64 bits: the four bytes more are mostly padding anyway.',
      sql: `${identifier(found.name)} bigint GENERATED ALWAYS AS IDENTITY`,
      at: found.at,
    };
  },
};

/** A number that the database counts up; keys that come from elsewhere are as wide as they are there. */
function isCounter({ type, eachRow }: MadeColumn): boolean {
  if (type === null || type.array || !(type.name === 'int4' || /^serial4?$/.test(type.name))) return false;
  return isSerial(type) || eachRow?.includes('IDENTITY') === true;
}
