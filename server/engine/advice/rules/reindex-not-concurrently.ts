import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const reindexNotConcurrently: Rule = {
  name: 'reindex-not-concurrently',
  severity: 'warning',
  finds: 'an index that is rebuilt while nobody can write to its table',
  docs: 'sql-reindex.html#SQL-REINDEX-CONCURRENTLY',
  onAct: when('reindex', ({ type, name, concurrently }, { catalog, sized }) => {
    if (concurrently || name === null || type === 'other') return null;
    const table = type === 'table' ? name : (catalog.tableOfIndex(name)?.name ?? null);
    if (table === null && catalog.standing(name) === 'absent') return null;
    const what = table === null ? `the table of ${written(name)}` : sized(table);
    return {
      on: table,
      weight: 'grows',
      message: `Nobody can write to ${what} until it is rebuilt, nor read by way of the index.`,
      instead: 'Rebuild it CONCURRENTLY, in a file without a transaction.',
      sql: `-- +goose NO TRANSACTION\n-- +goose Up\nREINDEX ${type.toUpperCase()} CONCURRENTLY ${written(name)};`,
    };
  }),
};
