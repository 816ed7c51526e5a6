import type { Aside } from './aside.ts';

/** A relation as it is at one moment, with what this transaction has done to it so far. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
  /** As `pg_class.relkind` has it. */
  readonly kind: string;
  /** The number of the file that holds it: another one when it was written anew. */
  readonly file: number;
  /** The OID of an index's table; null for anything else. */
  readonly of: number | null;
  readonly scans: number;
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** A relation that this transaction has locked; without `is`, it is gone. */
export interface Locked {
  readonly is: Relation | null;
  readonly modes: readonly string[];
}

/** All relations that there are, by OID. */
export type Relations = ReadonlyMap<number, Relation>;
/** What this transaction has locked, by OID: whatever it touches is among it. */
export type Look = ReadonlyMap<number, Locked>;

interface Row {
  oid: number;
  schema: string | null;
  name: string;
  kind: string;
  file: number;
  of: number | null;
  counts: string[];
  modes: string[];
}

const COLUMNS = `n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relfilenode AS file, i.indrelid AS of,
  ARRAY[pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid), pg_stat_get_xact_tuples_inserted(c.oid),
    pg_stat_get_xact_tuples_updated(c.oid), pg_stat_get_xact_tuples_deleted(c.oid)]::text[] AS counts`;

const JOINS = `LEFT JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid`;

/** The first OID that is not the server's own (FirstNormalObjectId). */
const FIRST = 16_384;

/** Tables, indexes, sequences, views, partitioned and foreign tables; what is behind them (TOAST) is theirs. */
const ALL = `SELECT c.oid, ${COLUMNS}, '{}'::text[] AS modes FROM pg_class c ${JOINS}
  WHERE c.oid >= ${FIRST} AND c.relkind IN ('r', 'p', 'm', 'f', 'v', 'i', 'I', 'S') AND n.nspname NOT IN ('pg_toast', 'gander')`;

const LOCKED = `SELECT l.relation AS oid, ${COLUMNS}, l.modes
  FROM (
    SELECT relation, array_agg(DISTINCT mode) AS modes FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND relation >= ${FIRST} GROUP BY relation
  ) l LEFT JOIN pg_class c ON c.oid = l.relation ${JOINS}`;

export async function relationsNow(aside: Aside): Promise<Relations> {
  const [all] = await aside.read<Row>([ALL]);
  return new Map(all!.rows.map((row) => [row.oid, toRelation(row)]));
}

export async function lookNow(aside: Aside): Promise<Look> {
  const [locked] = await aside.read<Row>([LOCKED]);
  return new Map(
    locked!.rows.map((row) => [
      row.oid,
      { is: row.schema === null ? null : toRelation(row), modes: row.modes },
    ]),
  );
}

function toRelation({ schema, name, kind, file, of, counts }: Row): Relation {
  const [scans, read, inserted, updated, deleted] = counts.map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { schema: schema!, name, kind, file, of, scans, read, inserted, updated, deleted };
}
