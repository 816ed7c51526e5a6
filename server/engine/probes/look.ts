import { escapeLiteral } from 'pg';
import { messageOf } from '../errors.ts';
import { type Client, hasSqlstate, isConnectionLoss, SQLSTATE, together } from '../postgres.ts';
import type { Effect } from '../sql/effects/index.ts';
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

/** Somebody waits for the page, and a migration may hold locks: what does not answer soon cannot be told. */
const STATEMENT_TIMEOUT_MS = 2_000;
const LOCK_TIMEOUT_MS = 300;
const ALL_TOGETHER_MS = 3_000;
const AT_ONCE = 100;

const BEGIN = `BEGIN READ ONLY; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`;

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

interface Question {
  readonly effect: Effect;
  readonly path: string | null;
}

async function askTogether(client: Client, questions: readonly Question[]): Promise<Look[]> {
  const asked = questions.map(({ effect }) => probeFor(effect));
  let answers: Promise<Answer>[] = [];
  await together(client, () => {
    const begun = client.query(BEGIN);
    answers = asked.map((one, index) =>
      'judge' in one ? ask(client, one, questions[index]!.path) : Promise.resolve(one),
    );
    return [begun, ...answers, client.query('ROLLBACK')];
  });
  return Promise.all(
    answers.map(async (answer, index) => {
      const [one, { effect, path }] = [asked[index]!, questions[index]!];
      return { ...ifThere(effect, await answer), effect, query: 'judge' in one ? readable(one, path) : null };
    }),
  );
}

/** Where it does nothing if what it changes is not there, that it is not so does not say that it was not run. */
function ifThere(effect: Effect, told: Answer): Answer {
  return effect.ifThere === true && told.verdict === 'not done'
    ? { ...told, verdict: 'cannot tell', found: `${told.found} It may have found nothing to change.` }
    : told;
}

async function ask(client: Client, { sql, values, judge }: Probe, path: string | null): Promise<Answer> {
  const sent = [
    client.query('SAVEPOINT look'),
    ...(path === null ? [] : [client.query(path)]),
    client.query<object>(sql, [...values]),
    client.query('ROLLBACK TO look'),
  ] as const;
  const results = await Promise.allSettled(sent);
  const lost = results.find((one) => one.status === 'rejected' && isConnectionLoss(one.reason));
  if (lost?.status === 'rejected') throw lost.reason;
  const answered = results.at(-2)!;
  return answered.status === 'fulfilled'
    ? judge(answered.value.rows)
    : { verdict: 'cannot tell', found: whyNot(answered.reason) };
}

function whyNot(error: unknown): string {
  return hasSqlstate(error, SQLSTATE.lockNotAvailable, SQLSTATE.queryCanceled)
    ? 'What has to be read for that is locked just now.'
    : `PostgreSQL did not answer: ${messageOf(error)}.`;
}

function tooLate({ effect }: Question): Look {
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
