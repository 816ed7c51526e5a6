import { createHash } from 'node:crypto';
import { literal } from '../../postgres.ts';
import { dollarQuoted } from '../../quote.ts';
import { PLAIN_SETTINGS } from '../plain-settings.ts';
import { type HistoryTable, nameOf } from '../snapshot.ts';
import { findCandidates } from './candidates.ts';
import { type Look, writeObjects } from './write-objects.ts';

/** What a record is of. */
export interface RecordOf {
  readonly historyTable: string;
  readonly runId: string;
  /** null: of what was done by something else than a migration. */
  readonly version: bigint | null;
  readonly direction: 'up' | 'down' | null;
  readonly histories: readonly HistoryTable[];
}

/**
 * What is looked at: all that there is, what may be different since the last time that all was, or what this transaction may
 * have changed itself.
 */
export type Reach = 'everything' | 'since then' | 'own changes';

const SETTINGS = Object.entries({
  ...PLAIN_SETTINGS,
  // A migration must not wait long for the sake of its record.
  lock_timeout: '2s',
  // Else every query is planned five times before a plan is kept, and some for ever.
  plan_cache_mode: 'force_generic_plan',
});

/** A function of the schema gander that records what its transaction has changed. */
export interface Recorder {
  /** `record_0a1b2c3d4e5f`: another one for every version of Gander and of the server. */
  readonly name: string;
  /** SQL that makes it. */
  readonly make: string;
  /** SQL that calls it. It gives `done`: false, having done nothing, where everything has to be looked at. */
  call(record: RecordOf, reach: Exclude<Reach, 'everything'>): string;
}

/**
 * A function and not a statement that is sent each time, because the server keeps its plans for the session: what takes it
 * longest by far is to plan these queries.
 */
export function recorderFor(server: number): Recorder {
  const body = bodyFor(server, 'these');
  const settings = SETTINGS.map(([name, value]) => `SET ${name} = ${literal(value)}`).join(' ');
  const name = `record_${createHash('sha256').update(settings).update(body).digest('hex').slice(0, 12)}`;
  return {
    name,
    make: `CREATE OR REPLACE FUNCTION gander.${name}(${[...PARAMETERS, ['reach', 'text']].map((one) => one.join(' ')).join(', ')})
      RETURNS boolean LANGUAGE plpgsql ${settings} AS ${dollarQuoted(body)}`,
    call: (record, reach) =>
      `SELECT gander.${name}(${[...valuesOf(record), literal(reach)].join(', ')}) AS done`,
  };
}

/**
 * SQL that holds everything there is against what is kept, for what was not done in this transaction: one statement.
 * Whatever goes wrong is written down as well, and fails nothing else.
 */
export function recordEverything(server: number, record: RecordOf): string {
  const values = valuesOf(record);
  const constants = PARAMETERS.map(([name, type], index) => `${name} ${type} := ${values[index]};`).join(
    '\n  ',
  );
  const saved = SETTINGS.map(([name]) => `current_setting('${name}')`).join(', ');
  const set = (valueOf: (name: string, value: string, index: number) => string): string =>
    SETTINGS.map(
      ([name, value], index) => `PERFORM set_config('${name}', ${valueOf(name, value, index)}, true);`,
    ).join(' ');
  return `DO ${dollarQuoted(`DECLARE
  ${constants}
  saved text[] := ARRAY[${saved}];
BEGIN
  ${set((_name, value) => literal(value))}
  ${bodyFor(server, 'all')};
  ${set((_name, _value, index) => `saved[${index + 1}]`)}
END`)}`;
}

const PARAMETERS: readonly (readonly [name: string, type: string])[] = [
  ['history', 'text'],
  ['to_version', 'bigint'],
  ['to_direction', 'text'],
  ['run', 'bigint'],
  ['histories', 'text[]'],
];

function valuesOf({ historyTable, version, direction, runId, histories }: RecordOf): string[] {
  return [
    literal(historyTable),
    literal(version),
    literal(direction),
    runId,
    `ARRAY[${histories.map((table) => literal(nameOf(table))).join(', ')}]::text[]`,
  ];
}

/** What tells this database, its roles and the members of its extensions from what they may become. */
const HERE = `(SELECT md5(concat_ws(' ', (SELECT system_identifier FROM pg_control_system()),
  (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
  (SELECT string_agg(concat(r.oid, r.rolname), ' ' ORDER BY r.oid) FROM pg_roles r),
  (SELECT count(*) FROM pg_depend e WHERE e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'))))`;

/** Transactions that are older than this one's number are over. */
const OLDEST = 'pg_snapshot_xmin(pg_current_snapshot())';

/** Numbers of transactions are used again after two thousand million. */
const TOO_LONG_AGO = 1_000_000_000;

/** Where everything had been looked at by another time than then, or in another database, it has to be again. */
const SINCE_THEN = `
  IF reach = 'since then' THEN
    SELECT age(c.seen_until::xid) INTO newest FROM gander.schema_changes c
    WHERE c.id = before AND c.seen_in = ${HERE};
    IF newest IS NULL OR newest > ${TOO_LONG_AGO} THEN RETURN false; END IF;
  END IF;`;

/**
 * Objects as they are now are held against those that are kept as being there (`until IS NULL`): what is no longer the same
 * ends with this record, and what is new begins.
 */
function bodyFor(server: number, look: Look): string {
  return `
DECLARE
  change bigint;
  before bigint;
  newest integer;
  ids oid[] := '{}';
  near oid[];
  me xid;
  touched text[];
  lost text[];
  known text[];
BEGIN
  SELECT max(c.id) INTO before FROM gander.schema_changes c;
  ${look === 'all' ? '' : SINCE_THEN}
  INSERT INTO gander.schema_changes AS c (history_table, version, direction, run_id, seen_until, seen_in)
  ${look === 'all' ? SEEN_ALL : SEEN_SOME}
  RETURNING c.id INTO change;
  me := pg_current_xact_id()::xid;
  BEGIN
    ${look === 'all' ? '' : findCandidates(server)}
    ${writeObjects(server, look)}
  EXCEPTION WHEN OTHERS THEN
    UPDATE gander.schema_changes c SET problem = SQLERRM, seen_until = NULL WHERE c.id = change;
  END;
  IF to_version IS NULL THEN ${FORGET_NOTHING} END IF;
  ${look === 'all' ? '' : 'RETURN true;'}
END`;
}

const VALUES = 'history, to_version, to_direction, run';

const SEEN_ALL = `VALUES (${VALUES}, ${OLDEST}, ${HERE})`;

/** What others do while a run goes on is not looked at by its own records: they leave it at what was seen before. */
const SEEN_SOME = `SELECT ${VALUES}, CASE WHEN newest IS NULL THEN p.seen_until ELSE ${OLDEST} END, p.seen_in
  FROM (SELECT) one LEFT JOIN gander.schema_changes p ON p.id = before`;

/** A record of what was found, when that is nothing; but for how far everything was seen. */
const FORGET_NOTHING = `
  WITH nothing AS (
    DELETE FROM gander.schema_changes c WHERE c.id = change AND c.problem IS NULL AND before IS NOT NULL
      AND NOT EXISTS (SELECT FROM gander.schema_objects o WHERE o.since = change)
      AND NOT EXISTS (SELECT FROM gander.schema_objects o WHERE o.until = change)
    RETURNING c.seen_until, c.seen_in)
  UPDATE gander.schema_changes c SET seen_until = nothing.seen_until, seen_in = nothing.seen_in FROM nothing WHERE c.id = before;`;
