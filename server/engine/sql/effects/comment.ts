import type { Head } from '../head.ts';
import type { AttachmentType, Effect, EffectOn } from './effect.ts';

type On = EffectOn<'comment'>['on'];

const OBJECTS: readonly (readonly [words: string, on: On])[] = [
  ['table', 'relation'],
  ['foreign table', 'relation'],
  ['materialized view', 'relation'],
  ['view', 'relation'],
  ['index', 'relation'],
  ['sequence', 'relation'],
  ['column', 'column'],
  ['schema', 'schema'],
  ['type', 'type'],
  ['domain', 'type'],
  ['function', 'function'],
  ['procedure', 'function'],
  ['extension', 'extension'],
  ['constraint', 'constraint'],
  ['trigger', 'trigger'],
  ['policy', 'policy'],
  ['rule', 'rule'],
];

const OF_TABLES: readonly On[] = ['constraint', 'trigger', 'policy', 'rule'] satisfies (
  | 'constraint'
  | AttachmentType
)[];

/** Reads COMMENT ON … IS … from its second word on. */
export function comment(head: Head): readonly Effect[] {
  head.accept('on');
  const on = OBJECTS.find(([words]) => head.accept(...words.split(' ')))?.[1];
  const written = on === undefined ? null : head.name();
  if (on === undefined || written === null) return [];
  const start = head.offset;
  if (on === 'function') head.parenthesised();
  const name = `${written}${head.since(start)}`;
  const table = OF_TABLES.includes(on) && head.accept('on') && head.word !== 'domain' ? head.name() : null;
  if ((OF_TABLES.includes(on) && table === null) || !head.accept('is')) return [];
  return [{ about: 'comment', on, name, table, text: head.string(), repeatable: true }];
}
