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
  /** How many migrations it is of, the last of which is named. */
  readonly migrations: number;
  readonly histories: readonly HistoryTable[];
}

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
  /** SQL that calls it. */
  call(record: RecordOf): string;
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
    make: `CREATE OR REPLACE FUNCTION gander.${name}(${PARAMETERS.map((parameter) => parameter.join(' ')).join(', ')})
      RETURNS void LANGUAGE plpgsql ${settings} AS ${dollarQuoted(body)}`,
    call: (record) => `SELECT gander.${name}(${valuesOf(record).join(', ')})`,
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
  ['migrations', 'integer'],
  ['histories', 'text[]'],
];

function valuesOf({ historyTable, version, direction, runId, migrations, histories }: RecordOf): string[] {
  return [
    literal(historyTable),
    literal(version),
    literal(direction),
    runId,
    String(migrations),
    `ARRAY[${histories.map((table) => literal(nameOf(table))).join(', ')}]::text[]`,
  ];
}

/**
 * Objects as they are now are held against those that are kept as being there (`until IS NULL`): what is no longer the same
 * ends with this record, and what is new begins.
 */
function bodyFor(server: number, look: Look): string {
  return `
DECLARE
  change bigint;
  ids oid[] := '{}';
  near oid[];
  me xid;
  touched text[];
  lost text[];
  known text[];
BEGIN
  INSERT INTO gander.schema_changes AS c (history_table, version, direction, run_id, migrations)
  VALUES (history, to_version, to_direction, run, migrations) RETURNING c.id INTO change;
  me := pg_current_xact_id()::xid;
  BEGIN
    ${look === 'all' ? '' : findCandidates(server)}
    ${writeObjects(server, look)}
  EXCEPTION WHEN OTHERS THEN
    UPDATE gander.schema_changes c SET problem = SQLERRM WHERE c.id = change;
  END;
  ${look === 'all' ? FORGET_NOTHING : ''}
END`;
}

/** A record of what was found, when that is nothing. */
const FORGET_NOTHING = `
  DELETE FROM gander.schema_changes c WHERE c.id = change AND c.version IS NULL AND c.problem IS NULL
    AND NOT EXISTS (SELECT FROM gander.schema_objects o WHERE o.since = change)
    AND NOT EXISTS (SELECT FROM gander.schema_objects o WHERE o.until = change);`;
