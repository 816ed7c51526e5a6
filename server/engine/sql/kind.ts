import { Head, switchedOn } from './head.ts';

/** What a statement does, in PostgreSQL's own words, and the object it names as written. */
export interface Kind {
  readonly kind: string;
  readonly object: string | null;
}

/** What CREATE, ALTER, DROP, COMMENT ON … can be about. */
const OBJECTS = phrases(`
  access method, aggregate, cast, collation, column, constraint, conversion, database, default privileges, domain,
  event trigger, extension, foreign data wrapper, foreign table, function, group, index, language, large object,
  materialized view, operator class, operator family, operator, owned, policy, procedure, publication, role, routine, rule,
  schema, sequence, server, statistics, subscription, system, table, tablespace, text search configuration,
  text search dictionary, text search parser, text search template, transform, trigger, type, user mapping, user, view`);

/** Statements of which the first words say everything. */
const PLAIN = phrases(`
  abort, begin, checkpoint, close, commit prepared, commit, deallocate, declare, discard, do, end, execute, explain, fetch,
  import foreign schema, listen, load, move, notify, prepare transaction, prepare, reassign owned, release,
  rollback prepared, rollback, savepoint, security label, select, show, start transaction, unlisten, values`);

/** Words that may stand where a name could, and mean that there is none. */
const NO_NAME = new Set(['on', 'for', 'authorization', 'all', 'set', 'reset', 'by']);

type Reader = (head: Head) => Kind;

const READERS: Readonly<Record<string, Reader>> = {
  create,
  alter,
  drop,
  insert: (head) => target('insert', head, 'into'),
  update: (head) => target('update', head, 'only'),
  delete: (head) => target('delete', head, 'from', 'only'),
  merge: (head) => target('merge', head, 'into', 'only'),
  truncate: (head) => target('truncate', head, 'table', 'only'),
  copy: (head) => target('copy', head),
  call: (head) => target('call', head),
  lock: (head) => target('lock', head, 'table', 'only'),
  set: (head) => target('set', head, 'local', 'session'),
  reset: (head) => target('reset', head),
  with: withQueries,
  comment: (head) => about('comment', head),
  grant: privileges('grant'),
  revoke: privileges('revoke'),
  refresh,
  reindex,
  vacuum: (head) => maintenance('vacuum', head),
  analyze: (head) => maintenance('analyze', head),
  analyse: (head) => maintenance('analyze', head),
  cluster: (head) => maintenance('cluster', head),
};

/**
 * Reads the first words of a statement. The kind is made of key words only, never of anything else in the statement: it
 * may be stored and shown. `other` is what PostgreSQL does not know either, `` is an empty statement.
 */
export function kindOf(sql: string): Kind {
  const head = new Head(sql);
  if (head.atEnd) return { kind: '', object: null };
  while (head.accept('('));
  const plain = takeOneOf(PLAIN, head);
  if (plain !== null) return { kind: plain, object: null };
  const verb = head.word;
  const read = Object.hasOwn(READERS, verb) ? READERS[verb] : undefined;
  if (read === undefined) return { kind: verb === 'table' ? 'select' : 'other', object: null };
  head.take();
  return read(head);
}

/** The table that an index, a trigger, a policy or a rule is on, as written. */
export function tableOf(sql: string): string | null {
  const head = new Head(sql);
  const kind = head.take() === 'create' ? create(head).kind : '';
  if (!/ (?:index|trigger|policy|rule)\b/.test(kind)) return null;
  const word = kind === 'create rule' ? head.find('to') : head.find('on');
  if (word === '') return null;
  head.accept('only');
  return head.name();
}

function create(head: Head): Kind {
  head.accept('or', 'replace');
  head.skip('global', 'local', 'temp', 'temporary', 'unlogged', 'recursive', 'trusted', 'procedural');
  if (head.word === 'constraint') head.take();
  if (head.accept('default', 'conversion')) return { kind: 'create conversion', object: head.name() };
  const unique = head.accept('unique') ? 'unique ' : '';
  const type = takeOneOf(OBJECTS, head);
  if (type === null) return { kind: 'create', object: null };
  const concurrently = head.accept('concurrently') ? ' concurrently' : '';
  head.accept('if', 'not', 'exists');
  return { kind: `create ${unique}${type}${concurrently}`, object: nameAt(head) };
}

function alter(head: Head): Kind {
  const type = takeOneOf(OBJECTS, head);
  if (type === null) return { kind: 'alter', object: null };
  head.accept('if', 'exists');
  head.accept('only');
  const named = type !== 'system' && type !== 'default privileges';
  return { kind: `alter ${type}`, object: named ? nameAt(head) : null };
}

function drop(head: Head): Kind {
  const type = takeOneOf(OBJECTS, head);
  if (type === null) return { kind: 'drop', object: null };
  const concurrently = head.accept('concurrently') ? ' concurrently' : '';
  head.accept('if', 'exists');
  return { kind: `drop ${type}${concurrently}`, object: NO_NAME.has(head.word) ? null : head.names() };
}

/** `truncate a, b` names two; of the others, what follows the first name is no comma. */
function target(kind: string, head: Head, ...skipped: readonly string[]): Kind {
  head.skip(...skipped);
  return { kind, object: head.names() };
}

/** The statement that the WITH queries are for. */
function withQueries(head: Head): Kind {
  const verb = head.find('select', 'insert', 'update', 'delete', 'merge', 'values', 'table');
  const read = Object.hasOwn(READERS, verb) ? READERS[verb] : undefined;
  return read === undefined ? { kind: 'select', object: null } : read(head);
}

function about(kind: string, head: Head): Kind {
  head.accept('on');
  takeOneOf(OBJECTS, head);
  return { kind, object: nameAt(head) };
}

/** GRANT … ON [TABLE] users TO …; without ON it is about roles. */
function privileges(kind: string): Reader {
  return (head) => {
    if (head.find('on', 'to', 'from') !== 'on') return { kind, object: null };
    takeOneOf(OBJECTS, head);
    return { kind, object: nameAt(head) };
  };
}

function refresh(head: Head): Kind {
  if (!head.accept('materialized', 'view')) return { kind: 'refresh', object: null };
  const concurrently = head.accept('concurrently') ? ' concurrently' : '';
  return { kind: `refresh materialized view${concurrently}`, object: head.name() };
}

function reindex(head: Head): Kind {
  const inOptions = switchedOn(head.parenthesised(), 'concurrently');
  const type = takeOneOf(OBJECTS, head) ?? '';
  const concurrently = head.accept('concurrently') || inOptions ? ' concurrently' : '';
  return { kind: `reindex ${type}${concurrently}`.trim(), object: nameAt(head) };
}

function maintenance(kind: string, head: Head): Kind {
  head.parenthesised();
  head.skip('full', 'freeze', 'verbose', 'analyze', 'analyse', 'only');
  return { kind, object: head.names() };
}

function nameAt(head: Head): string | null {
  return NO_NAME.has(head.word) ? null : head.name();
}

/** By their first word; where one phrase begins another, the longer one is listed first. */
type Phrases = ReadonlyMap<string, readonly (readonly string[])[]>;

function phrases(list: string): Phrases {
  const all = list.split(',').map((phrase) => phrase.trim().split(' '));
  return new Map(all.map(([first = '']) => [first, all.filter((words) => words[0] === first)]));
}

function takeOneOf(known: Phrases, head: Head): string | null {
  const words = known.get(head.word)?.find((phrase) => head.accept(...phrase));
  return words?.join(' ') ?? null;
}
