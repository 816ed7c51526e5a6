import { quoteIdentifier } from '../quote.ts';
import { type Client, isConnectionLoss, quoteTable, together } from '../postgres.ts';
import { begin } from './begin.ts';
import type { Found } from './catalog.ts';

/** Somebody waits for the page, and a migration may hold locks. */
const STATEMENT_TIMEOUT_MS = 1_000;

/** More are not looked into: then it is not known. */
const MOST = 100;

type Held = 'data' | 'nothing' | 'unknown';

/**
 * Whether there is anything in each of them, by a look at the first row: statistics may be old. Those that are whole tables and
 * those that are columns are asked apart, since a column without any value is read to its end.
 *
 * @returns by the places of `found`; `unknown` where it is locked, may not be read, or takes longer than a second
 */
export async function lookInto(client: Client, found: readonly Found[]): Promise<Held[]> {
  const held = found.map((): Held => 'unknown');
  const places = found
    .map((_, place) => place)
    .filter((place) => isLookedInto(found[place]!))
    .slice(0, MOST);
  const lots = [
    places.filter((place) => found[place]!.column === null),
    places.filter((place) => found[place]!.column !== null),
  ].filter(({ length }) => length > 0);
  for (const [place, one] of found.entries()) if (isRegained(one)) held[place] = 'nothing';
  if (lots.length === 0) return held;
  const lotsHeld = await askApart(
    client,
    lots.map((lot) => questionOf(lot.map((place) => found[place]!))),
  );
  for (const [at, lot] of lots.entries())
    for (const [index, place] of lot.entries()) held[place] = lotsHeld[at]?.[index] ?? 'unknown';
  return held;
}

/** What can be had again, or is elsewhere. */
function isRegained({ kind, generated }: Found): boolean {
  return generated || !['r', 'p'].includes(kind);
}

function isLookedInto(one: Found): boolean {
  return one.readable && !isRegained(one);
}

/** One query for all of them. A composite value of NULLs only is a value, too. */
function questionOf(found: readonly Found[]): string {
  const looks = found.map(({ schema, table, column }) => {
    const filled = column === null ? '' : ` WHERE ${quoteIdentifier(column)} IS DISTINCT FROM NULL`;
    return `EXISTS (SELECT FROM ${quoteTable({ schema, name: table })}${filled})`;
  });
  return `SELECT ARRAY[${looks.join(', ')}] AS held`;
}

async function askApart(client: Client, questions: readonly string[]): Promise<(Held[] | null)[]> {
  let asked: Promise<Held[] | null>[] = [];
  await together(client, () => {
    const begun = client.query(begin(STATEMENT_TIMEOUT_MS));
    const sent = questions.map(
      (sql) =>
        [
          client.query('SAVEPOINT look'),
          client.query<{ held: boolean[] }>(sql).then(
            ({ rows }) => rows[0]!.held.map((one): Held => (one ? 'data' : 'nothing')),
            (error: unknown) => {
              if (isConnectionLoss(error)) throw error;
              return null;
            },
          ),
          client.query('ROLLBACK TO look; RELEASE look'),
        ] as const,
    );
    asked = sent.map(([, answer]) => answer);
    return [begun, ...sent.flat(), client.query('ROLLBACK')];
  });
  return Promise.all(asked);
}
