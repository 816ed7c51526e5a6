// What statements do, as PostgreSQL's own parser reads them, in the terms in which the rules think.
import type { Name } from '../name.ts';
import type { SqlType } from '../sql-type.ts';

/** A column as CREATE TABLE or ADD COLUMN defines it. */
export interface MadeColumn {
  readonly name: string;
  readonly type: SqlType | null;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** What gives another value for each row, so that each has to be written: `gen_random_uuid()`; null: nothing does. */
  readonly eachRow: string | null;
  readonly at: number;
}

export type ConstraintKind = 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclude' | 'not null';

export interface MadeConstraint {
  readonly kind: ConstraintKind;
  /** null: PostgreSQL makes up a name. */
  readonly name: string | null;
  /** Those it names; of a check, none but for the one that it keeps from being null. */
  readonly columns: readonly string[];
  /** The column that a check or a NOT NULL keeps from being null. */
  readonly notNull: string | null;
  /** Whether the rows that are there are looked at: not with NOT VALID, nor with NOT ENFORCED. */
  readonly validated: boolean;
  /** What a foreign key refers to. */
  readonly parent: Name | null;
  readonly usingIndex: boolean;
  /** As written, without its name; '' where it belongs to a column. */
  readonly definition: string;
  readonly at: number;
}

export type DroppedType = 'table' | 'view' | 'materialized view' | 'foreign table' | 'schema' | 'other';

export type What =
  | {
      readonly does: 'create table';
      readonly table: Name;
      readonly columns: readonly MadeColumn[];
      readonly constraints: readonly MadeConstraint[];
      /** Whether the list of columns is all there is: not with LIKE, INHERITS, OF, AS. */
      readonly whole: boolean;
      readonly partitionOf: Name | null;
    }
  | { readonly does: 'create view'; readonly view: Name }
  | { readonly does: 'create type'; readonly type: Name }
  | {
      readonly does: 'add column';
      readonly table: Name;
      readonly column: MadeColumn;
      readonly constraints: readonly MadeConstraint[];
    }
  | { readonly does: 'drop column'; readonly table: Name; readonly column: string; readonly cascade: boolean }
  | {
      readonly does: 'set type';
      readonly table: Name;
      readonly column: string;
      readonly type: SqlType;
      /** USING: nothing, the column itself or its cast to the type, or something that computes. */
      readonly using: 'nothing' | 'cast' | 'expression';
    }
  | {
      readonly does: 'set not null';
      readonly table: Name;
      readonly column: string;
      readonly on: boolean;
    }
  | { readonly does: 'add constraint'; readonly table: Name; readonly constraint: MadeConstraint }
  | { readonly does: 'validate'; readonly table: Name; readonly constraint: string }
  | {
      readonly does: 'drop constraint';
      readonly table: Name;
      readonly constraint: string;
      readonly cascade: boolean;
    }
  | {
      readonly does: 'rename';
      readonly type: 'table' | 'view' | 'column' | 'constraint' | 'index' | 'other';
      /** What is renamed, or what it belongs to. */
      readonly of: Name;
      readonly from: string;
      readonly to: string;
    }
  | { readonly does: 'move'; readonly table: Name; readonly to: string }
  /** Writes all of a table anew, for the words that say so. */
  | { readonly does: 'rewrite'; readonly table: Name | null; readonly words: string }
  | { readonly does: 'attach'; readonly table: Name; readonly partition: Name }
  | {
      readonly does: 'detach';
      readonly table: Name;
      readonly partition: Name;
      readonly concurrently: boolean;
    }
  /** Something else that ALTER TABLE does, at once. */
  | { readonly does: 'alter table'; readonly table: Name; readonly lock: TableLock }
  | {
      readonly does: 'create index';
      readonly table: Name;
      readonly index: Name | null;
      readonly unique: boolean;
      readonly concurrently: boolean;
      readonly ifNotExists: boolean;
    }
  | { readonly does: 'drop index'; readonly index: Name; readonly concurrently: boolean }
  | {
      readonly does: 'reindex';
      readonly type: 'index' | 'table' | 'other';
      readonly name: Name | null;
      readonly concurrently: boolean;
    }
  | { readonly does: 'refresh'; readonly view: Name; readonly concurrently: boolean }
  | {
      readonly does: 'drop';
      readonly type: DroppedType;
      readonly words: string;
      readonly name: Name;
      readonly cascade: boolean;
      readonly ifExists: boolean;
    }
  | { readonly does: 'truncate'; readonly table: Name; readonly cascade: boolean }
  | { readonly does: 'insert'; readonly table: Name; readonly query: boolean }
  | {
      readonly does: 'update' | 'delete';
      readonly table: Name;
      /** Whether a condition chooses the rows. */
      readonly some: boolean;
    }
  | { readonly does: 'merge'; readonly table: Name }
  | { readonly does: 'lock'; readonly table: Name; readonly lock: TableLock }
  | { readonly does: 'create trigger'; readonly table: Name }
  | { readonly does: 'add value'; readonly type: Name; readonly label: string }
  | { readonly does: 'set'; readonly name: string; readonly value: string }
  | { readonly does: 'begin' | 'end' }
  | {
      readonly does: 'create function';
      readonly name: Name;
      readonly definer: boolean;
      readonly pathSet: boolean;
    }
  | {
      readonly does: 'grant to public';
      readonly on: string;
      /** null: all of them. */
      readonly privileges: readonly string[] | null;
    }
  /** What it does is said elsewhere than in its text: DO, CALL. */
  | { readonly does: 'hidden'; readonly words: string }
  | { readonly does: 'nothing of interest' };

/** The modes of locks on tables, the weakest first; each blocks at least what those before it do. */
export const LOCKS = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;

export type TableLock = (typeof LOCKS)[number];

export type Act = What & {
  /** UTF-16 offset in the SQL that is sent: where to point at. */
  readonly at: number;
};

export type Does = What['does'];
/** The acts that do this. */
export type ActOf<D extends Does> = Extract<Act, { readonly does: D }>;
