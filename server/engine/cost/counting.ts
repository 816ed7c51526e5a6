import { messageOf } from '../errors.ts';
import { type Client, hasSqlstate, isConnectionLoss, quoteTable, SQLSTATE } from '../postgres.ts';
import { quoteIdentifier } from '../quote.ts';
import { begin } from './begin.ts';
import type { Found } from './catalog.ts';
import type { Amount, Counted } from './cost.ts';

/** So long all of the counting may take. */
export const COUNTING_MS = 10_000;

/**
 * Counts the rows of each table, and the values of its columns, one table after the other; what time does not suffice for
 * is said to have failed.
 *
 * @returns by the places of `found`; null for what holds nothing that could be counted
 */
export async function countAll(
  client: Client,
  found: readonly Found[],
  within = COUNTING_MS,
): Promise<(Counted | null)[]> {
  const until = performance.now() + within;
  const counted = found.map((): Counted | null => null);
  for (const places of byTable(found)) {
    const result = await countOne(
      client,
      places.map((place) => found[place]!),
      until - performance.now(),
    );
    for (const [index, place] of places.entries())
      counted[place] = 'failed' in result ? result : result[index]!;
  }
  return counted;
}

/** The places of what is of the same table. */
function byTable(found: readonly Found[]): number[][] {
  const tables = new Map<string, number[]>();
  for (const [place, { oid, kind }] of found.entries()) {
    if (!COUNTABLE.has(kind)) continue;
    const known = tables.get(oid);
    if (known === undefined) tables.set(oid, [place]);
    else known.push(place);
  }
  return [...tables.values()];
}

const COUNTABLE: ReadonlySet<Found['kind']> = new Set(['r', 'p', 'm']);

function whyNot(error: unknown): string {
  if (hasSqlstate(error, SQLSTATE.queryCanceled)) return 'it takes too long';
  if (hasSqlstate(error, SQLSTATE.lockNotAvailable)) return 'it is locked just now';
  return hasSqlstate(error, SQLSTATE.insufficientPrivilege) ? 'the role may not read it' : messageOf(error);
}

async function countOne(
  client: Client,
  found: readonly Found[],
  within: number,
): Promise<Amount[] | { failed: string }> {
  if (within < 1) return { failed: 'there was no time left to count it' };
  const counts = found.map(
    ({ column }) => `count(${column === null ? '*' : quoteIdentifier(column)})::float8`,
  );
  const { schema, table } = found[0]!;
  const sql = `SELECT count(*)::float8 AS rows, ARRAY[${counts.join(', ')}] AS counts FROM ${quoteTable({ schema, name: table })}`;
  await client.query(begin(Math.ceil(within)));
  try {
    const { rows } = await client.query<{ rows: number; counts: number[] }>(sql);
    const [row] = rows;
    return found.map(({ column }, at) => ({
      rows: row!.rows,
      values: column === null ? null : row!.counts[at]!,
    }));
  } catch (error) {
    if (isConnectionLoss(error)) throw error;
    return { failed: whyNot(error) };
  } finally {
    await client.query('ROLLBACK');
  }
}
