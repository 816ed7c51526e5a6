import type { Log } from '../log.ts';
import type { Journal, StatementRecord, StepNote } from './journal.ts';

/** How long a note may wait for company. Whoever watches a run sees what happens about so much later. */
const PATIENCE_MS = 100;

/**
 * What happens in a run, on its way into the journal: gathered and written together, so that a thousand short migrations
 * do not cost a thousand writes, and each that takes long can be watched. Of a thing that is noted twice in between, the
 * last word counts.
 */
export class Notebook {
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #runId: string;
  /** Told when a write that nobody waits for has failed. */
  readonly #complain: (error: Error) => void;
  readonly #steps = new Map<number, StepNote & { readonly began: number | null }>();
  readonly #statements = new Map<string, StatementRecord & { readonly step: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log, journal: Journal, runId: string, complain: (error: Error) => void) {
    this.#log = log;
    this.#journal = journal;
    this.#runId = runId;
    this.#complain = complain;
  }

  /** Notes that a step has begun just now. */
  begins(position: number): void {
    const now = performance.now();
    this.#note({ position, state: 'running', beganAgoMs: null, began: now, tookMs: null, failure: null });
  }

  /** Notes how a step has ended. */
  ends(position: number, end: Pick<StepNote, 'tookMs' | 'failure'> & { state: 'done' | 'failed' }): void {
    const began = this.#steps.get(position)?.began ?? null;
    this.#note({ position, ...end, beganAgoMs: null, began });
  }

  /** Notes what has become of a statement. */
  statement(step: number, record: StatementRecord): void {
    this.#statements.set(`${step} ${record.position}`, { ...record, step });
    this.#schedule();
  }

  #note(step: StepNote & { readonly began: number | null }): void {
    this.#steps.set(step.position, step);
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#journal.present) return;
    this.#timer ??= setTimeout(() => void this.flush().catch(this.#complain), PATIENCE_MS);
  }

  /** Writes what has been noted so far, ahead of all that the log is asked for afterwards. @throws what the log throws */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = performance.now();
    const steps = [...this.#steps.values()].map(({ began, ...note }) => ({
      ...note,
      beganAgoMs: began === null ? null : now - began,
    }));
    const statements = [...this.#statements.values()];
    if (steps.length + statements.length === 0) return;
    this.#steps.clear();
    this.#statements.clear();
    await this.#log.write((client) => this.#journal.note(client, this.#runId, { steps, statements }));
  }
}
