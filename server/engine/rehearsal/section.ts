import { type At, failureOf } from '../failure.ts';
import type { Failure } from '../journal/index.ts';
import type { Direction, Migration } from '../migration.ts';
import { sectionOf } from '../migration.ts';
import { isConnectionLoss, serverError } from '../postgres.ts';
import { runBehindDoor } from './door.ts';
import { lookNow, type Look } from './look.ts';
import { withNotices } from './notices.ts';
import { failureBehindDoor } from './refusal.ts';
import type { RehearsedStatement } from './rehearsal.ts';
import { seenBetween } from './seen.ts';
import { settle } from './settling.ts';
import type { Stage } from './stage.ts';

/** What was seen of a section's statements, up to the one that failed. */
export interface RehearsedSection {
  readonly statements: readonly RehearsedStatement[];
  readonly failure: Failure | null;
}

/**
 * Runs a section's statements one after the other, each behind the door, and stops at the first that fails: the transaction
 * is aborted then. What is left to the end of a transaction is done at the end of the section.
 *
 * @throws what is not the server's answer to a statement: a connection that is lost
 */
export async function rehearseSection(
  stage: Stage,
  migration: Migration,
  direction: Direction,
): Promise<RehearsedSection> {
  const statements: WithoutTime[] = [];
  /** null: at its end. */
  let at: At | null = null;
  try {
    let look = await lookNow(stage.aside);
    for (const [index, statement] of sectionOf(migration.script, direction).statements.entries()) {
      at = { migration, statement, index };
      const { seen, after } = await rehearseStatement(stage, at, look);
      statements.push(seen);
      look = after;
    }
    at = null;
    await settle(stage);
    return { statements: withHeld(statements), failure: null };
  } catch (error) {
    if (serverError(error) === null || isConnectionLoss(error)) throw error;
    const failure = at === null ? failureOf(error, null, migration) : failureBehindDoor(error, at);
    return { statements: withHeld(statements), failure };
  }
}

/** Without how long its locks are held: that is known at the section's end. */
type WithoutTime = Omit<RehearsedStatement, 'locks'> & {
  readonly locks: readonly Omit<RehearsedStatement['locks'][number], 'heldMs'>[];
};

async function rehearseStatement(
  { client, aside, transaction, lockTimeout, left, existing }: Stage,
  at: At,
  before: Look,
): Promise<{ seen: WithoutTime; after: Look }> {
  const { statement, migration, index } = at;
  const bounds = { transaction, lockTimeout, statementTimeout: Math.max(Math.ceil(left()), 1) };
  const started = performance.now();
  const { result: rows, notices } = await withNotices(client, migration.script.secrets, () =>
    runBehindDoor(client, statement.sql, bounds),
  );
  const tookMs = performance.now() - started;
  const after = await lookNow(aside);
  const { line, kind, object } = statement;
  return {
    seen: {
      position: index,
      line,
      kind,
      object,
      tookMs,
      rows: COUNTING.test(kind) ? rows : null,
      ...seenBetween(before, after, existing),
      notices,
    },
    after,
  };
}

/** What the server tells a number of rows of. */
const COUNTING = /^(select|insert|update|delete|merge|values|copy|with)\b/;

function withHeld(statements: readonly WithoutTime[]): RehearsedStatement[] {
  return statements.map((statement, index) => {
    const heldMs = statements.slice(index).reduce((sum, { tookMs }) => sum + tookMs, 0);
    return { ...statement, locks: statement.locks.map((lock) => ({ ...lock, heldMs })) };
  });
}
