import path from 'node:path';
import { packageRoot } from '../package-root.ts';
import { GanderError } from './errors.ts';
import { formats } from './history/index.ts';
import { OWN_TABLES_LOCK } from './lock.ts';
import type { Migration } from './migration.ts';
import { type Client, hasSqlstate, type Pool, SQLSTATE, together, withClient } from './postgres.ts';
import { commit } from './transaction.ts';
import { folder } from './source.ts';

const SCHEMA = 'gander';
const source = folder(path.join(packageRoot, 'migrations', 'gander'));
const history = formats.gander({ schema: SCHEMA, name: 'schema_migrations' });

/** Whose tables: those of the files called `dashboard_…` are for the dashboard alone, which needs the others too. */
export type TablesOf = 'engine' | 'dashboard';

/** What the newest migrations make: where it is there, nothing is pending. */
const NEWEST: Readonly<Record<TablesOf, readonly string[]>> = {
  engine: ['gander.actions', 'gander.resolutions', 'gander.schema_objects'],
  dashboard: ['gander.actions', 'gander.resolutions', 'gander.schema_objects', 'gander.users'],
};

/**
 * Brings Gander's own tables (schema `gander`) up to date: all that is pending, in one transaction and three round trips,
 * one where everything is there.
 *
 * They have a lock of their own, so that a dashboard can start while a long migration is going on. Who holds it never
 * builds an index concurrently, so it can simply be waited for.
 *
 * @returns null when they are ready; else why they cannot be made (no right to, a read-only server)
 */
export async function prepareOwnTables(
  pool: Pool,
  tablesOf: TablesOf = 'engine',
): Promise<GanderError | null> {
  try {
    await withClient(pool, async (client) => {
      const found = await look(client, tablesOf);
      if (!found.ready) await bringUpToDate(client, tablesOf, found);
    });
    return null;
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === null) throw error;
    return new GanderError('not_permitted', `Gander’s own tables cannot be made: ${refusal.message}.`, {
      next: 'Grant CREATE on the database, or let its owner run Gander once.',
      cause: error,
    });
  }
}

interface Found {
  readonly ready: boolean;
  /** Whether there is not even the schema; to ask for it all the same needs the right to make it. */
  readonly missing: boolean;
}

async function look(client: Client, tablesOf: TablesOf): Promise<Found> {
  const { rows } = await client.query<Found>(
    `SELECT bool_and(to_regclass(name) IS NOT NULL) AS ready, to_regnamespace($2) IS NULL AS missing
     FROM unnest($1::text[]) AS newest (name)`,
    [NEWEST[tablesOf], SCHEMA],
  );
  return rows[0]!;
}

async function bringUpToDate(client: Client, tablesOf: TablesOf, { missing }: Found): Promise<void> {
  const { migrations } = await source.read();
  try {
    const [, , records] = await together(client, () => [
      client.query(`BEGIN READ WRITE; SET LOCAL client_min_messages = warning; SET LOCAL lock_timeout = '30s';
        SELECT pg_advisory_xact_lock(${OWN_TABLES_LOCK})${missing ? `; CREATE SCHEMA IF NOT EXISTS ${SCHEMA}` : ''}`),
      history.create(client),
      history.read(client),
    ]);
    const applied = new Set(records.map(({ version }) => version));
    const pending = migrations.filter(
      ({ version, name }) =>
        !applied.has(version) && (tablesOf === 'dashboard' || !name.startsWith('dashboard_')),
    );
    await together(client, () => [...pending.flatMap((one) => apply(client, one)), commit(client)]);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

function apply(client: Client, { version, script }: Migration): Promise<unknown>[] {
  return [
    ...script.up.statements.map(({ sql }) => client.query(sql)),
    client.query(history.markApplied(version, 'pending')),
  ];
}

/** The server's own word for why these tables cannot be made, however deep it is wrapped; null when it is something else. */
function refusalIn(error: unknown): Error | null {
  if (!(error instanceof Error)) return null;
  if (hasSqlstate(error, SQLSTATE.insufficientPrivilege, SQLSTATE.readOnlyTransaction)) return error;
  return refusalIn(error.cause);
}
