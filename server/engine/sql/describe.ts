import type { Statement } from '../migration.ts';
import { tableOf } from './kind.ts';

/** Verbs and prepositions for the kinds that name one object; `create …`, `alter …` and `drop …` are made of their words. */
const WITH_OBJECT: Readonly<Record<string, string>> = {
  insert: 'inserts into',
  update: 'updates',
  delete: 'deletes from',
  merge: 'merges into',
  truncate: 'empties',
  copy: 'copies',
  call: 'calls',
  lock: 'locks',
  set: 'sets',
  reset: 'resets',
  comment: 'comments on',
  grant: 'grants rights on',
  revoke: 'revokes rights on',
  vacuum: 'vacuums',
  analyze: 'analyzes',
  cluster: 'reorders',
};

const WITHOUT_OBJECT: Readonly<Record<string, string>> = {
  select: 'runs a query',
  values: 'runs a query',
  do: 'runs a DO block',
  grant: 'grants a role',
  revoke: 'revokes a role',
  vacuum: 'vacuums the whole database',
  analyze: 'analyzes the whole database',
  cluster: 'reorders every clustered table',
  comment: 'sets a comment',
  other: 'runs a statement',
};

const VERBS: Readonly<Record<string, string>> = {
  create: 'creates',
  alter: 'alters',
  drop: 'drops',
  refresh: 'refreshes',
  reindex: 'reindexes',
};

/** What a statement does, in a few plain words: `creates table users`. Made of the unexpanded text: it holds no secrets. */
export function describe(statement: Statement): string {
  const { kind, object, parts, text } = statement;
  if (parts > 1) return `runs ${parts} statements together`;
  const words = kind.replace(/ concurrently$/, '').split(' ');
  const verb = VERBS[words[0] ?? ''];
  if (verb !== undefined)
    return sentence(
      verb,
      words.slice(1).join(' '),
      object,
      tableOf(text),
      words.length < kind.split(' ').length,
    );
  if (object !== null) return `${WITH_OBJECT[kind] ?? kind} ${object}`;
  return WITHOUT_OBJECT[kind] ?? kind;
}

function sentence(
  verb: string,
  type: string,
  object: string | null,
  table: string | null,
  concurrently: boolean,
): string {
  const what = object === null ? withArticle(type) : `${type} ${object}`;
  const on = table === null ? '' : ` on ${table}`;
  return `${verb} ${what}${on}${concurrently ? ' concurrently' : ''}`;
}

function withArticle(type: string): string {
  if (type === '') return 'something';
  if (/privileges$|^system$|^owned$|^statistics$/.test(type)) return type;
  return `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
}
