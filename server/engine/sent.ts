import { randomUUID } from 'node:crypto';
import { limitsFor } from './options.ts';
import { together } from './postgres.ts';
import { rowsDone } from './records.ts';
import type { SectionWork, Session } from './session.ts';
import { close, type Closing, open } from './transaction.ts';
import { fitsOnce, type Message, messagesOf, portionsOf } from './messages.ts';
import { sectionOf } from './migration.ts';
import { beginning, type Ear, listenerTo, sendTogether, statementsOf, type Status } from './statements.ts';

/** A migration that is on the wire as a whole: its transaction with all that belongs to it. */
export interface Sent {
  readonly work: SectionWork;
  readonly progress: Progress;
  /** Settles when all of it is answered. @throws what the first message that failed failed with */
  readonly answered: Promise<unknown>;
  /** Settles when its transaction is open. @throws what that failed with: then nothing of it has been run */
  readonly opened: Promise<void>;
  /** It is its turn: what happens to it is told from now on, and what has happened already is told now. */
  readonly turn: () => void;
  /** What is in the session once it has ended well. */
  readonly seal: string;
}

export interface Progress extends Closing {
  /** The statement that ended the transaction. */
  endedBy: number | null;
}

export function newProgress(): Progress {
  return { endedBy: null, held: true, spoilt: null };
}

/** @returns what to tell of each message that succeeds: a statement may end the transaction without being COMMIT by name */
export function watching(progress: Progress): (position: number, status: Status) => void {
  return (position, status) => {
    if (status !== 'T') progress.endedBy ??= position;
  };
}

/**
 * Sends a migration: in one round trip however many statements there are, unless it is so long that a part has to be
 * answered before the next one is sent.
 *
 * @param after the one that was sent before and may not have ended yet; null when nothing is under way
 */
export function sendWhole(session: Session, work: SectionWork, after: Sent | null): Sent {
  const seal = randomUUID();
  const progress = newProgress();
  const told = new Told();
  const { ear, start, stop } = listenerTo(session, work, (what) => told.tell(what));
  const limits = limitsFor(work.migration.script, session.limits);
  let opened: Promise<void> | undefined;
  const envelope: Envelope = {
    opening: (onOpen) =>
      (opened = open(session, limits, after?.seal ?? null, () => {
        start();
        onOpen();
      })),
    sending: (messages) => sendTogether(session, messages, ear, watching(progress)),
    closing: () => [
      ...resetEncoding(session, work),
      close(session, rowsDone(session, work, 'since begin'), seal, stop).then((closing) =>
        Object.assign(progress, closing),
      ),
    ],
  };
  const send = fitsOnce(work.migration.text) ? atOnce : inPortions;
  const answered = send(session, work, ear, envelope);
  answered.catch(() => {}); // who waits for it is told; who recalls it does not care
  return { work, progress, answered, opened: opened!, turn: () => told.turn(), seal };
}

/** What is round the statements of a migration, and how they are sent. */
interface Envelope {
  readonly opening: (onOpen: () => void) => Promise<void>;
  readonly sending: (messages: readonly Message[]) => Promise<void>[];
  readonly closing: () => Promise<unknown>[];
}

async function atOnce(
  { client }: Session,
  work: SectionWork,
  ear: Ear,
  { opening, sending, closing }: Envelope,
): Promise<void> {
  const messages = [...messagesIn(work)];
  await together(client, () => [
    opening(() => beginning(ear, messages[0])),
    ...sending(messages),
    ...closing(),
  ]);
}

/** Otherwise all of a long file would be in memory once more, as what is on its way to the server. */
async function inPortions(
  { client }: Session,
  work: SectionWork,
  ear: Ear,
  { opening, sending, closing }: Envelope,
): Promise<void> {
  await together(client, () => [opening(() => {})]);
  for (const portion of portionsOf(messagesIn(work))) {
    beginning(ear, portion[0]);
    await together(client, () => sending(portion));
  }
  await together(client, closing);
}

function messagesIn(work: SectionWork): Generator<Message> {
  const { statements } = sectionOf(work.migration.script, work.direction);
  return messagesOf(statementsOf(work), statements.length);
}

/** A message is read in the encoding that is set when it comes: a file that sets another one must not garble the rows. */
export function resetEncoding({ client }: Session, { migration }: SectionWork): Promise<unknown>[] {
  return /client_encoding|\bnames\b/i.test(migration.text) ? [client.query('RESET client_encoding')] : [];
}

/** Tells things in order, but none before its turn. */
class Told {
  #waiting: (() => void)[] | null = [];

  tell(what: () => void): void {
    if (this.#waiting === null) what();
    else this.#waiting.push(what);
  }

  turn(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const what of waiting) what();
  }
}
