import type { WriteStream } from 'node:tty';
import { duration } from '../words.ts';

/** What is over sooner would only flicker. */
const PATIENCE_MS = 400;
const REFRESH_MS = 200;

/** One line at the bottom of a terminal that says what is going on and for how long, rewritten in place. */
export class StatusLine {
  readonly #terminal: WriteStream | null;
  #text = '';
  #since = 0;
  #shown = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param terminal null: nothing is shown */
  constructor(terminal: WriteStream | null) {
    this.#terminal = terminal;
  }

  /** Says what begins now. It is shown when it takes a while, with the time that it has taken. */
  begin(text: string): void {
    this.#text = text.replaceAll(/[\s\p{C}]+/gu, ' ');
    this.#since = performance.now();
    if (this.#terminal !== null) this.#timer ??= setInterval(() => this.#draw(), REFRESH_MS).unref();
  }

  /** Takes the line away, for another to be printed; it comes back when what it tells of goes on. */
  clear(): void {
    if (this.#shown) this.#terminal?.write('\r\u001B[K');
    this.#shown = false;
  }

  end(): void {
    this.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #draw(): void {
    const took = performance.now() - this.#since;
    if (took < PATIENCE_MS) return;
    const line = `${this.#text} · ${duration(took)}`;
    // A line that wraps could not be rewritten.
    this.#terminal?.write(`\r${line.slice(0, (this.#terminal.columns || 80) - 1)}\u001B[K`);
    this.#shown = true;
  }
}
