// The nouns of the engine. Words as in the README: migration, version, section, statement.

import type { QueryResult, QueryResultRow } from 'pg';

/** `up` applies, `down` rolls back. */
export type Direction = 'up' | 'down';

/** A place in a file: both count from 1; the column counts code points, as PostgreSQL's positions do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * A stretch of a statement's `sql` and where it comes from in the file's text. Offsets and lengths are UTF-16.
 * In a `fixed` stretch (the value of an ENVSUB variable) every position maps to the start of `${NAME}` in the file.
 */
export interface Segment {
  readonly sql: number;
  readonly file: number;
  readonly length: number;
  readonly fixed: boolean;
}

/** What is sent to the server in one message. */
export interface Statement {
  /** As written in the file, from its first token on, before ENVSUB, without the closing semicolon. */
  readonly text: string;
  /** As sent: after ENVSUB, without annotation lines. May hold secrets: never stored, logged or shown. */
  readonly sql: string;
  readonly segments: readonly Segment[];
  /** UTF-16 offset of `text` in the file's text. */
  readonly offset: number;
  /** The line of its first token, from 1. */
  readonly line: number;
  /** What it does, in lower case and without names: `create table`, `create index concurrently`, `insert`; `` if it is empty. */
  readonly kind: string;
  /** The object it names, as written (`public.users`); null where there is none or it cannot be told. */
  readonly object: string | null;
  /** How many SQL statements the message holds: 1, but for a block of a NO TRANSACTION file. */
  readonly parts: number;
}

/** The Up or the Down of a file. */
export interface Section {
  /** The line of its annotation (`-- +goose Down`), from 1; null when the file has no such section. */
  readonly line: number | null;
  readonly statements: readonly Statement[];
}

/** Something odd that does not stop anyone: a file that is skipped, or one that goose itself would not run. */
export interface Warning {
  readonly file: string;
  readonly line: number | null;
  readonly message: string;
}

/** What a file asks for by its `-- +gander …` comments, in place of what the run would do. */
export interface Settings {
  /** How long a statement may wait for a lock, in milliseconds; 0 is no limit, null is what the run says. */
  readonly lockTimeout: number | null;
  /** How long a statement may take, in milliseconds; 0 is no limit, null is what the run says. */
  readonly statementTimeout: number | null;
  /** Whether the migration may be applied after newer ones without being asked for. */
  readonly outOfOrder: boolean;
  /** What advice is not to be given, because it is meant so. */
  readonly allowances: readonly Allowance[];
}

/** `-- +gander ALLOW rule: reason`, as it is written: advice says what is wrong with it. */
export interface Allowance {
  readonly rule: string;
  /** '' where none is given. */
  readonly reason: string;
  readonly line: number;
}

/** A file that asks for nothing. */
export const DEFAULT_SETTINGS: Settings = {
  lockTimeout: null,
  statementTimeout: null,
  outOfOrder: false,
  allowances: [],
};

/** What a file's text says. */
export interface Script {
  readonly transaction: boolean;
  readonly up: Section;
  readonly down: Section;
  readonly settings: Settings;
  readonly warnings: readonly Warning[];
  /** Values that ENVSUB put in, with the variable's name: to be struck out of whatever the server says. */
  readonly secrets: readonly Secret[];
  /** The functions of a JavaScript migration, whose sections have no statements; null for SQL. */
  readonly module: Module | null;
}

/** What the functions of a JavaScript migration are given. */
export interface MigrationClient {
  /**
   * Sends a query, once those asked for before have ended.
   *
   * @param values what `$1`, `$2` … in the text stand for; with values the text may hold one statement only
   * @returns pg's result: `rows`, `rowCount`, `fields`, `command`
   * @throws DatabaseError what the server says; GanderError for what a migration must not do, such as COMMIT
   */
  query<Row extends QueryResultRow = QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>>;
}

/** What a JavaScript migration does; `down` is null when it cannot be undone. */
export interface Module {
  readonly up: (client: MigrationClient) => unknown;
  readonly down: ((client: MigrationClient) => unknown) | null;
  /** How stack traces name the file: its URL, and its path. */
  readonly names: readonly string[];
}

export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** A file of the folder, read; or what the journal kept of one that is gone. */
export interface Migration {
  readonly version: bigint;
  /** The file's name between the version and its ending: `create_users`. */
  readonly name: string;
  /** The file's name: `20250101000000_create_users.sql`. */
  readonly file: string;
  /** The normalised text: no BOM, line ends are LF. This is what is hashed, stored and shown. */
  readonly text: string;
  /** SHA-256 of `text`, 64 hex digits. */
  readonly checksum: string;
  readonly script: Script;
}

/** A migration without statements in its Down, or without a function `down`, cannot be undone, only forgotten. */
export function isReversible({ module, down }: Script): boolean {
  return module === null ? down.statements.length > 0 : module.down !== null;
}

export function sectionOf(script: Script, direction: Direction): Section {
  return direction === 'up' ? script.up : script.down;
}
