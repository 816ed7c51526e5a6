import type { Act } from './acts/act.ts';
import type { Name } from './name.ts';

/** The names of everything that acts mention: what there is to be asked of the database. */
export function mentionedIn(acts: readonly Act[]): Name[] {
  const found = new Map<string, Name>();
  for (const act of acts)
    for (const name of namesIn(act)) found.set(`${name.schema ?? ''}.${name.name}`, name);
  return [...found.values()];
}

function namesIn(value: unknown): Name[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isName(value)) return [value];
  return Object.values(value).flatMap(namesIn);
}

/** Types have modifiers, columns and constraints have more than that: nothing else is a schema and a name. */
function isName(value: object): value is Name {
  return 'schema' in value && 'name' in value && Object.keys(value).length === 2;
}
