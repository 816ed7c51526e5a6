import { type Findings, type Fold, folded, type Outcome, type StatementFinding } from '../../engine/index.ts';
import { count } from '../../words.ts';

/** What became of a statement, or of several in a row, ready to print. */
export interface OutcomeRow {
  /** `3`, or `4–4,980` */
  readonly numbers: string;
  readonly does: string;
  /** `line 12`; '' where it stands for several. */
  readonly line: string;
  /** What the journal has: `done`, `failed`, `not run` … */
  readonly recorded: string;
}

/** What is found of a statement, or of several in a row of which the same is to be said, ready to print. */
export interface StatementRow extends Pick<OutcomeRow, 'numbers' | 'does'> {
  /** What the catalogs say: `done`, `not done`, `half done`, `cannot tell`. */
  readonly verdict: string;
  readonly found: string;
  /** Whether the database says something else than the record. */
  readonly surprising: boolean;
  readonly queries: readonly string[];
  readonly sql: string;
}

/** Longer statements are read in the file. */
const SHOWN = 4_000;
/** As many as a person looks through. */
const MOST = 100;
/** So many of them come before the one that it is about. */
const BEFORE = 20;

/** As many rows as a person looks through, and how many there are besides. */
export interface Rows<Row> {
  readonly rows: readonly Row[];
  readonly before: number;
  readonly after: number;
}

/** The statements of findings, many alike in a row told of together. */
export function statementRows({ statements, position }: Findings): Rows<StatementRow> {
  const all = folded(statements);
  const from = position.at === 'tangled' ? 0 : position.from;
  const at = all.findIndex((one) => ('statements' in one ? one.last : one).number > from);
  const { rows, before, after } = around(all, at);
  return { rows: rows.map(rowOf), before, after };
}

function around<Row>(all: readonly Row[], at: number): Rows<Row> {
  const before = Math.max(0, Math.min(at - BEFORE, all.length - MOST));
  const rows = all.slice(before, before + MOST);
  return { rows, before, after: all.length - before - rows.length };
}

/** Fewer are shown one by one. */
const MANY = 5;

/** What became of the statements, many alike in a row told of together. */
export function outcomeRows({ outcomes }: Findings): Rows<OutcomeRow> {
  const rows: Outcome[][] = [];
  for (const one of outcomes) {
    if (rows.at(-1)?.at(-1)?.recorded === one.recorded) rows.at(-1)!.push(one);
    else rows.push([one]);
  }
  const all = rows.flatMap((row) =>
    row.length < MANY ? row.map((one) => outcomeRow([one])) : [outcomeRow(row)],
  );
  return around(
    all,
    all.findIndex(({ recorded }) => recorded === 'failed' || recorded === 'in doubt'),
  );
}

function outcomeRow(row: readonly Outcome[]): OutcomeRow {
  const [first, last] = [row[0]!, row.at(-1)!];
  const { number, line, does, recorded } = first;
  return row.length === 1
    ? { numbers: number.toLocaleString('en'), does, line: `line ${line}`, recorded }
    : { numbers: fromTo(first, last), does: count(row.length, 'statement'), line: '', recorded };
}

function fromTo(first: { readonly number: number }, last: { readonly number: number }): string {
  return `${first.number.toLocaleString('en')}–${last.number.toLocaleString('en')}`;
}

function rowOf(one: StatementFinding | Fold): StatementRow {
  if (!('statements' in one)) return alone(one);
  const { first, last, statements, verdict } = one;
  return {
    numbers: fromTo(first, last),
    does: count(statements.length, 'statement'),
    verdict,
    found: foundOf(statements),
    surprising: false,
    queries: [],
    sql: '',
  };
}

function alone(one: StatementFinding): StatementRow {
  const { number, does, verdict, found, surprising, looks, text } = one;
  return {
    numbers: number.toLocaleString('en'),
    does,
    verdict,
    found,
    surprising,
    queries: looks.flatMap(({ query }) => query ?? []),
    sql: text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text,
  };
}

function foundOf(statements: readonly StatementFinding[]): string {
  const untold = statements.filter(({ verdict }) => verdict === 'cannot tell').length;
  if (untold === 0) return 'The database says so of each of them.';
  const [of, rest] = [untold.toLocaleString('en'), statements.length - untold];
  return rest === 0
    ? 'The catalogs do not tell; the record says so of each of them.'
    : `The catalogs do not tell of ${of} of them, and the record says so; of the others the database does.`;
}
