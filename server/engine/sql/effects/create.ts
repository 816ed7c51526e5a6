import type { Head } from '../head.ts';
import { createTable } from './create-table.ts';
import type { AttachmentType, Effect, GlobalType } from './effect.ts';

/** Reads CREATE … from its second word on. What lives in its session only (TEMP) leaves nothing. */
export function create(head: Head): readonly Effect[] {
  const replaces = head.accept('or', 'replace');
  head.skip('global', 'local');
  if (['temp', 'temporary'].includes(head.word)) return [];
  head.skip('unlogged', 'trusted', 'procedural');
  const isRecursive = head.accept('recursive');
  if (head.accept('constraint', 'trigger')) return attachment(head, 'trigger', replaces);
  const unique = head.accept('unique');
  for (const [words, read] of READERS) {
    if (head.accept(...words)) return read(head, { replaces: replaces || isRecursive, unique });
  }
  return [];
}

interface Before {
  readonly replaces: boolean;
  readonly unique: boolean;
}

type Reader = (head: Head, before: Before) => readonly Effect[];

const READERS: readonly (readonly [words: readonly string[], read: Reader])[] = [
  [['table'], (head) => createTable(head, 'table', ifNotExists(head))],
  [['foreign', 'table'], (head) => createTable(head, 'foreign table', ifNotExists(head))],
  [['index'], (head, { unique }) => index(head, unique)],
  [['view'], (head, { replaces }) => relation(head, 'view', replaces)],
  [['materialized', 'view'], (head) => relation(head, 'materialized view', false)],
  [['sequence'], (head) => relation(head, 'sequence', false)],
  [['type'], type],
  [['domain'], domain],
  [['function'], routine],
  [['procedure'], routine],
  [['trigger'], (head, { replaces }) => attachment(head, 'trigger', replaces)],
  [['policy'], (head) => attachment(head, 'policy', false)],
  [['rule'], (head, { replaces }) => attachment(head, 'rule', replaces)],
  [['schema'], schema],
  [['user', 'mapping'], () => []],
  ...(
    [
      ['extension', 'extension'],
      ['role', 'role'],
      ['user', 'role'],
      ['publication', 'publication'],
      ['event trigger', 'event trigger'],
      ['server', 'server'],
      ['language', 'language'],
    ] as const
  ).map(([words, of]) => [words.split(' '), (head: Head) => global(head, of)] as const),
];

export function ifNotExists(head: Head): boolean {
  return head.accept('if', 'not', 'exists');
}

function index(head: Head, unique: boolean): Effect[] {
  head.accept('concurrently');
  const repeatable = ifNotExists(head);
  const name = head.word === 'on' ? null : head.name();
  if (!head.accept('on')) return [];
  head.accept('only');
  const table = head.name();
  if (table === null) return [];
  const columns = keyAt(head);
  const partial = head.find('where') !== '';
  return [{ about: 'index', name, table, there: true, unique, columns, partial, repeatable }];
}

/** The columns of the key up to the closing parenthesis, as written; null for what is more than a name. */
function keyAt(head: Head): (string | null)[] {
  const columns: (string | null)[] = [];
  if (head.accept('using')) head.take();
  if (!head.accept('(')) return columns;
  do {
    const name = head.name();
    columns.push(name === null || head.isNext('(') ? null : name);
    head.upTo(',', ')');
  } while (head.accept(','));
  head.accept(')');
  return columns;
}

function relation(head: Head, of: 'view' | 'materialized view' | 'sequence', replaces: boolean): Effect[] {
  const repeatable = ifNotExists(head) || replaces;
  const name = head.name();
  if (name === null) return [];
  const made = { there: true, columns: [], parent: null, partitioned: false, replaces } as const;
  return [{ about: 'relation', type: of, name, ...made, repeatable }];
}

function type(head: Head): Effect[] {
  const name = head.name();
  if (name === null) return [];
  const labels = head.accept('as', 'enum') ? strings(head) : null;
  const kind =
    labels !== null
      ? 'enum'
      : head.accept('as', 'range')
        ? 'range'
        : head.accept('as', '(')
          ? 'composite'
          : head.isNext('(')
            ? 'base'
            : null;
  // Alone it makes a shell, which is no type yet.
  return kind === null ? [] : [{ about: 'type', name, there: true, kind, labels, repeatable: false }];
}

function domain(head: Head): Effect[] {
  const name = head.name();
  return name === null
    ? []
    : [{ about: 'type', name, there: true, kind: 'domain', labels: null, repeatable: false }];
}

function strings(head: Head): string[] {
  const found: string[] = [];
  if (!head.accept('(')) return found;
  do {
    const label = head.string();
    if (label !== null) found.push(label);
  } while (head.accept(','));
  return found;
}

/** The body is the first string after AS; a function in C has its library there. */
function routine(head: Head, { replaces }: Before): Effect[] {
  const name = head.name();
  if (name === null) return [];
  const start = head.offset;
  head.parenthesised();
  const written = head.since(start);
  const options = head.offset;
  const word = head.find('as', 'return', 'begin');
  const before = head.since(options);
  const body = word === 'as' ? head.string() : null;
  const said = `${before} ${body === null ? '' : head.upTo()}`;
  return [
    {
      about: 'function',
      name,
      arguments: written === '' ? null : written.slice(1, -1),
      there: true,
      body,
      replaces,
      definer: /\bsecurity\s+definer\b/i.test(said),
      volatility: /\bimmutable\b/i.test(said) ? 'i' : /\bstable\b/i.test(said) ? 's' : null,
      repeatable: replaces,
    },
  ];
}

function attachment(head: Head, of: AttachmentType, replaces: boolean): Effect[] {
  const name = head.name();
  const word = of === 'rule' ? head.find('to') : head.find('on');
  const table = word === '' ? null : head.name();
  if (name === null || table === null) return [];
  const calls = of === 'trigger' && head.find('execute') !== '' ? calledAt(head) : null;
  return [{ about: 'attachment', type: of, name, table, there: true, replaces, calls, repeatable: replaces }];
}

function calledAt(head: Head): string | null {
  return head.accept('function') || head.accept('procedure') ? head.name() : null;
}

/** CREATE SCHEMA AUTHORIZATION joe makes a schema of that name. */
function schema(head: Head): Effect[] {
  const repeatable = ifNotExists(head);
  head.accept('authorization');
  const name = head.name();
  if (name === null || /^(?:current|session)_/i.test(name)) return [];
  return [{ about: 'global', type: 'schema', name, there: true, repeatable }];
}

function global(head: Head, of: GlobalType): Effect[] {
  const repeatable = ifNotExists(head);
  const name = head.name();
  return name === null ? [] : [{ about: 'global', type: of, name, there: true, repeatable }];
}
