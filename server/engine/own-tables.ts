import path from 'node:path';
import { packageRoot } from '../package-root.ts';
import { execute } from './execute.ts';
import { GanderError } from './errors.ts';
import { OWN_TABLES_LOCK } from './lock.ts';
import { type Client, hasSqlstate, type Pool, SQLSTATE, withClient } from './postgres.ts';
import { folder } from './source.ts';

const WAIT_MS = 30_000;
const source = folder(path.join(packageRoot, 'migrations', 'gander'));

/**
 * Brings Gander's own tables (schema `gander`) up to date, with the same engine that runs everything else.
 *
 * They have a lock of their own, so that a dashboard can start while a long migration is going on.
 *
 * @returns null when they are ready; else why they cannot be made (no right to, a read-only server)
 */
export async function prepareOwnTables(pool: Pool): Promise<GanderError | null> {
  try {
    if (await withClient(pool, isReady)) return null;
    await execute(
      {
        pool,
        source,
        table: 'gander.schema_migrations',
        journal: false,
        lockKey: OWN_TABLES_LOCK,
        lockWait: WAIT_MS,
      },
      { direction: 'up' },
    );
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

/** What the newest of the migrations makes: where it is there, nothing is pending. */
const NEWEST = 'gander.texts';

/** Whether everything is there; if not even the schema is, it is made. */
async function isReady(client: Client): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT to_regnamespace('gander') IS NULL AS missing, to_regclass($1) IS NOT NULL AS ready`,
    [NEWEST],
  );
  if (rows[0].missing === true) await createSchema(client);
  return rows[0].ready === true;
}

async function createSchema(client: Client): Promise<void> {
  await client.query('CREATE SCHEMA IF NOT EXISTS gander').catch((error: unknown) => {
    // Two first starts: IF NOT EXISTS looks before it leaps, and the other one was quicker.
    if (!hasSqlstate(error, SQLSTATE.uniqueViolation, SQLSTATE.duplicateSchema)) throw error;
  });
}

/** The server's own word for why these tables cannot be made, however deep it is wrapped; null when it is something else. */
function refusalIn(error: unknown): Error | null {
  if (!(error instanceof Error)) return null;
  if (hasSqlstate(error, SQLSTATE.insufficientPrivilege, SQLSTATE.readOnlyTransaction)) return error;
  return refusalIn(error.cause);
}
