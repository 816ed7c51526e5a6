import { Head } from '../head.ts';
import { cutStatements } from '../statements.ts';
import { alter } from './alter.ts';
import { comment } from './comment.ts';
import { create } from './create.ts';
import { drop } from './drop.ts';
import type { Effect } from './effect.ts';
import { grant } from './grant.ts';

export type * from './effect.ts';

const READERS: Readonly<Record<string, (head: Head) => readonly Effect[]>> = {
  create,
  alter,
  drop,
  comment,
  grant: (head) => grant(head, true),
  revoke: (head) => grant(head, false),
  reindex,
};

/**
 * What a message makes, takes away or changes in the catalogs, in the order in which it is written. Empty for what leaves
 * its traces in the data only (INSERT), in its session (SET), or where nobody can tell from the text (DO, CALL).
 *
 * @param parts how many statements the message holds
 */
export function effectsOf(sql: string, parts = 1): readonly Effect[] {
  return parts === 1 ? effectsOfOne(sql) : partsOf(sql).flatMap(effectsOfOne);
}

/** The statements of a message that holds several. */
export function partsOf(sql: string): string[] {
  const ranges = cutStatements(sql, (_offset, message) => {
    throw new Error(message); // it was cut before
  });
  return ranges.map(({ start, end }) => sql.slice(start, end));
}

function effectsOfOne(sql: string): readonly Effect[] {
  const head = new Head(sql);
  const verb = head.word;
  const read = Object.hasOwn(READERS, verb) ? READERS[verb] : undefined;
  if (read === undefined) return [];
  head.take();
  return read(head);
}

/** A REINDEX that was cut off leaves an invalid index beside the old one; when it is done it leaves nothing. */
function reindex(head: Head): Effect[] {
  head.parenthesised();
  const type = head.accept('index') ? 'index' : head.accept('table') ? 'table' : null;
  head.accept('concurrently');
  const name = type === null ? null : head.name();
  return type === null || name === null ? [] : [{ about: 'reindex', type, name, repeatable: true }];
}
