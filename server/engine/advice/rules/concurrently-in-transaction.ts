import { type Rule, when } from '../rule.ts';

export const concurrentlyInTransaction: Rule = {
  name: 'concurrently-in-transaction',
  severity: 'error',
  finds: 'CONCURRENTLY inside a transaction, which PostgreSQL refuses',
  docs: 'sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  onAct: when(['create index', 'drop index', 'reindex', 'detach'], (act, { transaction, inTransaction }) => {
    if (!act.concurrently || !(transaction.isOpen || inTransaction)) return null;
    return {
      on: null,
      message: 'It fails: PostgreSQL does not run CONCURRENTLY inside a transaction (25001).',
      instead:
        'Take it out of BEGIN and COMMIT: with `-- +goose NO TRANSACTION` each statement commits by itself.',
    };
  }),
};
