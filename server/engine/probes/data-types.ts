import type { EffectOn } from '../sql/effects/index.ts';
import { answer, asMade, doneIf, doneIfNew, type Probe, probe } from './probe.ts';

interface Row {
  readonly there: boolean;
  /** As in pg_type.typtype; that of a table is not a type that anybody made. */
  readonly kind: string;
  readonly labels: readonly string[];
}

function ask(name: string, oid: string, judge: (row: Row) => ReturnType<Probe['judge']>): Probe {
  return probe<Row>(
    `SELECT t.oid IS NOT NULL AS there,
            (SELECT CASE WHEN c.relkind <> 'c' THEN 'table' ELSE p.typtype::text END FROM pg_type p LEFT JOIN pg_class c ON c.oid = p.typrelid WHERE p.oid = t.oid) AS kind,
            ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) AS labels
     FROM (SELECT to_regtype(${oid})::oid AS oid) t`,
    [name],
    (row) => judge(row!),
  );
}

const KINDS: Readonly<Record<string, EffectOn<'type'>['kind']>> = {
  b: 'base',
  c: 'composite',
  d: 'domain',
  e: 'enum',
  r: 'range',
};

/** Types and domains; of an enum also its labels. */
export function types({ name, there, kind, labels: wanted }: EffectOn<'type'>): Probe {
  return ask(name, there ? asMade(name) : '$1', (row) => {
    if (!row.there) return doneIfNew(!there, `There is no type ${name}.`);
    if (!there) return answer('not done', `The type ${name} is still there.`);
    if (kind !== null && KINDS[row.kind] !== kind)
      return answer('not done', `There is a ${name}, but it is a ${KINDS[row.kind] ?? row.kind}.`);
    if (wanted === null) return doneIfNew(true, `The type ${name} is there.`);
    const missing = wanted.filter((label) => !row.labels.includes(label));
    return missing.length === 0
      ? answer('done', `The type ${name} is there.`)
      : answer(
          'not done',
          `There is a type ${name}, but without ${missing.map((label) => `'${label}'`).join(', ')}.`,
        );
  });
}

/** The labels of an enum, added or renamed. */
export function labels({ type, label, before }: EffectOn<'label'>): Probe {
  return ask(type, '$1', (row) => {
    if (!row.there) return answer('not done', `There is no type ${type}.`);
    const [now, old] = [label, before].map((one) => one !== null && row.labels.includes(one));
    const found =
      row.labels.length === 0 ? `${type} has no labels.` : `${type} has the labels ${row.labels.join(', ')}.`;
    if (before === null) return doneIf(now === true, found);
    return now === old
      ? answer('cannot tell', found)
      : (now === true ? doneIfNew : doneIf)(now === true, found);
  });
}
