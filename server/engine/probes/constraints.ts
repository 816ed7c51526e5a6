import type { ConstraintType, EffectOn } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { type Answer, answer, doneIf, doneIfNew, type Probe, probe, type Repair, untold } from './probe.ts';

const NAMES: Readonly<Record<ConstraintType, string>> = {
  p: 'primary key',
  u: 'unique constraint',
  f: 'foreign key',
  c: 'check',
  x: 'exclusion constraint',
  n: 'not-null constraint',
};

interface Row {
  readonly name: string;
  readonly type: ConstraintType;
  readonly validated: boolean;
  /** As in the constraint's key; empty where it has none. */
  readonly columns: readonly string[];
  /** Whether a foreign key points to the table that was asked for; null where none was. */
  readonly same: boolean | null;
  /** The table or the domain, with its schema. */
  readonly owner: string;
}

const COLUMNS = `ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u (num, place)
     JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place)`;

function find(domain: boolean, condition: string): string {
  const [owner, oid] = domain
    ? ['JOIN pg_type o ON o.oid = k.contypid', 'k.contypid = to_regtype($1)']
    : ['JOIN pg_class o ON o.oid = k.conrelid', 'k.conrelid = to_regclass($1)'];
  const names = domain ? ['o.typnamespace', 'o.typname'] : ['o.relnamespace', 'o.relname'];
  return `
    SELECT pg_catalog.format('%I', k.conname) AS name, k.contype::text AS type, k.convalidated AS validated, pg_catalog.format('%I.%I', n.nspname, ${names[1]}) AS owner,
           ${COLUMNS} AS columns, k.confrelid = to_regclass($2) AS same
    FROM pg_constraint k ${owner} JOIN pg_namespace n ON n.oid = ${names[0]}
    WHERE ${oid} AND ${condition}`;
}

/** Constraints: there and validated. One without a name is known by its columns. */
export function constraints(effect: EffectOn<'constraint'>): Probe | Answer {
  const { table, domain, name, type, columns, references, there } = effect;
  if (name !== null)
    return probe<Row>(find(domain, 'k.conname = $3'), [table, references, lastPart(name)], (row) =>
      judge(effect, row),
    );
  if (!there || type === null || (columns.length === 0 && type !== 'p'))
    return untold(`The constraint has no name of its own, so it cannot be told from the others of ${table}.`);
  const ofColumns =
    columns.length === 0
      ? ''
      : ` AND pg_catalog.array_to_string(${COLUMNS}, ',') = pg_catalog.array_to_string($4::text[], ',')`;
  return probe<Row>(
    `${find(domain, `k.contype = $3${ofColumns}`)} ORDER BY same DESC NULLS LAST`,
    [table, references, type, ...(columns.length === 0 ? [] : [columns.map(lastPart)])],
    (row) => judge(effect, row),
  );
}

function judge(
  { table, domain, name, type, columns, references, there, validated }: EffectOn<'constraint'>,
  row: Row | undefined,
): Answer {
  const what =
    `${type === null ? 'constraint' : NAMES[type]} ${name ?? (columns.length === 0 ? '' : `on (${columns.join(', ')})`)}`.trim();
  if (row === undefined) return doneIfNew(!there, `There is no ${what} on ${table}.`);
  if (!there) return answer('not done', `The ${what} is still on ${table}.`);
  if (row.type !== type)
    return answer(
      'not done',
      `There is a constraint ${row.name} on ${table}, but it is a ${NAMES[row.type] ?? 'constraint of another kind'}.`,
    );
  const wanted = columns.map(lastPart);
  if (wanted.length > 0 && wanted.join('\0') !== row.columns.join('\0'))
    return answer('not done', `There is a ${what} on ${table}, but it is on (${row.columns.join(', ')}).`);
  if (references !== null && row.same !== true)
    return answer('not done', `There is a ${what} on ${table}, but it does not point to ${references}.`);
  if (row.validated || !validated) {
    const found = `The ${what} is on ${table}${row.validated ? ', and validated' : ', not validated'}.`;
    // What a check says is not looked at: its name is all that tells.
    return wanted.length > 0 ? answer('done', found) : doneIfNew(true, found);
  }
  const found = `The ${what} is on ${table}, but it is not validated: rows from before may break it.`;
  return { verdict: 'half done', found, repairs: [validate(row, domain)] };
}

function validate({ name, owner }: Row, domain: boolean): Repair {
  const sql = [`ALTER ${domain ? 'DOMAIN' : 'TABLE'} ${owner} VALIDATE CONSTRAINT ${name}`];
  return { how: 'validate', label: `Validate the constraint ${name}`, sql, afterwards: 'it is done' };
}

export function validations({ table, domain, name }: EffectOn<'validation'>): Probe {
  return probe<Row>(find(domain, 'k.conname = $3'), [table, null, lastPart(name)], (row) => {
    if (row === undefined) return answer('not done', `There is no constraint ${name} on ${table}.`);
    return doneIf(
      row.validated,
      `The constraint ${name} on ${table} is ${row.validated ? '' : 'not '}validated.`,
    );
  });
}
