import { comment, isNoHistory, isNoMember, isUsers, lines } from './fragments.ts';
import { indexState } from './indexes.ts';
import type { Kind } from './kind.ts';

/** Of an index's constraint its storage, which pg_get_constraintdef leaves out. */
const STORAGE = `(SELECT ${lines(
  `'WITH (' || array_to_string(x.reloptions, ', ') || ')'`,
  ...indexState('i', 'x'),
  comment('pg_class', 'x.oid').replace(`'COMMENT '`, `'COMMENT ON INDEX '`),
)} FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x'))`;

/**
 * NOT NULL is told with its column, constraint triggers by the trigger. What a partition or a child has because its parent
 * has it is told there, but for what has an index of its own.
 */
const IS_ITS_OWN = `(k.contype IN ('p', 'u', 'x') OR k.contype = 'f' AND k.conparentid = 0 OR k.contype = 'c' AND k.conislocal)`;

export const constraints: Kind = {
  names: ['constraint'],
  catalog: 'pg_constraint',
  rows: ({ among, histories }) => `
    SELECT 'constraint' AS kind, k.oid, n.nspname AS schema, k.conname AS name, c.relname::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid))`,
        `nullif(${STORAGE}, '')`,
        comment('pg_constraint', 'k.oid'),
      )} AS definition
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${IS_ITS_OWN} AND ${isUsers('n')} AND ${isNoHistory('c', 'n', histories)}
      AND ${isNoMember('pg_class', 'c.oid')} AND ${isNoMember('pg_constraint', 'k.oid')} AND ${among('k.oid')}`,
};
