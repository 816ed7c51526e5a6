import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Pool } from 'pg';
import { folder, Migrator, type UpRequest } from '../../server/engine/index.ts';
import { type Conversation, startRelay } from './relay.ts';

/** Long enough for a client to say all that it says at once, however busy the machine is. */
const DELAY_MS = 40;
const [FEW, MANY] = [2, 8];

export interface RoundTrips {
  /** On the connection that migrates; opening it, the lock and the like are the same for any number and not counted. */
  readonly perMigration: number;
  /** On all connections together, their opening and closing left out. */
  readonly nothingPending: number;
}

/** Counts what Gander needs on an empty database: for migrations in transactions, and when all of them are applied. */
export async function countRoundTrips(url: string): Promise<RoundTrips> {
  const dir = await mkdtemp(path.join(tmpdir(), 'gander-trips-'));
  try {
    for (let version = 1; version <= 1 + FEW + MANY; version += 1) {
      await writeFile(path.join(dir, `${version}_trip.sql`), migration(version));
    }
    // The first run of all makes the tables that the others find.
    await conversationsOf(url, dir, { steps: 1 });
    const few = migratingOf(await conversationsOf(url, dir, { steps: FEW }));
    const many = migratingOf(await conversationsOf(url, dir, { steps: MANY }));
    const none = await conversationsOf(url, dir, {});
    return {
      perMigration: (many.roundTrips - few.roundTrips) / (MANY - FEW),
      nothingPending: none.reduce((sum, { roundTrips }) => sum + roundTrips, 0),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Several statements, one of them with a notice, so that none of them costs anything of its own. */
function migration(version: number): string {
  return `-- +goose Up
CREATE TABLE trip_${version} (id bigint PRIMARY KEY);
INSERT INTO trip_${version} SELECT generate_series(1, 10);
DROP TABLE IF EXISTS trip_of_nobody;
CREATE INDEX trip_${version}_id ON trip_${version} (id);
`;
}

async function conversationsOf(
  url: string,
  dir: string,
  request: UpRequest,
): Promise<readonly Conversation[]> {
  const relay = await startRelay(url, { delayMs: DELAY_MS });
  const pool = new Pool({ connectionString: relay.url, max: 2 });
  pool.on('error', () => {});
  try {
    await new Migrator({ pool, source: folder(dir) }).up(request);
    return relay.conversations;
  } finally {
    await pool.end();
    await relay.close();
  }
}

/** The other connection keeps the record of the run, and the text of each migration in it. */
function migratingOf(conversations: readonly Conversation[]): Conversation {
  return conversations.find(
    ({ said }) => said.includes('CREATE TABLE trip_') && !said.includes('+goose Up'),
  )!;
}
