import type { Cache } from './contents.ts';
import type { GanderError } from './errors.ts';
import type { NamedFile } from './filename.ts';
import { type Listing, listFolder } from './listing.ts';
import type { Migration } from './migration.ts';

/** The environment that ENVSUB draws on. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A file with a good name that cannot be read or run. */
export interface InvalidMigration extends NamedFile {
  /** null when not even the text could be read (not UTF-8, no right to read it). */
  readonly text: string | null;
  readonly checksum: string | null;
  readonly problem: GanderError;
}

/** A listing, and what the files hold. */
export interface Contents extends Omit<Listing, 'files'> {
  /** By version, ascending. */
  readonly migrations: readonly Migration[];
  readonly invalid: readonly InvalidMigration[];
}

/** Where migrations come from. */
export interface Source {
  /** For people: the folder's path. */
  readonly name: string;
  /** What the names alone say; no file is opened. @throws GanderError `source_missing` */
  list(): Promise<Listing>;
  /** @throws GanderError `source_missing` */
  read(): Promise<Contents>;
  /** Parses a text that once came from this source: what the journal stored. Of JavaScript that is refused. */
  parse(file: NamedFile, text: string): Promise<Migration | InvalidMigration>;
}

/**
 * A folder of goose files, and of migrations in JavaScript. Every call sees what is there now; a file whose stamp is the
 * same is not read again, and no text is loaded as a module twice. An empty folder is a valid source without migrations.
 *
 * What reads SQL is loaded when there is some to read: most starts find nothing pending.
 *
 * @param env what `ENVSUB ON` sections may use; default: nothing
 */
export function folder(dir: string, options: { env?: Env } = {}): Source {
  const cache: Cache = new Map();
  const env = options.env ?? {};
  return {
    name: dir,
    list: () => listFolder(dir),
    read: async () => (await import('./contents.ts')).readFolder(dir, env, cache),
    parse: async (file, text) => (await import('./contents.ts')).parseStored(file, text, env),
  };
}
