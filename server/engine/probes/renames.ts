import type { EffectOn, RenamedType } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { answer, besides, doneIfNew, type Probe, probe } from './probe.ts';

/** SQL that tells whether something of this name is there: `$1` is the name, `$2` what it belongs to. */
const THERE: Readonly<Record<RenamedType, string>> = {
  relation: 'to_regclass($1) IS NOT NULL',
  index: 'to_regclass($1) IS NOT NULL',
  type: 'to_regtype($1) IS NOT NULL',
  schema: 'to_regnamespace($1) IS NOT NULL',
  column:
    'EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass($2) AND attname = $1 AND NOT attisdropped)',
  constraint: 'EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass($2) AND conname = $1)',
  trigger: 'EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass($2) AND tgname = $1)',
  policy: 'EXISTS (SELECT FROM pg_policy WHERE polrelid = to_regclass($2) AND polname = $1)',
  rule: 'EXISTS (SELECT FROM pg_rewrite WHERE ev_class = to_regclass($2) AND rulename = $1)',
};

/** Renames: the new name is there, and the old one is not. */
export function renames({ type, on, from, to }: EffectOn<'rename'>): Probe {
  const values = on === null ? [from, besides(from, to)] : [lastPart(from), on, lastPart(to)];
  const [old, now] = ['$1', on === null ? '$2' : '$3'].map((name) => THERE[type].replace('$1', name));
  return probe<{ old: boolean; now: boolean }>(`SELECT ${old} AS old, ${now} AS now`, values, (row) => {
    const where = on === null ? '' : ` on ${on}`;
    if (row?.now === true && !row.old) return doneIfNew(true, `There is ${to}${where}, and no ${from}.`);
    if (row?.old === true && !row.now) return answer('not done', `There is ${from}${where}, and no ${to}.`);
    return answer(
      'cannot tell',
      row?.now === true
        ? `There are both ${from} and ${to}${where}.`
        : `There is neither ${from} nor ${to}${where}.`,
    );
  });
}
