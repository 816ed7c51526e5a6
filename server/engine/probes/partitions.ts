import type { EffectOn } from '../sql/effects/index.ts';
import { answer, doneIf, doneIfNew, type Probe, probe } from './probe.ts';

interface Row {
  readonly parent: string | null;
  readonly child: string | null;
  /** null where it is no partition of it. */
  readonly pending: boolean | null;
}

const NAME = (of: string): string =>
  `(SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(${of}))`;

/** Partitions: attached, detached, or on their way out. */
export function partitions({ parent, child, attached }: EffectOn<'partition'>): Probe {
  return probe<Row>(
    `SELECT ${NAME('$1')} AS parent, ${NAME('$2')} AS child,
            (SELECT inhdetachpending FROM pg_inherits WHERE inhparent = to_regclass($1) AND inhrelid = to_regclass($2)) AS pending`,
    [parent, child],
    (row) => {
      if (row === undefined || row.parent === null)
        return answer(attached ? 'not done' : 'cannot tell', `There is no table ${parent}.`);
      if (row.pending === null) return doneIfNew(!attached, `${child} is no partition of ${parent}.`);
      if (!row.pending) return doneIf(attached, `${child} is a partition of ${parent}.`);
      const found = `${child} is still a partition of ${parent}, on its way out: the detaching was stopped or failed.`;
      if (attached) return answer('not done', found);
      const sql = [`ALTER TABLE ${row.parent} DETACH PARTITION ${row.child} FINALIZE`];
      return {
        verdict: 'half done',
        found,
        repairs: [{ how: 'finish', label: `Finish detaching ${row.child}`, sql, afterwards: 'it is done' }],
      };
    },
  );
}
