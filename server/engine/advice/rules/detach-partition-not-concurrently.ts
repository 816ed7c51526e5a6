import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const detachPartitionNotConcurrently: Rule = {
  name: 'detach-partition-not-concurrently',
  severity: 'note',
  finds: 'a partition that is detached under a lock on the whole table',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-DESC-DETACH-PARTITION',
  onAct: when('detach', ({ table, partition, concurrently }, { sized }) =>
    concurrently
      ? null
      : {
          on: table,
          weight: 'not tiny',
          message: `It keeps reads and writes from all of ${sized(table)}: only for a moment, but it waits for whoever uses it, and all others wait behind it.`,
          instead:
            'Detach it CONCURRENTLY, in a file without a transaction; not where there is a default partition.',
          sql: `-- +goose NO TRANSACTION\n-- +goose Up\nALTER TABLE ${written(table)} DETACH PARTITION ${written(partition)} CONCURRENTLY;`,
        },
  ),
};
