import type { Effect } from '../sql/effects/index.ts';

/** Statements that take away, or may take away, what their texts do not tell. */
const WHY: Readonly<Partial<Record<string, string>>> = {
  delete: 'Which rows it deletes, only running it tells.',
  update: 'Which values it overwrites, only running it tells.',
  merge: 'Which rows it changes or deletes, only running it tells.',
  do: 'What the block does, only running it tells.',
  call: 'What the procedure does, only running it tells.',
  execute: 'What was prepared under that name, only running it tells.',
  'drop owned': 'It drops all that the role owns here.',
  other: 'It is not known what it does.',
};

/** What PostgreSQL's own functions are called that migrations call: they take nothing away. */
const HARMLESS = /^(?:pg_catalog\s*\.\s*)?(?:set_config|setval|nextval|count|now|current_setting|pg_\w+)$/i;

/** Why nobody can tell what a statement takes away; null where its text tells. */
export function untoldOf(kind: string, sql: string, effects: readonly Effect[]): string | null {
  const converted = effects.find((effect) => effect.about === 'column type');
  if (converted !== undefined)
    return 'Every value is converted: what the new type cannot hold is rounded or cut, or stops the rollback.';
  const isExtension = effects.some(
    (effect) => effect.about === 'global' && effect.type === 'extension' && !effect.there,
  );
  if (isExtension) return 'What is of the extension’s types goes with it, where it says CASCADE.';
  if (kind === 'select' && callsFunction(sql))
    return 'What the functions do that it calls, only running it tells.';
  const changes = /^\s*with\b/i.test(sql)
    ? /\b(delete|update|merge)\b/i.exec(sql)?.[1]?.toLowerCase()
    : undefined;
  return WHY[changes ?? kind] ?? null;
}

function callsFunction(sql: string): boolean {
  const calls = sql.matchAll(/([\w$]+(?:\s*\.\s*[\w$]+)?)\s*\(/g);
  return [...calls].some(
    ([, name]) => !HARMLESS.test(name!) && !/^(?:select|from|where|and|or|in|exists|values|as)$/i.test(name!),
  );
}
