// What a rollback costs: what is in the database now and would be gone afterwards.

import type { Plan } from '../plan.ts';

/** Something that depends on what is dropped. */
export interface Dependent {
  /** In PostgreSQL's words: `view`, `foreign key`, `function`, `default value`. */
  readonly type: string;
  /** `public.active_users`, `orders_user_id_fkey on public.orders`. */
  readonly identity: string;
}

/** How much there is: as the statistics have it, or as it was counted. */
export interface Amount {
  /** Rows of the table, its partitions included; null where nobody has counted. */
  readonly rows: number | null;
  /** Those in which the column has a value; null where that is not known, and for what is no column. */
  readonly values: number | null;
}

/** One thing that a statement takes away. */
export interface Loss {
  /** `rows` by TRUNCATE, a `column`, or all of a relation. */
  readonly what: 'relation' | 'column' | 'rows';
  /** What kind of relation it is, or the column is of. */
  readonly kind: 'table' | 'view' | 'materialized view' | 'foreign table' | 'sequence';
  readonly schema: string;
  readonly table: string;
  /** null where it is no column. */
  readonly column: string | null;
  /** The line of its statement in the file, from 1. */
  readonly line: number;
  /** From statistics: no table is looked into for it. */
  readonly estimate: Amount;
  /** Bytes with indexes, as of the last VACUUM or ANALYZE; null where nobody has measured, and for a column. */
  readonly bytes: number | null;
  /** Whether it is a column that is computed from others: it can be had again. */
  readonly generated: boolean;
  /** What was counted on request; null where nothing was asked for. */
  readonly counted: Counted | null;
  /** Whether anything is in it that cannot be had again; `unknown` where nobody could look. */
  readonly holds: 'data' | 'nothing' | 'unknown';
  /** What would be left without it, but for what the same rollback drops before. At most 50. */
  readonly dependents: readonly Dependent[];
  /** Whether they go with it (CASCADE); else PostgreSQL refuses the statement because of them. */
  readonly cascade: boolean;
}

/** What counting came to; `failed` says why it did not. */
export type Counted = Amount | { readonly failed: string };

/** A statement of which nobody can tell from its text what it takes away. */
export interface Untold {
  readonly line: number;
  /** `deletes from users`, in words. */
  readonly does: string;
  /** Why it cannot be told; a sentence. */
  readonly why: string;
}

/** What the rollback of one migration costs. */
export interface StepCost {
  readonly version: bigint;
  readonly name: string;
  /** It has no Down: what it did stays, and Gander only forgets it. */
  readonly irreversible: boolean;
  /** Where the text of its Down comes from. */
  readonly origin: 'file' | 'stored';
  readonly losses: readonly Loss[];
  readonly untold: readonly Untold[];
}

/** What a rollback takes away, as the database is now. */
export interface RollbackCost {
  /** In the order in which they will run. */
  readonly steps: readonly StepCost[];
}

/**
 * How grave it is, which decides what has to be agreed to: `data` is lost, or may be; something cannot be `untold`;
 * `nothing` is lost. What cannot be looked into counts as data. Pure.
 *
 * @param cost null: it could not be told
 */
export function gravityOf(cost: RollbackCost | null): 'data' | 'untold' | 'nothing' {
  if (cost === null) return 'data';
  if (cost.steps.some(({ losses }) => losses.some(({ holds }) => holds !== 'nothing'))) return 'data';
  return cost.steps.some(({ untold }) => untold.length > 0) ? 'untold' : 'nothing';
}

/** A rollback of nothing, or a way up: nothing is lost by it. */
export function costsNothing({ direction, steps }: Plan): boolean {
  return direction === 'up' || steps.length === 0;
}
