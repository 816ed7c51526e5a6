import type { Migrator, Schemas, Source } from '../engine/index.ts';
import type { Users } from '../store/users.ts';
import type { LiveRuns } from './run/live-runs.ts';

/** What the pages work with; made once, in server/main.ts. */
export interface Services {
  /** Reads, over connections of its own with a time limit: a page answers even while a migration holds its locks. */
  readonly migrator: Migrator;
  /** Applies and rolls back. */
  readonly runner: Migrator;
  readonly source: Source;
  /** What the schema is and was; reads as the pages' migrator does. */
  readonly schemas: Schemas;
  /** The runs that people watch. */
  readonly live: LiveRuns;
  readonly users: Users;
  /** `shop on db1`, for people. */
  readonly database: string;
  /** Whether pending migrations make this dashboard not ready: they were to be applied at the start. */
  readonly mustBeApplied: boolean;
  /** Aborted when the server stops: running statements are cancelled then. */
  readonly stopping: AbortSignal;
  /** Work that goes on after its request was answered; a stop waits for it. */
  readonly inBackground: (work: Promise<unknown>) => void;
  readonly log: (message: string) => void;
}
