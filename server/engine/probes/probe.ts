import { lastPart, partsOf } from '../sql/names.ts';

/**
 * What the catalogs say of something that a statement is to bring about. `half done` is what is there but does not serve
 * (an invalid index, a constraint that is not validated, a partition on its way out).
 */
export type Verdict = 'done' | 'not done' | 'half done' | 'cannot tell';

/** What sets right what is half done. */
export interface Repair {
  readonly how: 'drop' | 'rebuild' | 'validate' | 'finish';
  /** What is done, as a command: `Drop the invalid index a_n`. */
  readonly label: string;
  /** Each is sent by itself, outside a transaction. Names are the server's own, quoted and with their schema. */
  readonly sql: readonly string[];
  /** Whether the statement is to be run afterwards, or is done by this. */
  readonly afterwards: 'run it' | 'it is done';
}

export interface Answer {
  readonly verdict: Verdict;
  /** What was found, in a sentence. */
  readonly found: string;
  readonly repairs?: readonly Repair[];
  /** With `done`: whether it may have been so before: another one of that name, or nothing there to take away. */
  readonly mayBeOld?: boolean;
}

/**
 * A question to the catalogs. Only such as answer while a migration holds its locks, and with the right to read only. What
 * takes arguments of any type is called with its schema: one of the same name in the search_path that takes just these types
 * would go before it.
 */
export interface Probe {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** @param rows what it answered */
  readonly judge: (rows: readonly unknown[]) => Answer;
}

export function probe<Row>(
  sql: string,
  values: readonly unknown[],
  judge: (row: Row | undefined, rows: readonly Row[]) => Answer,
): Probe {
  const text = sql.replaceAll(/\n\s+/g, '\n').trim();
  return { sql: text, values, judge: (rows) => judge(rows[0] as Row | undefined, rows as readonly Row[]) };
}

export function answer(verdict: Verdict, found: string): Answer {
  return { verdict, found };
}

/** `done` where it is as it should be, with what is there in either case. */
export function doneIf(isSo: boolean, found: string): Answer {
  return answer(isSo ? 'done' : 'not done', found);
}

/** The same, where what is found does not tell whether it was this statement that made it so. */
export function doneIfNew(isSo: boolean, found: string): Answer {
  return { ...doneIf(isSo, found), mayBeOld: true };
}

/** An answer that needs no question. */
export function untold(found: string): Answer {
  return answer('cannot tell', found);
}

/**
 * SQL for the name of something that was made: without a schema in its name it went into the first one of the
 * search_path, even where others have one of the same name.
 *
 * @param parameter the name as written
 */
export function asMade(name: string, parameter = '$1'): string {
  return partsOf(name).length > 1
    ? parameter
    : `pg_catalog.quote_ident(current_schema()) || '.' || ${parameter}`;
}

/** A name in the schema of another one. */
export function besides(other: string, name: string): string {
  return [...partsOf(other).slice(0, -1), lastPart(name)].map(quote).join('.');
}

export function quote(part: string): string {
  return `"${part.replaceAll('"', '""')}"`;
}
