import type { Head } from '../head.ts';
import type { AttachmentType, Effect, GlobalType, RelationType } from './effect.ts';

type Reader = (head: Head, repeatable: boolean) => readonly Effect[];

const RELATIONS: readonly RelationType[] = [
  'table',
  'foreign table',
  'view',
  'materialized view',
  'sequence',
];
const ATTACHMENTS: readonly AttachmentType[] = ['trigger', 'policy', 'rule'];
const GLOBALS: readonly (readonly [words: string, type: GlobalType])[] = [
  ['schema', 'schema'],
  ['extension', 'extension'],
  ['role', 'role'],
  ['user', 'role'],
  ['publication', 'publication'],
  ['event trigger', 'event trigger'],
  ['server', 'server'],
  ['language', 'language'],
];

const NO_RELATION = { there: false, columns: [], parent: null, partitioned: false, replaces: false } as const;
const NO_INDEX = { there: false, unique: false, columns: [], partial: false } as const;

const READERS: readonly (readonly [words: string, read: Reader])[] = [
  ...GLOBALS.map(
    ([words, type]) => [words, each((name) => ({ about: 'global', type, name, there: false }))] as const,
  ),
  ...RELATIONS.map(
    (type) => [type, each((name) => ({ about: 'relation', type, name, ...NO_RELATION }))] as const,
  ),
  ['index', each((name) => ({ about: 'index', name, table: null, ...NO_INDEX }))],
  ['type', each((name) => ({ about: 'type', name, there: false, kind: null, labels: null }))],
  ['domain', each((name) => ({ about: 'type', name, there: false, kind: null, labels: null }))],
  ['function', routines],
  ['procedure', routines],
  ['routine', routines],
  ...ATTACHMENTS.map(
    (type) => [type, (head: Head, repeatable: boolean) => attachment(head, type, repeatable)] as const,
  ),
];

/** Reads DROP … from its second word on. */
export function drop(head: Head): readonly Effect[] {
  if (head.accept('user', 'mapping')) return [];
  for (const [words, read] of READERS) {
    if (!head.accept(...words.split(' '))) continue;
    head.accept('concurrently');
    return read(head, head.accept('if', 'exists'));
  }
  return [];
}

type Claim<E = Effect> = E extends Effect ? Omit<E, 'repeatable'> : never;

/** DROP TABLE a, b */
function each(toClaim: (name: string) => Claim): Reader {
  return (head, repeatable) => {
    const effects: Effect[] = [];
    do {
      const name = head.name();
      if (name === null) break;
      effects.push({ ...toClaim(name), repeatable });
    } while (head.accept(','));
    return effects;
  };
}

/** DROP FUNCTION f(int), g */
function routines(head: Head, repeatable: boolean): Effect[] {
  const effects: Effect[] = [];
  do {
    const name = head.name();
    if (name === null) break;
    const start = head.offset;
    head.parenthesised();
    const written = head.since(start);
    effects.push({
      about: 'function',
      name,
      arguments: written === '' ? null : written.slice(1, -1),
      there: false,
      body: null,
      replaces: false,
      definer: false,
      volatility: null,
      repeatable,
    });
  } while (head.accept(','));
  return effects;
}

function attachment(head: Head, type: AttachmentType, repeatable: boolean): Effect[] {
  const name = head.name();
  const table = head.accept('on') ? head.name() : null;
  if (name === null || table === null) return [];
  return [{ about: 'attachment', type, name, table, there: false, replaces: false, calls: null, repeatable }];
}
