import type { KindName } from '../diff/object.ts';

/** What a query for objects is asked within. */
export interface Scope {
  /** The server's version, as `server_version_num` has it: 150004. */
  readonly server: number;
  /** A condition: whether an object, by the expression for its OID, is asked for. */
  readonly among: (oid: string) => string;
  /** The histories of migrations, which are left out: SQL for an array of `schema/name`. */
  readonly histories: string;
}

/**
 * How objects of a catalog are read. Each has one definition, of fields that are named one by one: what a server has in a
 * catalog besides what it should have is not to be seen.
 */
export interface Kind {
  /** The kinds of objects that the query gives. */
  readonly names: readonly KindName[];
  /** The catalog whose OIDs they have. */
  readonly catalog: string;
  /** A condition on the catalog's rows, where only some of them can be of these kinds. */
  readonly only?: string;
  /**
   * A query for rows of `kind`, `oid`, `schema`, `name`, `on_table`, `columns`, `definition`; to be run with the settings of
   * `PLAIN_SETTINGS`.
   */
  readonly rows: (scope: Scope) => string;
}
