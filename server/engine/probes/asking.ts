import { messageOf } from '../errors.ts';
import { type Client, hasSqlstate, isConnectionLoss, SQLSTATE, together } from '../postgres.ts';
import type { Answer, Probe } from './probe.ts';

/** Something to ask, and the search_path to ask it with: `SET search_path = …`, or null for the session's own. */
export interface Question {
  readonly probe: Probe;
  readonly path: string | null;
}

/** Somebody waits for the page, and a migration may hold locks: what does not answer soon cannot be told. */
const STATEMENT_TIMEOUT_MS = 2_000;
const LOCK_TIMEOUT_MS = 300;

const BEGIN = `BEGIN READ ONLY; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`;

/** Fewer of a kind are asked one by one. */
const MANY = 4;

/**
 * Asks in a transaction that reads only, and that is rolled back; many of a kind in one query, because PostgreSQL takes
 * longer to plan one than to answer it. One that cannot be answered does not keep the others from being.
 *
 * @throws when the connection is lost
 */
export async function askAll(client: Client, questions: readonly Question[]): Promise<Answer[]> {
  const kinds = byKind(questions);
  const [many, few] = [
    kinds.filter(({ length }) => length >= MANY),
    kinds.filter(({ length }) => length < MANY),
  ];
  const answers = new Map<Question, Answer>();
  const asked = [...many, ...few.flatMap((kind) => kind.map((one) => [one]))];
  const again: Question[] = [];
  for (const [at, result] of (await askInTransaction(client, asked)).entries()) {
    if ('rows' in result)
      for (const [one, answer] of judged(asked[at]!, result.rows)) answers.set(one, answer);
    else if (asked[at]!.length === 1) answers.set(asked[at]![0]!, untold(result.error));
    else again.push(...asked[at]!);
  }
  const alone = again.map((one) => [one]);
  for (const [at, result] of (await askInTransaction(client, alone)).entries())
    answers.set(again[at]!, 'rows' in result ? again[at]!.probe.judge(result.rows) : untold(result.error));
  return questions.map((one) => answers.get(one)!);
}

/** Those that are asked with the same words. */
function byKind(questions: readonly Question[]): Question[][] {
  const kinds = new Map<string, Question[]>();
  for (const one of questions) {
    const { sql, values } = one.probe;
    const key = JSON.stringify([one.path, sql, values.map(Array.isArray)]);
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, [one]);
    else known.push(one);
  }
  return [...kinds.values()];
}

type Result = { readonly rows: readonly object[] } | { readonly error: unknown };

async function askInTransaction(client: Client, kinds: readonly (readonly Question[])[]): Promise<Result[]> {
  if (kinds.length === 0) return [];
  let results: Promise<Result>[] = [];
  await together(client, () => {
    const begun = client.query(BEGIN);
    results = kinds.map((kind) => ask(client, kind));
    return [begun, ...results, client.query('ROLLBACK')];
  });
  return Promise.all(results);
}

async function ask(client: Client, questions: readonly Question[]): Promise<Result> {
  const { path } = questions[0]!;
  const { sql, values } = questions.length === 1 ? questions[0]!.probe : inOne(questions);
  const results = await Promise.allSettled([
    client.query('SAVEPOINT look'),
    ...(path === null ? [] : [client.query(path)]),
    client.query<object>(sql, [...values]),
    client.query('ROLLBACK TO look; RELEASE look'),
  ]);
  const lost = results.find((one) => one.status === 'rejected' && isConnectionLoss(one.reason));
  if (lost?.status === 'rejected') throw lost.reason;
  const answered = results.at(-2)!;
  return answered.status === 'fulfilled' ? { rows: answered.value.rows } : { error: answered.reason };
}

/** One query for several questions of a kind; each row says which of them it answers. */
function inOne(questions: readonly Question[]): Pick<Probe, 'sql' | 'values'> {
  const { sql, values } = questions[0]!.probe;
  const columns = values.map((value, at) => `v${at + 1} ${Array.isArray(value) ? 'text[]' : 'text'}`);
  const rows = questions.map(({ probe }, question) => ({
    question,
    ...Object.fromEntries(probe.values.map((value, at) => [`v${at + 1}`, value])),
  }));
  const asked = sql.replaceAll(/\$(\d)/g, 'q.v$1');
  return {
    sql: `SELECT q.question, p.* FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS q (${['question int', ...columns].join(', ')})
      CROSS JOIN LATERAL (${asked}) p`,
    values: [JSON.stringify(rows)],
  };
}

function judged(questions: readonly Question[], rows: readonly object[]): (readonly [Question, Answer])[] {
  if (questions.length === 1) return [[questions[0]!, questions[0]!.probe.judge(rows)]];
  const each = questions.map((): object[] => []);
  for (const row of rows as readonly { readonly question: number }[]) each[row.question]!.push(row);
  return questions.map((one, at) => [one, one.probe.judge(each[at]!)]);
}

function untold(error: unknown): Answer {
  const found = hasSqlstate(error, SQLSTATE.lockNotAvailable, SQLSTATE.queryCanceled)
    ? 'What has to be read for that is locked just now.'
    : `PostgreSQL did not answer: ${messageOf(error)}.`;
  return { verdict: 'cannot tell', found };
}
