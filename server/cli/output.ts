import { isatty, type WriteStream } from 'node:tty';

/** Colours of the terminal's own palette, so that they fit its background. */
const CODES = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

export type Colour = keyof typeof CODES;

/** Puts a text in a colour, where there are colours. */
export type Paint = (colour: Colour, text: string) => string;

const inColour: Paint = (colour, text) => (text === '' ? '' : `\u001B[${CODES[colour]}m${text}\u001B[0m`);

/** All that they write. */
const OURS = [0, ...Object.values(CODES)].map((code) => `\u001B[${code}m`);

export const plain: Paint = (_colour, text) => text;

export interface OutputOptions {
  readonly json: boolean;
  /** Whether colours are wanted: they are used on a terminal only. */
  readonly colours: boolean;
  /** A terminal that cannot rewrite a line, nor do colours. */
  readonly dumb: boolean;
}

/** Where a command speaks: results on standard output, everything else on standard error. */
export class Output {
  readonly json: boolean;
  /** For standard output and for standard error: either may be a terminal or not. */
  readonly paint: Paint;
  readonly paintNote: Paint;
  /** What is at the bottom of the terminal at the moment, to be taken away before a line is printed. */
  status: { clear(): void } | null = null;
  readonly #isDumb: boolean;

  constructor({ json, colours, dumb }: OutputOptions) {
    this.json = json;
    this.paint = colours && isatty(1) ? inColour : plain;
    this.paintNote = colours && isatty(2) ? inColour : plain;
    this.#isDumb = dumb;
  }

  /** Where a line can be rewritten; null where it cannot. */
  get terminal(): WriteStream | null {
    return this.#isDumb || !isatty(2) ? null : process.stderr;
  }

  /** The one result of a command, in both forms; versions are strings in JSON, because numbers lose their last digits. */
  result(json: unknown, text: string): void {
    if (this.json) this.#print(`${JSON.stringify(json, versionsAsText)}\n`);
    else this.line(text);
  }

  /** A line of a result that has several; nothing with `--json`. */
  line(text: string): void {
    if (!this.json && text !== '') this.#print(`${harmless(text, this.paint)}\n`);
  }

  /** A line for whoever watches. */
  note(text: string): void {
    this.status?.clear();
    write(process.stderr, `${harmless(text, this.paintNote)}\n`);
  }

  #print(text: string): void {
    this.status?.clear();
    write(process.stdout, text);
  }
}

/** Whoever read us may have gone (`gander up | head -1`): a run that is going on must come to its end all the same. */
function write(stream: NodeJS.WriteStream, text: string): void {
  if (stream.listenerCount('error') === 0) stream.on('error', () => {});
  stream.write(text);
}

/**
 * File names, SQL and what a server says are anybody's: none of it may move the cursor, hide what is on the screen, or turn
 * the letters of a line round (Unicode's bidirectional controls). Our own colours stay, where there are any.
 */
export function harmless(text: string, paint: Paint): string {
  const ours = paint === plain ? [] : OURS;
  return text.replaceAll(CONTROL, (found) => (ours.includes(found) ? found : `\uFFFD${found.slice(1)}`));
}

/** A control character, with what makes a colour of it. */
const CONTROL = /(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069](?:\[\d{1,2}m)?/gu;

function versionsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
