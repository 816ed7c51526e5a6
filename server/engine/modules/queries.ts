import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { QueryConfig, QueryResult } from 'pg';
import type { At } from '../failure.ts';
import type { Migration, MigrationClient, Place } from '../migration.ts';
import { StatementError } from '../statements.ts';
import { Answer } from './answer.ts';
import { readQuery, statementOf } from './query.ts';
import { placeInStack } from './stack.ts';
import { asFailure, cancelled, unawaited, warnTooLate } from './thrown.ts';

/** Sends a query of a module and waits for its end. @throws StatementError what the server says */
export type Send = (at: At, query: QueryConfig) => Promise<QueryResult>;

/** How long a function that was told that the run is cancelled may take to come to its end. */
const GRACE_MS = 1_000;

interface Asked {
  readonly text: unknown;
  readonly values: unknown;
  /** Where in the module it was asked for. */
  readonly place: Place | null;
  readonly answer: Answer<QueryResult>;
}

/** A query that failed: what we know of it, and what the module was told. */
interface Failed {
  readonly error: unknown;
  readonly told: unknown;
  readonly answer: Answer<QueryResult>;
}

/**
 * The queries of a module's function while it runs: one at a time, in the order in which they are asked for, and none after
 * it has ended.
 *
 * Nobody is answered any more once the function has ended. Code that it did not wait for may still be at work then, and an
 * error that nobody handles would end the process.
 */
export class Queries {
  readonly client: MigrationClient = Object.freeze({
    query: (text: unknown, values?: unknown) => this.#ask(text, values) as Promise<never>,
  });
  readonly #migration: Migration;
  readonly #send: Send;
  readonly #open = new Set<Asked>();
  readonly #failed: Failed[] = [];
  #sent = 0;
  #state: 'open' | 'cancelled' | 'failed' | 'over' = 'open';
  #last: Promise<void> = Promise.resolve();

  constructor(migration: Migration, send: Send) {
    this.#migration = migration;
    this.#send = send;
  }

  /** What the server said to the last query that failed, whatever the function has made of it. */
  get lastFailure(): StatementError | null {
    const errors = this.#failed.map(({ error }) => error);
    return errors.findLast((error): error is StatementError => error instanceof StatementError) ?? null;
  }

  /**
   * Calls a function of the module, and waits for it and for what it has left on the wire.
   *
   * @throws StatementError when it failed of a query, or did not hear that one failed; GanderError with the place in the
   *   module for all else that it throws, and when it did not wait for its queries
   */
  async during(call: (client: MigrationClient) => unknown, signal: AbortSignal | undefined): Promise<void> {
    const stop = new AbortController();
    try {
      await Promise.race([(async () => call(this.client))(), this.#whenCancelled(signal, stop.signal)]);
      this.#refuseUnheard();
      this.#state = 'over';
    } catch (error) {
      this.#state = 'failed';
      await this.#last;
      throw this.#explained(error);
    } finally {
      stop.abort();
    }
  }

  #ask(text: unknown, values: unknown): Promise<QueryResult> {
    const place = placeInStack(new Error('asked here').stack, this.#names, this.#migration.text);
    const { answer, resolve, reject } = Answer.open<QueryResult>();
    const asked = { text, values, place, answer };
    this.#open.add(asked);
    this.#last = this.#settle(this.#last, asked, resolve, reject);
    return answer;
  }

  async #settle(
    before: Promise<void>,
    asked: Asked,
    resolve: (result: QueryResult) => void,
    reject: (error: unknown) => void,
  ): Promise<void> {
    await before;
    const outcome = await this.#carryOut(asked).then(
      (result) => ({ result }),
      (error: unknown) => ({ told: this.#noted(error, asked.answer) }),
    );
    this.#open.delete(asked);
    if (this.#state === 'failed' || this.#state === 'over') return;
    if ('result' in outcome) return resolve(outcome.result);
    reject(outcome.told);
    // The function may end by that: then nothing of what it has asked for as well is sent.
    await setImmediate();
  }

  get #names(): readonly string[] {
    return this.#migration.script.module?.names ?? [];
  }

  async #carryOut({ text, values, place }: Asked): Promise<QueryResult> {
    if (this.#state === 'cancelled') throw cancelled();
    const migration = this.#migration;
    if (this.#state === 'over') warnTooLate(migration, place);
    if (this.#state !== 'open') throw unawaited(1, migration, place);
    const query = readQuery(text, values, { migration, place });
    const statement = statementOf(query.text, { migration, place });
    return this.#send({ migration, statement, index: this.#sent++ }, query);
  }

  /** The module is told the server's own error. */
  #noted(error: unknown, answer: Answer<QueryResult>): unknown {
    const told = error instanceof StatementError ? error.cause : error;
    this.#failed.push({ error, told, answer });
    return told;
  }

  /** What nobody has waited for may have failed, or may not have been sent at all. */
  #refuseUnheard(): void {
    const [first] = this.#open;
    if (first !== undefined) throw unawaited(this.#open.size, this.#migration, first.place);
    const unheard = this.#failed.find(({ answer }) => !answer.heard);
    if (unheard !== undefined) throw unheard.error;
  }

  #explained(error: unknown): unknown {
    const known = this.#failed.find(({ told }) => told === error);
    return known?.error ?? asFailure(error, this.#migration);
  }

  /** Never comes to an end by itself: what the function still asks for is refused, and that lets it end. */
  async #whenCancelled(signal: AbortSignal | undefined, stop: AbortSignal): Promise<never> {
    await aborted(signal, stop);
    if (this.#state === 'open') this.#state = 'cancelled';
    await this.#last;
    await sleep(GRACE_MS, undefined, { signal: stop });
    throw cancelled();
  }
}

/** When `signal` is aborted; never where there is none, or after `stop` is. */
function aborted(signal: AbortSignal | undefined, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true, signal: stop });
  });
}
