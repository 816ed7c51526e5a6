import type { Secret } from '../migration.ts';
import { type Annotation, annotationOn, looksLikeAnnotation, quote } from './annotations.ts';
import { type Environment, Expander } from './envsub.ts';
import { endsStatement, isBlank, isComment, isTooLong } from './goose.ts';
import { Passage } from './passage.ts';
import type { Refuse } from './refuse.ts';

/** A file by its annotations, before its SQL is cut into statements. */
export interface Outline {
  readonly transaction: boolean;
  readonly up: SectionOutline;
  readonly down: SectionOutline;
  readonly remarks: readonly Remark[];
  readonly secrets: readonly Secret[];
}

export interface SectionOutline {
  readonly name: 'Up' | 'Down';
  /** The line of its annotation; null when there is none. */
  line: number | null;
  readonly passages: Passage[];
  /** The line where goose begins an unfinished statement at the end of the section; null when it sees none. */
  unfinished: number | null;
}

/** Something odd, and the line it is in. */
export interface Remark {
  readonly line: number;
  readonly message: string;
}

/** Reads the annotations of a normalised text line by line, as goose 3.27 does; `refuse` takes offsets of the text. */
export function readOutline(text: string, env: Environment, refuse: Refuse): Outline {
  const reader = new OutlineReader(text, env, refuse);
  for (let start = 0, number = 1; start < text.length; number++) {
    const feed = text.indexOf('\n', start);
    const end = feed < 0 ? text.length : feed;
    reader.read({ number, start, end, text: text.slice(start, end) });
    start = end + 1;
  }
  return reader.finish();
}

interface Line {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

class OutlineReader {
  readonly #text: string;
  readonly #refuse: Refuse;
  readonly #expander: Expander;
  readonly #up: SectionOutline = { name: 'Up', line: null, passages: [], unfinished: null };
  readonly #down: SectionOutline = { name: 'Down', line: null, passages: [], unfinished: null };
  readonly #remarks: Remark[] = [];
  #transaction = true;
  #envsub = false;
  #section: SectionOutline | null = null;
  #passage: Passage;
  #block: Line | null = null;
  /** What goose has gathered of a statement so far: nothing, blank lines, or text that began in some line. */
  #gathered: 'nothing' | 'blank' | { readonly line: number } = 'nothing';
  /** goose forgets the line that follows a block without statements. */
  #gooseSkipsNext = false;

  constructor(text: string, env: Environment, refuse: Refuse) {
    this.#text = text;
    this.#expander = new Expander(env);
    this.#refuse = refuse;
    this.#passage = new Passage(text);
  }

  read(line: Line): void {
    const annotation = annotationOn(line.text, this.#refuseIn(line));
    if (annotation !== null) this.#annotate(annotation, line);
    else if (this.#section !== null) this.#content(line);
    else if (!isBlank(line.text) && !isComment(line.text)) this.#refuseEarly(line);
    if (annotation === null) this.#remarkOn(line);
  }

  finish(): Outline {
    if (this.#block !== null) {
      this.#refuse(
        this.#block.start,
        'The block that begins here has no end.',
        'End it with `-- +goose StatementEnd`.',
      );
    }
    if (this.#section === null) {
      this.#refuse(
        0,
        'The file has no `-- +goose Up`.',
        'Put `-- +goose Up` on a line of its own before the SQL.',
      );
    }
    this.#endSection();
    return {
      transaction: this.#transaction,
      up: this.#up,
      down: this.#down,
      remarks: this.#remarks,
      secrets: this.#expander.secrets,
    };
  }

  #annotate(annotation: Annotation, line: Line): void {
    switch (annotation) {
      case 'Up':
        return this.#startUp(line);
      case 'Down':
        return this.#startDown(line);
      case 'StatementBegin':
        return this.#beginBlock(line);
      case 'StatementEnd':
        return this.#endBlock(line);
      case 'NO TRANSACTION':
        this.#transaction = false;
        return;
      case 'ENVSUB ON':
      case 'ENVSUB OFF':
        this.#envsub = annotation === 'ENVSUB ON';
    }
  }

  #startUp(line: Line): void {
    if (this.#section !== null) {
      const first = `\`-- +goose Up\` is already in line ${this.#up.line}`;
      this.#refuse(line.start, `A second Up: ${first}.`, 'A file has one Up, and after it at most one Down.');
    }
    this.#startSection(this.#up, line);
  }

  #startDown(line: Line): void {
    if (this.#section === null) {
      this.#refuse(line.start, 'Down comes before Up.', 'Put `-- +goose Up` and its SQL first.');
    }
    if (this.#section === this.#down) {
      this.#refuse(
        line.start,
        `A second Down: \`-- +goose Down\` is already in line ${this.#down.line}.`,
        'Keep one.',
      );
    }
    this.#refuseInBlock('Down', line);
    this.#passage.end = `\`-- +goose Down\` in line ${line.number}`;
    this.#endSection();
    this.#startSection(this.#down, line);
  }

  #startSection(section: SectionOutline, line: Line): void {
    section.line = line.number;
    this.#section = section;
    this.#gooseSkipsNext = false;
  }

  #endSection(): void {
    const section = this.#section;
    if (section === null) return;
    if (typeof this.#gathered === 'object') section.unfinished = this.#gathered.line;
    this.#gathered = 'nothing';
    this.#endPassage(section);
  }

  #endPassage(section: SectionOutline): void {
    section.passages.push(this.#passage);
    this.#passage = new Passage(this.#text);
  }

  #beginBlock(line: Line): void {
    if (this.#section === null) {
      this.#refuse(line.start, 'StatementBegin comes before Up.', 'Put `-- +goose Up` before it.');
    }
    this.#refuseInBlock('StatementBegin', line);
    this.#block = line;
    this.#gooseSkipsNext = false;
  }

  #refuseInBlock(name: Annotation, line: Line): void {
    if (this.#block === null) return;
    const block = `the block that began in line ${this.#block.number}`;
    this.#refuse(
      line.start,
      `${name} inside ${block}.`,
      'End the block with `-- +goose StatementEnd` before it.',
    );
  }

  #endBlock(line: Line): void {
    const section = this.#section;
    if (this.#block === null || section === null) {
      this.#refuse(line.start, 'StatementEnd without StatementBegin.', 'Remove it, or begin the block.');
    }
    this.#block = null;
    this.#gooseSkipsNext = this.#gathered === 'nothing';
    if (this.#gathered !== 'nothing') this.#gooseEndsStatement(line);
    this.#passage.end = `\`-- +goose StatementEnd\` in line ${line.number}`;
    this.#passage.mayEndOpen = true;
    this.#endPassage(section);
  }

  #gooseEndsStatement(line: Line): void {
    this.#passage.cut(line.number);
    this.#gathered = 'nothing';
  }

  /** Before a statement goose drops comments and empty lines, and so finds no variables in them. */
  #content(line: Line): void {
    const next = Math.min(line.end + 1, this.#text.length);
    if (this.#gathered === 'nothing' && (line.text === '' || isComment(line.text))) {
      this.#passage.keep(line.start, next);
      return;
    }
    this.#noteSkipped(line);
    const sent = this.#envsub ? this.#expand(line) : this.#keep(line);
    this.#passage.keep(line.end, next);
    this.#gather(sent, line);
  }

  #gather(sent: string, line: Line): void {
    if (typeof this.#gathered === 'string') this.#gathered = isBlank(sent) ? 'blank' : { line: line.number };
    if (this.#block === null && endsStatement(sent)) this.#gooseEndsStatement(line);
  }

  #keep(line: Line): string {
    this.#passage.keep(line.start, line.end);
    return line.text;
  }

  #expand(line: Line): string {
    const expanded = this.#expander.expand(line.text, this.#refuseIn(line));
    for (const { from, to, value } of expanded) {
      if (value === null) this.#passage.keep(line.start + from, line.start + to);
      else this.#passage.put(value, line.start + from, line.start + to);
    }
    return expanded.map(({ from, to, value }) => value ?? line.text.slice(from, to)).join('');
  }

  #noteSkipped(line: Line): void {
    if (this.#gooseSkipsNext && !isBlank(line.text)) {
      this.#remark(
        line,
        `goose would skip ${quote(line.text)}, because the block above it is empty; Gander runs it.`,
      );
    }
    this.#gooseSkipsNext = false;
  }

  #remarkOn(line: Line): void {
    if (looksLikeAnnotation(line.text)) {
      this.#remark(line, `${quote(line.text)} is a comment; an annotation is written \`-- +goose …\`.`);
    }
    if (isTooLong(line.text)) {
      this.#remark(line, 'goose would not run this file: the line is longer than 4 MiB.');
    }
  }

  #remark(line: Line, message: string): void {
    this.#remarks.push({ line: line.number, message });
  }

  #refuseIn(line: Line): Refuse {
    return (offset, message, next) => this.#refuse(line.start + offset, message, next);
  }

  #refuseEarly(line: Line): never {
    return this.#refuse(
      line.start,
      `SQL before \`-- +goose Up\`: ${quote(line.text)}.`,
      'Put `-- +goose Up` above it.',
    );
  }
}
