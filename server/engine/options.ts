import type { RunEvent } from './events.ts';
import type { HistoryFormat } from './history/index.ts';
import type { Script } from './migration.ts';
import type { Consent } from './plan.ts';
import type { Pool } from './postgres.ts';
import type { SchemaChanges } from './schema/recording/recording.ts';
import type { Source } from './source.ts';

/** What to do about something odd that a run could live with: say so and go on, or refuse to run. */
export type Policy = 'warn' | 'refuse';

/** How long things may take; milliseconds, 0 is without limit. */
export interface Patience {
  /** How long to wait for the migration lock; 0 does not wait. Default: 5 minutes. */
  readonly lockWait?: number | undefined;
  /**
   * How long a statement of a transactional migration waits for a lock on a table before all of the migration is undone and
   * tried again, up to 8 times, so that it does not hold up everybody who comes behind it. Default: 5 seconds. A file may
   * say otherwise: `-- +gander LOCK TIMEOUT 30s`.
   */
  readonly lockTimeout?: number | undefined;
  /** How long a statement may run. Default: as the session has it. A file may say otherwise. */
  readonly statementTimeout?: number | undefined;
  /** How long a statement outside a transaction may go on after the run was cancelled. Default: 10 seconds. */
  readonly cancelGrace?: number | undefined;
}

export interface EngineOptions extends Patience {
  /** Two of its connections are used while a run goes on. */
  readonly pool: Pool;
  readonly source: Source;
  /**
   * The history table, `name` or `schema.name`. Default: `goose_db_version` or `schema_migrations`, whichever has
   * versions; `schema_migrations` where neither is there.
   */
  readonly table?: string | undefined;
  /** The format in which the table is made when it is not there. Default: goose's for `goose_db_version`, else Gander's. */
  readonly tableFormat?: HistoryFormat | undefined;
  /** Whether runs are kept in the schema `gander`. Default: true. */
  readonly journal?: boolean | undefined;
  /**
   * Whether what each migration changes in the schema is kept in the journal: `auto`, but not of a run with more than 20
   * of them, where it would take longer than all the rest; `each`; `off`. Default: `auto`.
   */
  readonly schemaChanges?: SchemaChanges | undefined;
  /** Who runs: kept in the journal. Default: `gander`. */
  readonly actor?: string | undefined;
  /** What to do where a file is no longer what ran. Default: `warn`, when something is to be run. */
  readonly changed?: Policy | undefined;
  /** What to do where the database is ahead of the folder. Default: `warn`. */
  readonly newer?: Policy | undefined;
  /** Makes Gander's own tables; called when there is something to run and they are not there. */
  readonly prepare?: ((emit: (event: RunEvent) => void) => Promise<void>) | undefined;
}

/** What a run is asked for. Everything absent: what the Migrator was made with, and no consent to anything. */
export interface RunRequest extends Consent, Patience {
  /** The plan that was seen: when what would run is no longer that, nothing runs. */
  readonly fingerprint?: string | undefined;
  /** Who runs: kept in the journal. Default: the Migrator's. */
  readonly actor?: string | undefined;
  /** Aborting cancels the statement that is running and stops the run there. */
  readonly signal?: AbortSignal | undefined;
  /** Told how the run goes on. What it throws is not heard. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** How far up to go. Everything absent: all that is pending. */
export interface UpRequest extends RunRequest {
  /** The last version to apply. Default: all. */
  readonly to?: bigint | undefined;
  /** At most so many migrations. Default: all. */
  readonly steps?: number | undefined;
}

/** How far down to go. Everything absent: one migration, the newest that is applied. */
export interface DownRequest extends RunRequest {
  /** The version that stays; 0 rolls back all. Default: only the newest migration is rolled back. */
  readonly to?: bigint | undefined;
  /** At most so many migrations. Default: 1 without `to`, else all that are above it. */
  readonly steps?: number | undefined;
}

/** What a run goes by; `null` leaves it as the session has it. */
export interface Limits {
  readonly lockTimeout: number | null;
  readonly statementTimeout: number | null;
  readonly cancelGrace: number;
}

const LOCK_WAIT_MS = 5 * 60_000;
const LOCK_TIMEOUT_MS = 5_000;
const CANCEL_GRACE_MS = 10_000;

export function limitsOf(options: EngineOptions, request: Patience): Limits {
  return {
    lockTimeout: request.lockTimeout ?? options.lockTimeout ?? LOCK_TIMEOUT_MS,
    statementTimeout: request.statementTimeout ?? options.statementTimeout ?? null,
    cancelGrace: request.cancelGrace ?? options.cancelGrace ?? CANCEL_GRACE_MS,
  };
}

/** What a file says goes before what the run says. A file without a transaction is not held to the run's lock timeout. */
export function limitsFor({ transaction, settings }: Script, limits: Limits): Limits {
  return {
    ...limits,
    lockTimeout: settings.lockTimeout ?? (transaction ? limits.lockTimeout : null),
    statementTimeout: settings.statementTimeout ?? limits.statementTimeout,
  };
}

export function lockWaitOf(options: EngineOptions, request: Patience): number {
  return request.lockWait ?? options.lockWait ?? LOCK_WAIT_MS;
}

/** What `onEvent` throws is the caller's bug; a migration must not die of it. */
export function emitTo({ onEvent }: RunRequest): (event: RunEvent) => void {
  return (event) => {
    try {
      onEvent?.(event);
    } catch {
      // said in the docstring
    }
  };
}

/** How far up to go. Everything absent: all that is pending. */
export interface UpRequest extends RunRequest {
  /** The last version to apply. Default: all. */
  readonly to?: bigint | undefined;
  /** At most so many migrations. Default: all. */
  readonly steps?: number | undefined;
}

/** How far down to go. Everything absent: one migration, the newest that is applied. */
export interface DownRequest extends RunRequest {
  /** The version that stays; 0 rolls back all. Default: only the newest migration is rolled back. */
  readonly to?: bigint | undefined;
  /** At most so many migrations. Default: 1 without `to`, else all that are above it. */
  readonly steps?: number | undefined;
}
