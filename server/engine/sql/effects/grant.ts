import type { Head } from '../head.ts';
import type { Effect, EffectOn } from './effect.ts';

type On = EffectOn<'grant'>['on'];

const ALL: Readonly<Record<On, readonly string[]>> = {
  table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'],
  sequence: ['USAGE', 'SELECT', 'UPDATE'],
  schema: ['USAGE', 'CREATE'],
};

/** Reads GRANT or REVOKE from its second word on: on tables, sequences and schemas, and of roles. */
export function grant(head: Head, given: boolean): readonly Effect[] {
  // The right itself stays: only that it may be passed on is taken back.
  for (const option of ['grant', 'admin', 'inherit', 'set'])
    if (head.accept(option, 'option', 'for')) return [];
  const what = head.upTo('on', 'to', 'from');
  if (head.accept('on')) return onObjects(head, what, given);
  const roles = namesIn(what);
  head.skip('to', 'from');
  const members = grantees(head);
  if (roles === null || members === null) return [];
  return [{ about: 'membership', roles, members, given, repeatable: true }];
}

function onObjects(head: Head, what: string, given: boolean): Effect[] {
  if (what.includes('(') || head.word === 'all') return []; // columns, and whole schemas
  const on = head.accept('sequence') ? 'sequence' : head.accept('schema') ? 'schema' : 'table';
  head.accept('table');
  const names = head.names();
  if (names === null || !['to', 'from'].includes(head.take())) return []; // GRANT … ON FUNCTION f(int)
  const roles = grantees(head);
  if (roles === null) return [];
  const privileges = /^all\b/i.test(what) ? ALL[on] : what.split(',').map((one) => one.trim().toUpperCase());
  return names
    .split(', ')
    .map((name) => ({ about: 'grant', on, name, privileges, roles, given, repeatable: true }) as const);
}

/** The roles that come next; null where one of them is known to the session only (CURRENT_USER). */
function grantees(head: Head): string[] | null {
  head.accept('group');
  return namesIn(head.names() ?? '');
}

function namesIn(list: string): string[] | null {
  const names = list.split(',').map((name) => name.trim());
  return names.some((name) => name === '' || /^(?:current|session)_/i.test(name)) ? null : names;
}
