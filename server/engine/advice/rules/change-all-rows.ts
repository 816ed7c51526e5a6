import { changesMany, heldIn } from '../lock-held.ts';
import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const changeAllRows: Rule = {
  name: 'change-all-rows',
  severity: 'warning',
  finds: 'an UPDATE or DELETE of every row of a table',
  docs: 'sql-update.html',
  onAct: when(['update', 'delete'], (act, scene) => {
    const { table, some, does } = act;
    // With a lock held besides, that is said already.
    if (some || (changesMany(act, scene) && heldIn(scene) !== null)) return null;
    if (does === 'delete') {
      return {
        on: table,
        message: `Every row of ${scene.sized(table)} is gone for good.`,
        instead: 'Say which rows are meant. If it is all of them, allow it in the file, with a reason.',
        sql: `DELETE FROM ${written(table)} WHERE …;`,
      };
    }
    return {
      on: table,
      weight: 'grows',
      message: `Every row of ${scene.sized(table)} is written anew and stays locked for writes until the end of the transaction.`,
      instead: 'Change them in batches, in a file without a transaction.',
      sql: `-- +goose NO TRANSACTION\n-- +goose Up\nUPDATE ${written(table)} SET … WHERE id BETWEEN 1 AND 10000;`,
    };
  }),
};
