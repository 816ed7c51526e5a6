// What statements leave in the catalogs, or take out of them. Names are as written, to be read as PostgreSQL reads them.

/** What has a row in pg_class and is called by the same kind of name. */
export type RelationType = 'table' | 'foreign table' | 'view' | 'materialized view' | 'sequence';
/** What is known by its name alone, in the whole database or the whole server. */
export type GlobalType =
  | 'schema'
  | 'extension'
  | 'role'
  | 'publication'
  | 'event trigger'
  | 'server'
  | 'language';
/** What belongs to a table and is called by a name of its own there. */
export type AttachmentType = 'trigger' | 'policy' | 'rule';
/** As in pg_constraint.contype. */
export type ConstraintType = 'p' | 'u' | 'f' | 'c' | 'x' | 'n';
export type RenamedType = 'relation' | 'index' | 'column' | 'constraint' | AttachmentType | 'type' | 'schema';
export type Setting = 'row security' | 'forced row security' | 'owner' | 'schema' | 'logged';

/** A column as CREATE TABLE or ADD COLUMN defines it. */
export interface ColumnDefinition {
  readonly name: string;
  /** As written; that of a serial is the integer behind it. null where none is written. */
  readonly type: string | null;
  readonly notNull: boolean;
  /** The default as written; null where none is. */
  readonly value: string | null;
  readonly generated: boolean;
  readonly identity: boolean;
}

/** What is there, or gone, when the statement is done. */
type Claim =
  | {
      readonly about: 'relation';
      readonly type: RelationType;
      readonly name: string;
      readonly there: boolean;
      /** The columns that it is made with, as far as they are named. */
      readonly columns: readonly ColumnDefinition[];
      /** What it is made a partition of: it goes with that. */
      readonly parent: string | null;
      /** Whether a table is made that has partitions. */
      readonly partitioned: boolean;
      /** Whether an older one of the same name may have stood there: then being there says nothing. */
      readonly replaces: boolean;
    }
  | {
      readonly about: 'index';
      /** null: PostgreSQL makes up a name. */
      readonly name: string | null;
      /** null when it is dropped. */
      readonly table: string | null;
      readonly there: boolean;
      readonly unique: boolean;
      /** Its key; null where an expression stands for a column. Empty when it is dropped. */
      readonly columns: readonly (string | null)[];
      /** Whether it is for some of the rows only. */
      readonly partial: boolean;
    }
  | { readonly about: 'reindex'; readonly type: string; readonly name: string }
  | {
      readonly about: 'column';
      readonly table: string;
      readonly column: string;
      readonly there: boolean;
      /** null when it is dropped. */
      readonly definition: ColumnDefinition | null;
    }
  | {
      readonly about: 'column type';
      readonly table: string;
      readonly column: string;
      readonly type: string;
    }
  | { readonly about: 'not null'; readonly table: string; readonly column: string; readonly on: boolean }
  | {
      readonly about: 'default';
      readonly table: string;
      readonly column: string;
      /** The expression as written; null: none. */
      readonly value: string | null;
    }
  | { readonly about: 'identity'; readonly table: string; readonly column: string; readonly on: boolean }
  | {
      readonly about: 'constraint';
      /** A table's; a domain's where `domain` says so. */
      readonly table: string;
      readonly domain: boolean;
      readonly name: string | null;
      /** null where it is dropped. */
      readonly type: ConstraintType | null;
      readonly columns: readonly string[];
      /** The table that a foreign key points to; null for the others. */
      readonly references: string | null;
      readonly there: boolean;
      readonly validated: boolean;
    }
  | { readonly about: 'validation'; readonly table: string; readonly domain: boolean; readonly name: string }
  | {
      readonly about: 'rename';
      readonly type: RenamedType;
      /** What it belongs to; null where it is called by its own name. */
      readonly on: string | null;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly about: 'type';
      readonly name: string;
      readonly there: boolean;
      readonly kind: 'enum' | 'composite' | 'range' | 'domain' | 'base' | null;
      /** An enum's; null for other types. */
      readonly labels: readonly string[] | null;
    }
  | {
      readonly about: 'label';
      readonly type: string;
      readonly label: string;
      /** What it was called before; null when it is new. */
      readonly before: string | null;
    }
  | {
      readonly about: 'function';
      readonly name: string;
      /** As written between the parentheses; null where none are. */
      readonly arguments: string | null;
      readonly there: boolean;
      /** What is between its quotes; null for a body in SQL itself, and for a drop. */
      readonly body: string | null;
      readonly replaces: boolean;
      /** Said in so many words: SECURITY DEFINER, and as in pg_proc.provolatile; null where nothing is said. */
      readonly definer: boolean;
      readonly volatility: 'i' | 's' | 'v' | null;
    }
  | {
      readonly about: 'attachment';
      readonly type: AttachmentType;
      readonly name: string;
      readonly table: string;
      readonly there: boolean;
      readonly replaces: boolean;
      /** What a trigger calls; null where it cannot be read, and for the others. */
      readonly calls: string | null;
    }
  | {
      readonly about: 'trigger state';
      readonly table: string;
      readonly name: string;
      /** As in pg_trigger.tgenabled. */
      readonly state: 'O' | 'D' | 'R' | 'A';
    }
  | { readonly about: 'global'; readonly type: GlobalType; readonly name: string; readonly there: boolean }
  | {
      readonly about: 'comment';
      readonly on:
        | 'relation'
        | 'column'
        | 'schema'
        | 'type'
        | 'function'
        | 'extension'
        | 'constraint'
        | AttachmentType;
      readonly name: string;
      readonly table: string | null;
      /** null: none. */
      readonly text: string | null;
    }
  | {
      readonly about: 'grant';
      readonly on: 'table' | 'sequence' | 'schema';
      readonly name: string;
      readonly privileges: readonly string[];
      readonly roles: readonly string[];
      readonly given: boolean;
    }
  | {
      readonly about: 'membership';
      readonly roles: readonly string[];
      readonly members: readonly string[];
      readonly given: boolean;
    }
  | {
      readonly about: 'partition';
      readonly parent: string;
      readonly child: string;
      readonly attached: boolean;
    }
  | { readonly about: 'setting'; readonly name: string; readonly setting: Setting; readonly value: string };

export type Effect = Claim & {
  /** Whether the statement can be run again when that is so already: `IF NOT EXISTS`, `SET NOT NULL`. */
  readonly repeatable: boolean;
  /** Whether it does nothing where what it changes is not there: `ALTER TABLE IF EXISTS`. */
  readonly ifThere?: boolean;
};

export type About = Effect['about'];

/** The effects that are about this. */
export type EffectOn<A extends About> = Extract<Effect, { readonly about: A }>;
