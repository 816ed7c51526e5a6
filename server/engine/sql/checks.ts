import { endsTransaction, needsNoTransaction } from './transaction.ts';

/** Why a statement cannot run where it stands. */
export interface Objection {
  readonly message: string;
  readonly next: string;
}

/** What stands against a statement of a file that runs in one transaction. */
export function objectionInTransaction(sql: string, hasNoSlot: boolean): Objection | null {
  const ending = endsTransaction(sql);
  if (ending !== null) {
    return {
      message: `${ending} takes the transaction that the migration runs in out of Gander's hands.`,
      next: 'Remove it: Gander begins and ends the transaction. To do so yourself, add `-- +goose NO TRANSACTION`.',
    };
  }
  const command = outsideTransaction(sql, hasNoSlot);
  return command === null
    ? null
    : { message: `PostgreSQL cannot run ${command} inside a transaction.`, next: ADD_ANNOTATION };
}

/** What stands against a statement that is sent together with others: such a message is a transaction too. */
export function objectionInCompany(sql: string, hasNoSlot: boolean): Objection | null {
  const command = outsideTransaction(sql, hasNoSlot);
  return command === null ? null : { message: `${command} has to be sent alone.`, next: ON_ITS_OWN };
}

/**
 * Whether a file deals with the slots of subscriptions. DROP SUBSCRIPTION is refused in a transaction only while there is a
 * slot to drop on the other server, and `slot_name = NONE` says that there is none; then it is left to PostgreSQL.
 */
export function namesSlots(text: string): boolean {
  return /\bslot_name\b/i.test(text);
}

const ADD_ANNOTATION =
  'Add `-- +goose NO TRANSACTION` at the top of the file; best in a migration that does nothing else, as a failure is not undone then.';

const ON_ITS_OWN =
  'Put it on lines of its own, its `;` at the end of a line, outside of a StatementBegin block with other statements.';

function outsideTransaction(sql: string, hasNoSlot: boolean): string | null {
  const command = needsNoTransaction(sql);
  return command === 'DROP SUBSCRIPTION' && hasNoSlot ? null : command;
}
