import type { EffectOn } from '../sql/effects/index.ts';
import { lastPart, partsOf } from '../sql/names.ts';
import { typesIn } from './functions.ts';
import { doneIf, type Probe, probe, quote } from './probe.ts';

type On = EffectOn<'comment'>['on'];

/** SQL for the object's id, and the catalog it is in. `$1` is its name, `$2` what it belongs to. */
const OBJECTS: Readonly<Record<Exclude<On, 'column'>, readonly [id: string, catalog: string]>> = {
  relation: ['to_regclass($1)', 'pg_class'],
  schema: ['to_regnamespace($1)', 'pg_namespace'],
  type: ['to_regtype($1)', 'pg_type'],
  function: ['to_regprocedure($1)', 'pg_proc'],
  extension: ['(SELECT oid FROM pg_extension WHERE extname = $1)', 'pg_extension'],
  constraint: [
    '(SELECT oid FROM pg_constraint WHERE conrelid = to_regclass($2) AND conname = $1)',
    'pg_constraint',
  ],
  trigger: ['(SELECT oid FROM pg_trigger WHERE tgrelid = to_regclass($2) AND tgname = $1)', 'pg_trigger'],
  policy: ['(SELECT oid FROM pg_policy WHERE polrelid = to_regclass($2) AND polname = $1)', 'pg_policy'],
  rule: ['(SELECT oid FROM pg_rewrite WHERE ev_class = to_regclass($2) AND rulename = $1)', 'pg_rewrite'],
};

/** Comments: the same, or none where it is taken away. */
export function comments({ on, name, table, text }: EffectOn<'comment'>): Probe {
  const judge = (row: { comment: string | null } | undefined): ReturnType<Probe['judge']> => {
    const comment = row?.comment ?? null;
    const is = comment === null ? 'no comment' : comment === text ? 'this comment' : 'another comment';
    return doneIf(comment === (text || null), `${name} has ${is}.`);
  };
  if (on === 'column') {
    const parts = partsOf(name);
    return probe(
      `SELECT pg_catalog.col_description(a.attrelid, a.attnum) AS comment FROM pg_attribute a
       WHERE a.attrelid = to_regclass($1) AND a.attname = $2`,
      [parts.slice(0, -1).map(quote).join('.'), parts.at(-1)],
      judge,
    );
  }
  const [id, catalog] = OBJECTS[on];
  const isBare = on === 'extension' || table !== null;
  const plain =
    on === 'function' ? name.replace(/\((.*)\)$/s, (_all, list: string) => `(${typesIn(list)})`) : name;
  return probe(
    `SELECT pg_catalog.obj_description(${id}, '${catalog}') AS comment`,
    [isBare ? lastPart(name) : plain, ...(table === null ? [] : [table])],
    judge,
  );
}
