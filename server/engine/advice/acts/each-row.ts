import type { Node } from 'libpg-query';
import { stringsOf } from '../name.ts';

/** Functions that give another value at each call (pg_proc.provolatile is `v`) and that people use in defaults. */
const VOLATILE = new Set([
  'clock_timestamp',
  'timeofday',
  'random',
  'random_normal',
  'gen_random_uuid',
  'gen_random_bytes',
  'uuidv4',
  'uuidv7',
  'uuid_generate_v1',
  'uuid_generate_v1mc',
  'uuid_generate_v4',
  'nextval',
  'setval',
  'currval',
  'lastval',
]);

/** The first call in an expression that gives another value for each row, as in `gen_random_uuid()`; null without one. */
export function eachRowIn(expression: unknown): string | null {
  if (typeof expression !== 'object' || expression === null) return null;
  if ('funcname' in expression) {
    const name = stringsOf(expression.funcname as Node[]).at(-1) ?? '';
    if (VOLATILE.has(name)) return `${name}()`;
  }
  for (const part of Object.values(expression)) {
    const found = eachRowIn(part);
    if (found !== null) return found;
  }
  return null;
}
