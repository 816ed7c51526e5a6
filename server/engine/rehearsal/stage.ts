import type { Client } from '../postgres.ts';
import type { Scope } from '../schema/kinds/index.ts';
import type { Facts } from '../session.ts';
import type { Aside } from './aside.ts';
import type { Relations } from './look.ts';

/** What a rehearsal works with. */
export interface Stage {
  /** The connection that it has for itself, in its transaction. */
  readonly client: Client;
  /** What looks at the same transaction. */
  readonly aside: Aside;
  readonly facts: Facts;
  /** The transaction, as `pg_current_xact_id()` tells it. */
  readonly transaction: string;
  /** Milliseconds that a statement may wait for a lock. */
  readonly lockTimeout: number;
  /** How many milliseconds are left of all. */
  readonly left: () => number;
  /** What of the schema is looked at. */
  readonly scope: Scope;
  /** What was there when it began. */
  readonly existing: Relations;
}
