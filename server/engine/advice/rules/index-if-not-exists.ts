import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const indexIfNotExists: Rule = {
  name: 'index-if-not-exists',
  severity: 'note',
  finds: 'IF NOT EXISTS that takes an invalid index for the one that was to be built',
  docs: 'sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  onAct: when('create index', ({ table, index, concurrently, ifNotExists }, { catalog }) => {
    if (!concurrently || !ifNotExists || index === null) return null;
    const known = catalog.find(table)?.indexes.find(({ name }) => name === index.name);
    if (catalog.isWhole && known?.valid !== false) return null;
    const name = written(index);
    const sql = `DROP INDEX CONCURRENTLY IF EXISTS ${name};\nCREATE INDEX CONCURRENTLY ${written({ schema: null, name: index.name })} ON …;`;
    const instead = 'Drop what an earlier try has left, and build it anew.';
    if (known?.valid === false) {
      const message = `The index ${name} is there, but invalid: an earlier try was cut off. This does nothing, and no query will use the index.`;
      return { on: null, severity: 'error', message, instead, sql };
    }
    const message = `If a try is cut off, it leaves ${name} behind, invalid; the next one then takes that for the index, and no query will use it.`;
    return { on: table, weight: 'not tiny', message, instead, sql };
  }),
};
