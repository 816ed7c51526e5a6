import type { Section, Statement } from '../migration.ts';
import { type Objection, objectionInCompany, objectionInTransaction } from './checks.ts';
import { GooseDifferences } from './goose-differences.ts';
import { type Kind, kindOf } from './kind.ts';
import type { Remark } from './outline.ts';
import type { Passage } from './passage.ts';
import { lineOf, type LineStarts } from './position.ts';
import type { Refuse } from './refuse.ts';
import type { SectionWriter } from './section-writer.ts';
import { type Range, statementsIn } from './statements.ts';
import { asGooseSends, oneByOne, type Unit } from './units.ts';
import { Written } from './written.ts';

export interface SectionOptions {
  readonly transaction: boolean;
  /** Whether the file names the slot of a subscription. */
  readonly namesSlots: boolean;
  /** The offsets at which the file's lines begin. */
  readonly lines: LineStarts;
  /** Takes offsets of the file. */
  readonly refuse: Refuse;
  /** Takes what is odd. */
  readonly remark: (remark: Remark) => void;
}

/** Cuts a section into the statements to send, and checks that they can run where they stand. */
export function readSection(outline: SectionWriter, options: SectionOptions): Section {
  const reader = new PassageReader(options);
  const statements = outline.passages.flatMap((passage) => reader.read(passage));
  if (outline.unfinished !== null) options.remark(unfinishedForGoose(outline.unfinished));
  return { line: outline.line, statements };
}

class PassageReader {
  readonly #options: SectionOptions;
  /** The kind of the statement before. Often the next one's, too, and then it is the same object. */
  #what: Kind = { kind: '', object: null };

  constructor(options: SectionOptions) {
    this.#options = options;
  }

  read(passage: Passage): Statement[] {
    const { transaction } = this.#options;
    const refuse: Refuse = (offset, message, next) =>
      this.#options.refuse(passage.fileOffset(offset), message, next);
    const ranges = this.#rangesIn(passage, refuse);
    const units = transaction ? oneByOne(ranges) : asGooseSends(ranges, passage.cuts);
    const statements: Statement[] = [];
    for (const unit of units) {
      this.#check(passage.sql, unit, refuse);
      statements.push(this.#toStatement(passage, unit));
    }
    return statements;
  }

  #toStatement(passage: Passage, unit: Unit): Statement {
    const { lines } = this.#options;
    const first = unit[0];
    const end = (unit.at(-1) ?? first).end;
    const written = unit.length > 1 ? null : passage.written(first.start, end);
    if (written === null) return toCompound(passage, unit, lines);
    const what = kindOf(passage.sql.slice(first.start, end));
    if (!isSame(what, this.#what)) this.#what = what;
    return new Written(passage.text, written, lineOf(lines, written.offset), this.#what);
  }

  /** The statements of a passage, with remarks on what is odd about them. */
  *#rangesIn(passage: Passage, refuse: Refuse): Generator<Range> {
    const { lines, remark } = this.#options;
    const differences = new GooseDifferences(passage, lines, remark);
    for (const range of statementsIn(passage.sql, refuse, passage.end, passage.semicolons)) {
      if (range.endsInComment)
        remark(endedByComment(lineOf(lines, passage.fileOffset(range.semicolon ?? 0))));
      if (!passage.mayEndOpen) refuseUnfinished(passage.end, range, refuse);
      differences.pass(range);
      yield range;
    }
    differences.finish();
  }

  #check(sql: string, unit: Unit, refuse: Refuse): void {
    for (const { start, end } of unit) {
      const statement = sql.slice(start, end);
      const objection = this.#objection(statement, unit.length);
      if (objection !== null) refuse(start, objection.message, objection.next);
    }
  }

  #objection(sql: string, company: number): Objection | null {
    const { transaction, namesSlots } = this.#options;
    if (transaction) return objectionInTransaction(sql, namesSlots);
    return company > 1 ? objectionInCompany(sql, namesSlots) : null;
  }
}

function isSame(a: Kind, b: Kind): boolean {
  return a.kind === b.kind && a.object === b.object;
}

/** A statement that is sent otherwise than it is written, or several. */
function toCompound(passage: Passage, unit: Unit, lines: LineStarts): Statement {
  const first = unit[0];
  const { sql, text, offset, segments } = passage.stretch(first.start, (unit.at(-1) ?? first).end);
  const isWhole = segments.every(({ fixed }) => !fixed);
  const { kind, object } =
    unit.length > 1 ? kindOfBlock(passage.sql, unit) : kindAsWritten(sql, isWhole ? sql : text);
  return { text, sql, segments, offset, line: lineOf(lines, offset), kind, object, parts: unit.length };
}

/** The kind of what is sent with the object of what is written: the value of a variable must not be shown as a name. */
function kindAsWritten(sql: string, text: string): Kind {
  const sent = kindOf(sql);
  if (sql === text) return sent;
  const written = kindOf(text);
  return { kind: sent.kind, object: written.kind === sent.kind ? written.object : null };
}

function kindOfBlock(sql: string, unit: Unit): Kind {
  const [kind = '', ...others] = new Set(unit.map(({ start, end }) => kindOf(sql.slice(start, end)).kind));
  return { kind: others.length === 0 ? kind : 'block', object: null };
}

function refuseUnfinished(end: string, last: Range, refuse: Refuse): void {
  if (last.semicolon !== null) return;
  if (last.open !== null) {
    refuse(
      last.open,
      `What begins here is not closed before ${end}, and so the statement does not end.`,
      'Close it.',
    );
  }
  refuse(last.start, `The statement that begins here does not end before ${end}.`, 'End it with a `;`.');
}

function unfinishedForGoose(line: number): Remark {
  const message =
    'goose would not run this file: after the last line that ends with `;` it finds an unfinished statement.';
  return { line, message: `${message} End the line with the \`;\`.` };
}

function endedByComment(line: number): Remark {
  const message =
    'The `;` of the comment ends the statement here, as it does in goose; to PostgreSQL it would not.';
  return { line, message: `${message} Put it before the comment.` };
}
