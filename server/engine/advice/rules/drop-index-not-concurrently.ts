import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const dropIndexNotConcurrently: Rule = {
  name: 'drop-index-not-concurrently',
  severity: 'note',
  finds: 'an index that is dropped under a lock on its table',
  docs: 'sql-dropindex.html',
  onAct: when('drop index', ({ index, concurrently }, { catalog, madeLater, droppedLater }) => {
    const table = catalog.tableOfIndex(index);
    if (concurrently || madeLater(index) || (table === null && catalog.standing(index) === 'absent'))
      return null;
    if (table !== null && droppedLater(table.name)) return null;
    const name = table === null ? 'its table' : written(table.name);
    return {
      on: table?.name ?? null,
      weight: 'not tiny',
      message: `Dropping ${written(index)} keeps reads and writes from ${name}: only for a moment, but it waits for whoever uses it, and all others wait behind it.`,
      instead: 'Drop it CONCURRENTLY, in a file without a transaction.',
      sql: `-- +goose NO TRANSACTION\n-- +goose Up\nDROP INDEX CONCURRENTLY ${written(index)};`,
    };
  }),
};
