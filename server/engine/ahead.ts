import { fitsOnce } from './messages.ts';
import { isConnectionLoss } from './postgres.ts';
import { renew, type SectionWork, type Session, type Spoilt, type Work } from './session.ts';
import { sectionOf, type Statement } from './migration.ts';
import { type Sent, sendWhole } from './sent.ts';
import { outcomeOf } from './settle.ts';

/** So many migrations may be on the wire behind the one that is running. */
const MOST = 2;
/** Longer ones are sent when it is their turn: they would fill memory and the server's buffers. In UTF-16 units. */
const LONGEST = 64 * 1024;

/**
 * The migrations of a run that have been sent before the one in front of them was answered, so that neither the server nor
 * Gander waits for the other. Each fails as a whole unless the one before it has ended well (see `open`): none is run out of
 * turn, and none after a failure.
 */
export class Ahead {
  readonly #session: Session;
  readonly #works: readonly Work[];
  #sent: Sent[] = [];

  /** @param works the steps of the run, in order */
  constructor(session: Session, works: readonly Work[]) {
    this.#session = session;
    this.#works = works;
  }

  /** A migration on the wire, by now at the latest; and those that come after it, if they can be sent already. */
  take(work: SectionWork): Sent {
    const sent = this.#sent.shift() ?? sendWhole(this.#session, work, null);
    let last = this.#sent.at(-1) ?? sent;
    // What is sent in portions is not on the wire as a whole: nothing may get in between.
    while (this.#sent.length < MOST && fitsOnce(last.work.migration.text)) {
      const next = this.#sendable(last.work.position + 1);
      if (next === null) break;
      last = sendWhole(this.#session, next, last);
      this.#sent.push(last);
    }
    return sent;
  }

  /**
   * Whether a step was sent ahead and is running, or over, by now. Otherwise nothing of it, nor of what was sent after it,
   * was run or will be; and the session is as good as new, unless it is `spoilt`.
   */
  async look({ position }: Work): Promise<{ readonly isRunning: boolean; readonly spoilt: Spoilt }> {
    const [sent] = this.#sent;
    if (sent?.work.position !== position) return { isRunning: false, spoilt: null };
    const isRunning = await sent.opened.then(
      () => true,
      (error: unknown) => this.#mayHaveRun(sent.work, error),
    );
    if (isRunning) return { isRunning, spoilt: null };
    await this.settled();
    this.forget();
    return { isRunning, spoilt: await renew(this.#session) };
  }

  /** Where the connection broke before an answer came, the history tells. */
  async #mayHaveRun(work: SectionWork, error: unknown): Promise<boolean> {
    return isConnectionLoss(error) && (await outcomeOf(this.#session, work)) !== 'rolled back';
  }

  /** Waits until all that was sent ahead is answered. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#sent.map(({ answered }) => answered));
  }

  /** Nothing of what was sent ahead was run: it can be sent anew. */
  forget(): void {
    this.#sent = [];
  }

  /** The step at a position, if it can be sent before its turn; else null. */
  #sendable(position: number): SectionWork | null {
    const work = this.#works[position];
    const { signal, isolation } = this.#session;
    if (work === undefined || signal.aborted || isolation !== 'read committed') return null;
    const { migration, action, repair, flagged } = work.step;
    if (action !== 'run' || migration === null || repair !== null || flagged !== null) return null;
    const { script, text } = migration;
    if (!script.transaction || script.module !== null || text.length > LONGEST) return null;
    const { statements } = sectionOf(script, work.direction);
    return statements.some(choosesIsolation) ? null : { ...work, migration };
  }
}

/**
 * To be chosen before the transaction's first query, and a query is what opens one that is sent ahead. Where it is another
 * one by default, that query would even take the snapshot that the migration's own first statement, a LOCK, has to come before.
 */
function choosesIsolation({ kind, object }: Statement): boolean {
  return kind === 'set' && /^"?transaction/i.test(object ?? '');
}
