import { Head, switchedOn } from './head.ts';

type Rule = (head: Head) => string | null;

/**
 * The name of the command if it ends or replaces the transaction it is sent in (BEGIN, COMMIT, PREPARE TRANSACTION …),
 * else null. Savepoints stay within. A DO or CALL that commits cannot be seen here; PostgreSQL refuses it (2D000).
 */
export function endsTransaction(sql: string): string | null {
  const head = new Head(sql);
  const verb = head.take();
  switch (verb) {
    case 'begin':
    case 'commit':
    case 'end':
    case 'abort':
      return verb.toUpperCase();
    case 'start':
    case 'prepare':
      return head.accept('transaction') ? `${verb.toUpperCase()} TRANSACTION` : null;
    case 'rollback':
      head.skip('work', 'transaction');
      return head.word === 'to' ? null : 'ROLLBACK';
    default:
      return null;
  }
}

/**
 * The name of the command if PostgreSQL refuses it inside a transaction block (25001), else null. Tried on PostgreSQL 14
 * to 18; the sources call PreventInTransactionBlock. It also has to be sent alone: several statements in one message are
 * a transaction block too ("Multiple Statements in a Simple Query" in the manual's chapter on the protocol).
 */
export function needsNoTransaction(sql: string): string | null {
  const head = new Head(sql);
  const verb = head.take();
  return Object.hasOwn(RULES, verb) ? (RULES[verb]?.(head) ?? null) : null;
}

const RULES: Readonly<Record<string, Rule>> = {
  create(head) {
    head.accept('unique');
    if (head.accept('index', 'concurrently')) return 'CREATE INDEX CONCURRENTLY';
    return outsideObject('CREATE', head) ?? createSubscription(head);
  },
  drop(head) {
    if (head.accept('index', 'concurrently')) return 'DROP INDEX CONCURRENTLY';
    return outsideObject('DROP', head) ?? (head.accept('subscription') ? 'DROP SUBSCRIPTION' : null);
  },
  alter(head) {
    if (head.accept('system')) return 'ALTER SYSTEM';
    if (head.accept('table')) return detachConcurrently(head);
    if (head.accept('database')) return moveDatabase(head);
    return head.accept('subscription') ? refreshSubscription(head) : null;
  },
  reindex(head) {
    if (switchedOn(head.parenthesised(), 'concurrently')) return 'REINDEX CONCURRENTLY';
    const type = head.take();
    if (['database', 'system', 'schema'].includes(type)) return `REINDEX ${type.toUpperCase()}`;
    return head.accept('concurrently') ? 'REINDEX CONCURRENTLY' : null;
  },
  vacuum: () => 'VACUUM',
  cluster(head) {
    head.parenthesised();
    head.skip('verbose');
    return head.atEnd ? 'CLUSTER without a table' : null;
  },
  discard: (head) => (head.accept('all') ? 'DISCARD ALL' : null),
};

function outsideObject(verb: string, head: Head): string | null {
  if (head.accept('database')) return `${verb} DATABASE`;
  return head.accept('tablespace') ? `${verb} TABLESPACE` : null;
}

/** Without a replication slot to create on the other server it may run in a transaction. */
function createSubscription(head: Head): string | null {
  if (!head.accept('subscription')) return null;
  head.find('with');
  const withoutSlot = head.parenthesised().some((word) => word === 'create_slot' || word === 'connect');
  return withoutSlot ? null : 'CREATE SUBSCRIPTION';
}

function detachConcurrently(head: Head): string | null {
  if (head.find('detach') === '' || !head.accept('partition')) return null;
  head.name();
  return head.accept('concurrently') ? 'ALTER TABLE … DETACH PARTITION CONCURRENTLY' : null;
}

function moveDatabase(head: Head): string | null {
  head.name();
  return head.accept('set', 'tablespace') ? 'ALTER DATABASE … SET TABLESPACE' : null;
}

function refreshSubscription(head: Head): string | null {
  head.name();
  return head.accept('refresh') ? 'ALTER SUBSCRIPTION … REFRESH' : null;
}

/**
 * Whether a statement that fails may leave something behind: one that works in several transactions of its own (an index
 * built CONCURRENTLY stays, invalid), or one that can commit or open a transaction by itself.
 */
export function leavesTraces(sql: string): boolean {
  const verb = new Head(sql).take();
  return ['do', 'call'].includes(verb) || needsNoTransaction(sql) !== null || endsTransaction(sql) !== null;
}
