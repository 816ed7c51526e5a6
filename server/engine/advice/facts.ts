import type { ConstraintKind } from './acts/act.ts';

/** What the catalogs say of the tables that a plan touches; sizes are estimates of the last VACUUM or ANALYZE. */
export interface Facts {
  readonly relations: readonly RelationFacts[];
}

export interface RelationFacts {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'partitioned table' | 'view' | 'materialized view' | 'other';
  /** null: nobody has counted yet. */
  readonly rows: number | null;
  /** With its indexes and what is stored out of line; null as above. */
  readonly bytes: number | null;
  /** Types as format_type() writes them. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly notNull: boolean }[];
  readonly constraints: readonly ConstraintFacts[];
  readonly indexes: readonly { readonly name: string; readonly valid: boolean }[];
  /** Views, and tables whose foreign keys refer to it. */
  readonly dependents: readonly Dependent[];
}

export interface ConstraintFacts {
  readonly name: string;
  readonly kind: ConstraintKind;
  readonly columns: readonly string[];
  /** The column that it keeps from being null, by `CHECK (email IS NOT NULL)` or NOT NULL. */
  readonly notNull: string | null;
  readonly validated: boolean;
  /** What a foreign key refers to. */
  readonly parent: string | null;
}

export interface Dependent {
  readonly type: 'view' | 'foreign key';
  readonly schema: string;
  readonly name: string;
  /** Which columns it uses; those of a foreign key are the ones it refers to. */
  readonly columns: readonly string[];
}
