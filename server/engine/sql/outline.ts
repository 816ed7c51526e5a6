import type { Secret } from '../migration.ts';
import { type Annotation, annotationOn, looksLikeAnnotation, quote } from './annotations.ts';
import { type Environment, Expander } from './envsub.ts';
import { isBlank, isComment, isTooLong } from './goose.ts';
import type { Refuse } from './refuse.ts';
import { type Line, SectionWriter } from './section-writer.ts';
import { looksLikeSetting } from './settings.ts';

/** A file by its annotations, before its SQL is cut into statements. */
export interface Outline {
  readonly transaction: boolean;
  readonly up: SectionWriter;
  readonly down: SectionWriter;
  readonly remarks: readonly Remark[];
  readonly secrets: readonly Secret[];
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

class OutlineReader {
  readonly #refuse: Refuse;
  readonly #expander: Expander;
  readonly #up: SectionWriter;
  readonly #down: SectionWriter;
  readonly #remarks: Remark[] = [];
  #transaction = true;
  #envsub = false;
  /** The section that is being read; null before Up. */
  #section: SectionWriter | null = null;
  /** The line of the StatementBegin that is open. */
  #block: Line | null = null;

  constructor(text: string, env: Environment, refuse: Refuse) {
    this.#refuse = refuse;
    this.#expander = new Expander(env);
    this.#up = new SectionWriter(text);
    this.#down = new SectionWriter(text);
  }

  read(line: Line): void {
    const annotation = annotationOn(line.text, this.#refuseIn(line));
    if (annotation !== null) return this.#annotate(annotation, line);
    this.#remarkOn(line);
    if (this.#section !== null) this.#content(this.#section, line);
    else if (!isBlank(line.text) && !isComment(line.text)) this.#refuseEarly(line);
  }

  finish(): Outline {
    if (this.#block !== null) this.#refuseOpenBlock(this.#block);
    if (this.#section === null) this.#refuseWithoutUp();
    this.#section.end(null);
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
    if (this.#section !== null) this.#refuseSecond('Up', this.#up.line, line);
    this.#start(this.#up, line);
  }

  #startDown(line: Line): void {
    if (this.#section === null) this.#refuseBeforeUp('Down', line);
    if (this.#section === this.#down) this.#refuseSecond('Down', this.#down.line, line);
    this.#refuseInBlock('Down', line);
    this.#section.end(line);
    this.#start(this.#down, line);
  }

  #start(section: SectionWriter, line: Line): void {
    section.line = line.number;
    this.#section = section;
  }

  #beginBlock(line: Line): void {
    if (this.#section === null) this.#refuseBeforeUp('StatementBegin', line);
    this.#refuseInBlock('StatementBegin', line);
    this.#section.beginBlock();
    this.#block = line;
  }

  #endBlock(line: Line): void {
    if (this.#block === null || this.#section === null) {
      this.#refuse(line.start, 'StatementEnd without StatementBegin.', 'Remove it, or begin the block.');
    }
    this.#section.endBlock(line);
    this.#block = null;
  }

  #content(section: SectionWriter, line: Line): void {
    if (section.isSkippedByGoose(line)) {
      const why = 'because the block above it is empty; Gander runs it';
      this.#remark(line, `goose would skip ${quote(line.text)}, ${why}.`);
    }
    const expand = ({ text }: Line) => this.#expander.expand(text, this.#refuseIn(line));
    section.add(line, this.#block !== null, this.#envsub ? expand : null);
  }

  #remarkOn(line: Line): void {
    if (looksLikeAnnotation(line.text)) {
      this.#remark(line, `${quote(line.text)} is a comment; an annotation is written \`-- +goose …\`.`);
    }
    if (looksLikeSetting(line.text)) {
      this.#remark(line, `${quote(line.text)} is a comment; an annotation is written \`-- +gander …\`.`);
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

  #refuseWithoutUp(): never {
    const next = 'Put `-- +goose Up` on a line of its own before the SQL.';
    return this.#refuse(0, 'The file has no `-- +goose Up`.', next);
  }

  #refuseEarly(line: Line): never {
    const message = `SQL before \`-- +goose Up\`: ${quote(line.text)}.`;
    return this.#refuse(line.start, message, 'Put `-- +goose Up` above it.');
  }

  #refuseBeforeUp(name: Annotation, line: Line): never {
    return this.#refuse(line.start, `${name} comes before Up.`, 'Put `-- +goose Up` above it.');
  }

  #refuseSecond(name: Annotation, first: number | null, line: Line): never {
    const message = `A second ${name}: \`-- +goose ${name}\` is already in line ${first}.`;
    return this.#refuse(line.start, message, 'A file has one Up, and after it at most one Down.');
  }

  #refuseInBlock(name: Annotation, line: Line): void {
    if (this.#block === null) return;
    const message = `${name} inside the block that began in line ${this.#block.number}.`;
    this.#refuse(line.start, message, 'End the block with `-- +goose StatementEnd` before it.');
  }

  #refuseOpenBlock(block: Line): never {
    const next = 'End it with `-- +goose StatementEnd`.';
    return this.#refuse(block.start, 'The block that begins here has no end.', next);
  }
}
