import { duration } from '../words.ts';
import { EXIT } from './exit-codes.ts';

/** Why a command was stopped before its end. */
export interface StopReason {
  readonly exitCode: number;
  /** `Ctrl-C`, or whatever else it was. */
  readonly what: string;
}

/** A command that was stopped; the cause, where there is one, tells what became of it. */
export class Stopped extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason, cause?: unknown) {
    super(`${reason.what}: it was stopped before its end.`, cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}

const SIGNALS: Readonly<Record<string, StopReason>> = {
  SIGINT: { exitCode: EXIT.interrupted, what: 'Ctrl-C' },
  SIGTERM: { exitCode: EXIT.terminated, what: 'SIGTERM' },
  SIGHUP: { exitCode: EXIT.hungUp, what: 'SIGHUP' },
};

/** Ctrl-C under npm arrives twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 1_000;

export interface StopOptions {
  /** Milliseconds after which to stop; 0: never. */
  readonly timeout: number;
  /** Whether something is going on whose end has to be written down: then it is waited for, however long it takes. */
  readonly isRunning: () => boolean;
  /** How long to wait for the end of everything else, in milliseconds. */
  readonly patience: number;
  /** Told once, when the stopping begins. */
  readonly onStop: (reason: StopReason) => void;
}

/**
 * Runs `work` until it ends or something stops it: the first signal, or the time that was given. Then its AbortSignal is
 * aborted, which cancels the statement that is running, and `work` may write down what became of it. A second signal ends
 * the process at once.
 *
 * @returns what `work` returns, also when it came to its end in spite of being stopped
 * @throws Stopped when `work` failed after it had been stopped, or did not end; what `work` throws otherwise
 */
export async function stoppable<T>(
  options: StopOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new Stopping(options);
  try {
    return await Promise.race([stopping.givenUp, work(stopping.signal)]);
  } catch (error) {
    if (stopping.reason === null || error instanceof Stopped) throw error;
    throw new Stopped(stopping.reason, error);
  } finally {
    stopping.end();
  }
}

class Stopping {
  reason: StopReason | null = null;
  /** Rejected when the end of `work` is not worth waiting for. */
  readonly givenUp: Promise<never>;
  readonly #options: StopOptions;
  readonly #abort = new AbortController();
  readonly #timeout: NodeJS.Timeout | undefined;
  #begun = 0;
  #giveUp: (error: Stopped) => void = () => {};
  #watch: NodeJS.Timeout | undefined;

  constructor(options: StopOptions) {
    this.#options = options;
    this.givenUp = new Promise((_resolve, reject) => (this.#giveUp = reject));
    const { timeout } = options;
    const over = { exitCode: EXIT.failed, what: `The ${duration(timeout)} of --timeout are over` };
    if (timeout > 0) this.#timeout = setTimeout(() => this.#stop(over), timeout);
    for (const name of Object.keys(SIGNALS)) process.on(name, this.#hear);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  end(): void {
    clearTimeout(this.#timeout);
    clearInterval(this.#watch);
    for (const name of Object.keys(SIGNALS)) process.off(name, this.#hear);
  }

  readonly #hear = (name: string): void => {
    const reason = SIGNALS[name]!;
    if (this.reason === null) this.#stop(reason);
    else if (performance.now() - this.#begun > SAME_SIGNAL_MS || this.reason !== reason)
      process.exit(reason.exitCode);
  };

  #stop(reason: StopReason): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.#begun = performance.now();
    this.#options.onStop(reason);
    this.#abort.abort();
    this.#watch = setInterval(() => {
      if (!this.#options.isRunning()) this.#giveUp(new Stopped(reason));
    }, this.#options.patience);
  }
}
