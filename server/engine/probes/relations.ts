import type { EffectOn, RelationType } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { answer, asMade, doneIf, type Probe, probe } from './probe.ts';

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

interface Row {
  readonly kind: string;
  readonly columns: readonly string[];
}

/** Tables, views and sequences: there, of the right kind, and with the columns they were made with. */
export function relations(effect: EffectOn<'relation'>): Probe {
  const { type, name, there } = effect;
  return probe<Row>(
    `SELECT c.relkind::text AS kind,
            ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
     FROM pg_class c WHERE c.oid = to_regclass(${there ? asMade(name) : '$1'})`,
    [name],
    (row) => {
      if (row === undefined) return doneIf(!there, `There is no ${type} ${name}.`);
      return there ? judge(effect, row) : answer('not done', `The ${type} ${name} is still there.`);
    },
  );
}

function judge(
  { type, name, columns, replaces }: EffectOn<'relation'>,
  row: Row,
): ReturnType<Probe['judge']> {
  const kind = KINDS[row.kind] ?? 'something else';
  if (kind !== type) return answer('not done', `There is a ${name}, but it is a ${kind}.`);
  if (replaces)
    return answer(
      'cannot tell',
      `There is a ${type} ${name}; whether it is this one, its name does not tell.`,
    );
  const missing = columns.filter((column) => !row.columns.includes(lastPart(column)));
  if (missing.length > 0)
    return answer('half done', `The ${type} ${name} is there, but without ${missing.join(', ')}.`);
  return answer('done', `The ${type} ${name} is there.`);
}
