import type { EffectOn, RelationType } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { type ColumnRow, differences, OF_RELATION } from './columns.ts';
import { answer, asMade, doneIfNew, type Probe, probe } from './probe.ts';

/** By pg_class.relkind (docs: 53.11). */
const KINDS: Readonly<Record<string, RelationType | 'index' | 'composite type'>> = {
  r: 'table',
  p: 'table',
  f: 'foreign table',
  v: 'view',
  m: 'materialized view',
  S: 'sequence',
  i: 'index',
  I: 'index',
  c: 'composite type',
};

interface Row extends ColumnRow {
  readonly kind: string | null;
}

/** Tables, views and sequences: there, of the right kind, and with the columns they were made with. */
export function relations(effect: EffectOn<'relation'>): Probe {
  const { type, name, there, columns } = effect;
  const oid = `to_regclass(${there ? asMade(name) : '$1'})`;
  return probe<Row>(
    `SELECT (SELECT relkind::text FROM pg_class WHERE oid = ${oid}) AS kind, c.*
     FROM (VALUES (1)) one LEFT JOIN LATERAL (${OF_RELATION.replace('$1', oid)}) c ON true ORDER BY c.at`,
    [name, columns.map((one) => lastPart(one.name)), columns.map((one) => one.type)],
    (row, rows) => {
      if (row!.kind === null)
        return there
          ? answer('not done', `There is no ${type} ${name}.`)
          : doneIfNew(true, `There is no ${type} ${name}.`);
      return there
        ? judge(effect, row!.kind, rows)
        : answer('not done', `The ${type} ${name} is still there.`);
    },
  );
}

function judge(
  { type, name, columns, partitioned, replaces, repeatable }: EffectOn<'relation'>,
  relkind: string,
  rows: readonly Row[],
): ReturnType<Probe['judge']> {
  const kind = KINDS[relkind] ?? 'something else';
  if (kind !== type) return answer('not done', `There is a ${name}, but it is a ${kind}.`);
  if (replaces)
    return answer(
      'cannot tell',
      `There is a ${type} ${name}; whether it is this one, its name does not tell.`,
    );
  if (partitioned && relkind === 'r')
    return answer('not done', `There is a ${name}, but it is a table without partitions.`);
  const but = differences(columns, rows);
  if (but.length > 0) return answer('half done', `The ${type} ${name} is there, but ${but.join('; ')}.`);
  const found = `The ${type} ${name} is there.`;
  return columns.length === 0 && !repeatable ? doneIfNew(true, found) : answer('done', found);
}
