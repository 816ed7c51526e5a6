import { setTimeout as sleep } from 'node:timers/promises';
import { GanderError } from './errors.ts';
import { locked, lockHolder, type LockOptions, withLock } from './lock.ts';
import { Log } from './log.ts';
import { emitTo, type EngineOptions, lockWaitOf, type RunRequest } from './options.ts';
import { refuseTransactionPooler } from './pooler.ts';
import { type Client, connect, type Pool, waitForAnswers, withClient } from './postgres.ts';
import { type Facts, factsOf } from './session.ts';
import { inTurn } from './turns.ts';

/** A connection that holds the lock, what was looked up of it, and another one for the record. */
export interface LockedSession {
  readonly client: Client;
  readonly facts: Facts;
  readonly log: Log;
  /** Waits while `isOver` says that it is not; false when the time for waiting is up. */
  readonly waitUntil: (isOver: () => Promise<boolean>) => Promise<boolean>;
}

/**
 * Runs `work` on a connection that holds the lock, with another one for the record.
 *
 * The migrating session is never given back to the pool: nobody knows what the migrations have left in it.
 *
 * @param instead asked while the lock is waited for: what to return because there is nothing left to do, or undefined
 * @returns what `work` returns, or `instead` did
 * @throws GanderError `locked`, `unreachable`, `transaction_pooler`; `invalid_request` when the pool has one connection only
 */
export async function withLockedSession<T>(
  options: EngineOptions,
  request: RunRequest,
  work: (session: LockedSession) => Promise<T>,
  instead: (client: Client) => Promise<T | undefined> = async () => undefined,
): Promise<T> {
  requireTwo(options.pool);
  const lock = lockOptions(options, request);
  const deadline = performance.now() + lock.wait;
  const done = await inTurn(options.pool, lock.wait, async () => {
    const [client, log] = [await connect(options.pool), new Log(options.pool)];
    log.open();
    waitForAnswers(client);
    try {
      const facts = await factsOf(client);
      await refuseTransactionPooler(client, facts.pid, log);
      const wait = Math.max(deadline - performance.now(), 0);
      const session = { client, facts, log, waitUntil: untilDeadline(deadline) };
      let moot: T | undefined;
      const isMoot = async (): Promise<boolean> => (moot = await instead(client)) !== undefined;
      const result = await withLock(client, { ...lock, wait, isMoot }, () => work(session));
      return { result: result ?? (moot as T) };
    } finally {
      await log.close();
      client.release(true);
    }
  });
  if (done !== null) return done.result;
  throw locked(await withClient(options.pool, (client) => lockHolder(client)), lock.wait);
}

const PAUSE_MS = 250;

function untilDeadline(deadline: number): LockedSession['waitUntil'] {
  return async (isOver) => {
    while (!(await isOver())) {
      if (performance.now() >= deadline) return false;
      await sleep(PAUSE_MS);
    }
    return true;
  };
}

function requireTwo(pool: Pool): void {
  if (pool.options.max >= 2) return;
  throw new GanderError('invalid_request', 'A run needs two connections, and the pool allows one.', {
    next: 'Make the pool with max: 2 or more.',
  });
}

function lockOptions(options: EngineOptions, request: RunRequest): LockOptions {
  return {
    wait: lockWaitOf(options, request),
    signal: request.signal,
    onWait: (holder) => emitTo(request)({ type: 'waiting', holder }),
  };
}
