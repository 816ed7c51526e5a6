import { changesMany, heldIn } from '../lock-held.ts';
import { written } from '../name.ts';
import type { Rule } from '../rule.ts';

export const lockThenChange: Rule = {
  name: 'lock-then-change',
  severity: 'warning',
  finds: 'data that is changed in a transaction that keeps everybody from a table',
  docs: 'explicit-locking.html#LOCKING-TABLES',
  once: true,
  onAct: (act, scene) => {
    const held = changesMany(act, scene) ? heldIn(scene) : null;
    if (held === null || !('table' in act) || act.table === null) return null;
    return {
      on: held.table,
      weight: 'grows',
      message: `Line ${held.line} has locked ${scene.sized(held.table)} for reads and writes, until the transaction ends: everybody waits while rows of ${written(act.table)} are changed.`,
      instead:
        'Change the data in a file of its own, after this one; best without a transaction, and in batches.',
    };
  },
};
