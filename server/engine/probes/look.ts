import { escapeLiteral } from 'pg';
import type { Client } from '../postgres.ts';
import type { Effect } from '../sql/effects/index.ts';
import { askAll } from './asking.ts';
import { type Answer, type Probe, probeFor } from './index.ts';

/** What the catalogs say of one effect, and what they were asked. */
export interface Look extends Answer {
  readonly effect: Effect;
  /** Ready to be run by a person; null where nothing was asked. */
  readonly query: string | null;
}

/** The effects of a statement, and the search_path that it ran with. */
export interface Wanted {
  readonly effects: readonly Effect[];
  /** `SET search_path = …`, as the file has it; null: the session's own. */
  readonly path: string | null;
}

const ALL_TOGETHER_MS = 3_000;
const AT_ONCE = 250;

/**
 * Asks the catalogs about the effects of some statements, in a transaction that reads only, and that is rolled back. One that
 * cannot be answered does not keep the others from being.
 *
 * @returns for each statement what was found, effect by effect
 * @throws when the connection is lost
 */
export async function lookAt(client: Client, statements: readonly Wanted[]): Promise<Look[][]> {
  const looks: Look[][] = statements.map(() => []);
  const questions = statements.flatMap(({ effects, path }, at) =>
    effects.map((effect) => ({ effect, path, at })),
  );
  const deadline = performance.now() + ALL_TOGETHER_MS;
  for (let start = 0; start < questions.length; start += AT_ONCE) {
    const some = questions.slice(start, start + AT_ONCE);
    const isLate = performance.now() > deadline;
    const found = isLate ? some.map(tooLate) : await askTogether(client, some);
    for (const [index, look] of found.entries()) looks[some[index]!.at]!.push(look);
  }
  return looks;
}

async function askTogether(
  client: Client,
  wanted: readonly { readonly effect: Effect; readonly path: string | null }[],
): Promise<Look[]> {
  const asked = wanted.map(({ effect }) => probeFor(effect));
  const questions = asked.map((probe, at) => ('judge' in probe ? { probe, path: wanted[at]!.path } : null));
  const answers = await askAll(
    client,
    questions.filter((one) => one !== null),
  );
  let next = 0;
  return wanted.map(({ effect, path }, at): Look => {
    const probe = asked[at]!;
    if (!('judge' in probe)) return { ...probe, effect, query: null };
    return { ...ifThere(effect, answers[next++]!), effect, query: readable(probe, path) };
  });
}

/** Where it does nothing if what it changes is not there, that it is not so does not say that it was not run. */
function ifThere(effect: Effect, told: Answer): Answer {
  return effect.ifThere === true && told.verdict === 'not done'
    ? { ...told, verdict: 'cannot tell', found: `${told.found} It may have found nothing to change.` }
    : told;
}

function tooLate({ effect }: { readonly effect: Effect }): Look {
  return {
    verdict: 'cannot tell',
    found: 'It was not looked for: the others took too long.',
    effect,
    query: null,
  };
}

/** The query with its values in it. */
function readable({ sql, values }: Probe, path: string | null): string {
  const text = sql.replaceAll(/\$(\d)/g, (_all, number) => literal(values[Number(number) - 1]));
  return `${path === null ? '' : `${path};\n`}${text};`;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(', ')}]::text[]`;
  return escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value));
}
