import { type Direction, type Migration, sectionOf, type Statement } from '../migration.ts';
import { isSame } from '../resolution.ts';
import { leavesTraces } from '../sql/transaction.ts';
import type { Recorded } from './finding.ts';

/** A text of a migration, and what the journal has of each statement of the section in question. */
export interface Text {
  readonly migration: Migration;
  readonly recorded: readonly Recorded[];
  /** Whether what is recorded was so in a transaction: then what failed has left nothing. */
  readonly transaction: boolean;
}

/**
 * The text to look for in the database: the file as it is now, unless a statement that may have left something is another
 * one there; then what ran. Pure.
 */
export function textInQuestion(ran: Text, now: Migration | null, direction: Direction): Text {
  if (now === null) return ran;
  const [before, after] = [ran.migration, now].map(({ script }) => sectionOf(script, direction).statements);
  const isKept = before!.every(
    (statement, at) => !mayHaveLeft(ran, statement, at) || isSame(statement, after![at]),
  );
  if (!isKept) return ran;
  const recorded = after!.map((statement, at) =>
    isSame(before![at], statement) ? ran.recorded[at]! : 'not run',
  );
  return { ...ran, migration: now, recorded };
}

function mayHaveLeft({ recorded, transaction }: Text, { text }: Statement, at: number): boolean {
  if (recorded[at] === 'failed') return !transaction && leavesTraces(text);
  return recorded[at] !== 'undone' && recorded[at] !== 'not run';
}

/**
 * What the journal has of the statements of a file in which done ones were edited, moved or left out: each is known by its
 * text, and one in the place of another that was done may be the same in other words. Pure.
 */
export function recordedInFile(ran: Text, now: Migration, direction: Direction): Text {
  const statements = sectionOf(ran.migration.script, direction).statements;
  const left = new Map(statements.map((statement, at) => [at, statement]));
  const known = sectionOf(now.script, direction).statements.map((statement) => {
    const found = [...left].find(([, one]) => one.text === statement.text)?.[0];
    if (found !== undefined) left.delete(found);
    return found === undefined ? null : ran.recorded[found]!;
  });
  const recorded = known.map((one, at): Recorded => {
    if (one !== null) return one;
    const other = left.get(at);
    return other !== undefined && mayHaveLeft(ran, other, at) ? 'unknown' : 'not run';
  });
  return { ...ran, migration: now, recorded };
}
