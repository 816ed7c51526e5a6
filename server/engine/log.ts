import { setTimeout as sleep } from 'node:timers/promises';
import { CANCELLATIONS_CHANNEL } from './journal/journal.ts';
import { type Client, connect, isConnectionLoss, type Pool } from './postgres.ts';

/** A server that restarts is back within seconds; what it was asked to keep in mind is worth waiting for. */
const PATIENCE_MS = 10_000;

/**
 * The connection that keeps the record of a run: another one than the migrating session's, so that the record survives
 * a failure. It waits idle for as long as a migration takes, and idle connections get lost (timeouts, firewalls,
 * administrators): then it is taken anew.
 */
export class Log {
  readonly #pool: Pool;
  #client: Client | null = null;
  #opening: Promise<Client> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #onCancellation: (runId: string) => void = () => {};

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Opens the connection ahead of its first use, beside what else is going on. */
  open(): void {
    this.#opening = this.#openOne();
    this.#opening.catch(() => {}); // the first use tells
  }

  /**
   * Runs `work` after all that was asked before, and once more on a new connection if this one is lost: `work` must bear
   * being repeated. Who does not wait for it can go on migrating meanwhile.
   *
   * @throws what `work` throws; GanderError `unreachable` when the server stays away
   */
  write<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#write(work));
    this.#last = done.catch(() => {});
    return done;
  }

  async #write<T>(work: (client: Client) => Promise<T>): Promise<T> {
    this.#client ??= await (this.#opening ?? this.#openOne());
    this.#opening = null;
    try {
      return await work(this.#client);
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      this.#drop();
      this.#client = await this.#openWithPatience();
      return work(this.#client);
    }
  }

  /** Waits for what is being written, and gives the connection back. */
  async close(): Promise<void> {
    await this.#last;
    this.#client ??= (await this.#opening?.catch(() => null)) ?? null;
    this.#drop();
  }

  #drop(): void {
    this.#client?.release(true);
    this.#client = null;
  }

  /** While the connection is open it also hears which runs are to be cancelled. @param hear told of their ids */
  onCancellation(hear: (runId: string) => void): void {
    this.#onCancellation = hear;
  }

  async #openOne(): Promise<Client> {
    const client = await open(this.#pool);
    client.on('notification', ({ payload = '' }) => this.#onCancellation(payload));
    return client;
  }

  async #openWithPatience(): Promise<Client> {
    for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(200)) {
      try {
        return await this.#openOne();
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
    }
  }
}

/** A migration may hold a lock on our own tables while we are to write into them: then the record gives way. */
async function open(pool: Pool): Promise<Client> {
  const client = await connect(pool);
  await client.query(
    `SET lock_timeout = '5s'; SET statement_timeout = '30s'; LISTEN ${CANCELLATIONS_CHANNEL}`,
  );
  return client;
}
