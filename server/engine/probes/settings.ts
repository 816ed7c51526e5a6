import type { EffectOn, Setting } from '../sql/effects/index.ts';
import { lastPart, partsOf } from '../sql/names.ts';
import { type Answer, answer, doneIf, type Probe, probe, quote, untold } from './probe.ts';

/** SQL for what a relation has instead: `on`, `off`, or a name. */
const VALUES: Readonly<Record<Exclude<Setting, 'schema'>, string>> = {
  owner: 'pg_get_userbyid(relowner)::text',
  logged: `CASE relpersistence WHEN 'u' THEN 'off' ELSE 'on' END`,
  'row security': `CASE WHEN relrowsecurity THEN 'on' ELSE 'off' END`,
  'forced row security': `CASE WHEN relforcerowsecurity THEN 'on' ELSE 'off' END`,
};

const WORDS: Readonly<Record<Exclude<Setting, 'schema'>, (name: string, value: string) => string>> = {
  owner: (name, value) => `${name} belongs to ${value}.`,
  logged: (name, value) => `${name} is ${value === 'on' ? 'logged' : 'unlogged'}.`,
  'row security': (name, value) => `Row level security of ${name} is ${value}.`,
  'forced row security': (name, value) => `Row level security of ${name} is ${value} for its owner.`,
};

/** What ALTER TABLE sets for a relation as a whole. */
export function settings({ name, setting, value }: EffectOn<'setting'>): Probe | Answer {
  if (setting === 'schema') return moved(name, value);
  if (/^(?:current|session)_/i.test(value))
    return untold('Whose it was to become is known to that session only.');
  return probe<{ value: string }>(
    `SELECT ${VALUES[setting]} AS value FROM pg_class WHERE oid = to_regclass($1)`,
    [name],
    (row) => {
      if (row === undefined) return answer('not done', `There is no ${name}.`);
      return doneIf(row.value === lastPart(value), WORDS[setting](name, row.value));
    },
  );
}

function moved(name: string, schema: string): Probe {
  const target = [...partsOf(schema), lastPart(name)].map(quote).join('.');
  return probe<{ there: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS there`, [target], (row) =>
    doneIf(
      row?.there === true,
      `There is ${row?.there === true ? 'a' : 'no'} ${lastPart(name)} in the schema ${schema}.`,
    ),
  );
}
