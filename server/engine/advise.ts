import { setImmediate } from 'node:timers/promises';
import { readActs } from './advice/acts/read.ts';
import type { Act } from './advice/acts/act.ts';
import type { Finding } from './advice/finding.ts';
import { mentionedIn } from './advice/mentioned.ts';
import { type Reading, review, type ReviewOptions } from './advice/review.ts';
import { type Direction, type Migration, sectionOf, type Statement } from './migration.ts';
import { loadParser, type Parse } from './parser.ts';
import type { Plan } from './plan.ts';
import type { Client } from './postgres.ts';
import type { State } from './state.ts';
import { readFacts } from './table-facts.ts';

/** A migration to look at. */
export interface Subject {
  readonly migration: Migration;
  readonly direction: Direction;
  /** Those of its statements before this one are done already. */
  readonly from: number;
  /** Whether something is to be said of it, or only to be learnt from it for those after it. */
  readonly isShown: boolean;
}

/** A migration of a state, or what a plan runs. */
export type Advised =
  | Pick<Plan, 'steps' | 'direction'>
  | { readonly state: Pick<State, 'migrations'>; readonly version: bigint };

/** See `Migrator.advise`. */
export async function advise(client: Client, subject: Advised): Promise<Finding[]> {
  return 'steps' in subject
    ? advisePlan(client, subject)
    : adviseOn(subjectsUpTo(subject.state.migrations, subject.version), 'plan', client);
}

/** What applying a migration would do, after those that are pending before it; of an applied one, what rolling it back would. */
function subjectsUpTo(migrations: State['migrations'], version: bigint): Subject[] {
  const one = migrations.find((other) => other.version === version);
  if (one === undefined || one.migration === null) return [];
  if (one.state === 'applied')
    return [{ migration: one.migration, direction: 'down', from: 0, isShown: true }];
  return migrations
    .filter((other) => other.state !== 'applied' && other.version <= version)
    .flatMap(({ migration }) =>
      migration === null
        ? []
        : [{ migration, direction: 'up', from: 0, isShown: migration.version === version }],
    );
}

async function advisePlan(
  client: Client,
  { steps, direction }: Pick<Plan, 'steps' | 'direction'>,
): Promise<Finding[]> {
  const subjects = steps.flatMap(({ action, migration, from }): Subject[] =>
    action === 'run' && migration !== null ? [{ migration, direction, from, isShown: true }] : [],
  );
  return adviseOn(subjects, 'plan', client);
}

/**
 * What there is to say of migrations that run one after the other.
 *
 * @param client asked for the facts of the tables, in one query; null: what the files before say has to do
 */
export async function adviseOn(
  subjects: readonly Subject[],
  unit: ReviewOptions['unit'],
  client: Client | null,
): Promise<Finding[]> {
  const readings = await readAll(subjects);
  const acts = readings.flatMap((reading) => reading.acts.flatMap((one) => one ?? []));
  const facts = client === null ? null : await readFacts(client, mentionedIn(acts));
  return review(readings, { facts, unit });
}

/** So long may others have to wait for the process. */
const SLICE_MS = 10;

async function readAll(subjects: readonly Subject[]): Promise<Reading[]> {
  const readings: Reading[] = [];
  if (subjects.length === 0) return readings;
  const parse = await loadParser();
  let begun = performance.now();
  for (const { migration, direction, from, isShown } of subjects) {
    const acts: (readonly Act[] | null)[] = [];
    const isLong = migration.text.length > LONGEST_FILE;
    for (const [position, statement] of sectionOf(migration.script, direction).statements.entries()) {
      acts.push(position < from ? [] : isLong ? unread(statement.kind) : actsOf(statement, parse));
      if (performance.now() - begun < SLICE_MS) continue;
      await setImmediate();
      begun = performance.now();
    }
    readings.push({ migration, direction, acts, isShown });
  }
  return readings;
}

/** In characters; the parser's memory does not come back. */
const LONGEST_FILE = 1_000_000;

/** In characters. What is longer is data. */
const LONGEST_STATEMENT = 100_000;

/** What is said of plain data and comments is nothing, and a file may have thousands of them. */
const DULL: ReadonlySet<string> = new Set(['', 'insert', 'comment', 'analyze', 'copy']);

function unread(kind: string): readonly Act[] | null {
  return DULL.has(kind) ? [] : null;
}

function actsOf({ sql, kind, parts }: Statement, parse: Parse): readonly Act[] | null {
  if (DULL.has(kind) && (kind !== 'insert' || parts === 1) && !/\bselect\b/i.test(sql)) return [];
  const known = remembered.get(sql);
  if (known !== undefined) return known;
  const trees = sql.length > LONGEST_STATEMENT ? null : parse(sql);
  const acts = trees === null ? unread(kind) : readActs(sql, trees);
  remember(sql, acts);
  return acts;
}

/** What was read last: pages are looked at again and again. */
const remembered = new Map<string, readonly Act[] | null>();
const MOST = 5_000;

function remember(sql: string, acts: readonly Act[] | null): void {
  if (sql.length > 10_000) return;
  if (remembered.size >= MOST) remembered.clear();
  remembered.set(sql, acts);
}
