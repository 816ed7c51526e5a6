import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const attachPartitionScan: Rule = {
  name: 'attach-partition-scan',
  severity: 'warning',
  finds: 'a partition whose rows are looked at under the strongest lock when it is attached',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-DESC-ATTACH-PARTITION',
  onAct: when('attach', ({ table, partition }, { sized, catalog }) => {
    if (
      catalog.find(partition)?.constraints.some(({ kind, validated }) => kind === 'check' && validated) ===
      true
    )
      return null;
    return {
      on: partition,
      weight: 'grows',
      message: `Nobody can read or write ${sized(partition)} while its rows are held against the bounds; if ${written(table)} has a default partition, nor that.`,
      instead:
        'Give it a check that says the same as its bounds before, NOT VALID and validated: then nothing is looked at.',
      sql: `ALTER TABLE ${written(partition)} ADD CONSTRAINT bounds CHECK (…) NOT VALID;\n-- in a later file:\nALTER TABLE ${written(partition)} VALIDATE CONSTRAINT bounds;\n-- and in one after that: ATTACH PARTITION, DROP CONSTRAINT`,
    };
  }),
};
