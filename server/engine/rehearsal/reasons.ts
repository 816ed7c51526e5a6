import type { Section } from '../migration.ts';
import type { Step } from '../plan.ts';
import { Head } from '../sql/head.ts';

/** Why a step cannot be rehearsed, in a sentence or two; null when it can. */
export function whyNot(
  { action, migration }: Pick<Step, 'action' | 'migration'>,
  section: Section,
): string | null {
  if (action === 'repair') return 'It sets right what another run has left half done: look at what that is.';
  if (migration === null) return null;
  const { script } = migration;
  if (script.module !== null) return 'It is JavaScript, which may do anything outside the database.';
  if (!script.transaction) return 'It runs without a transaction, so nothing of it could be rolled back.';
  for (const { sql, line } of section.statements) {
    const why = refusedBehindDoor(sql);
    if (why !== null) return `Line ${line} ${why}`;
  }
  return null;
}

/**
 * Why a text that a transaction of its own would take is refused behind the door of a rehearsal; null when it is not. What
 * nobody can tell by a statement's first words fails, and says so itself.
 */
function refusedBehindDoor(sql: string): string | null {
  const head = new Head(sql);
  switch (head.take()) {
    case 'savepoint':
    case 'release':
    case 'rollback':
      return OWN_TRANSACTION;
    case 'set':
      return head.accept('transaction', 'isolation') || head.accept('transaction', 'snapshot')
        ? OWN_TRANSACTION
        : null;
    case 'select':
      return head.find('into', 'from') === 'into' ? SELECT_INTO : null;
    default:
      return null;
  }
}

const OWN_TRANSACTION = 'is about its own transaction, which a rehearsal does not let it have.';
const SELECT_INTO =
  'makes a table by SELECT … INTO, which a rehearsal cannot run: CREATE TABLE … AS does the same.';
