import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const tableRewrite: Rule = {
  name: 'table-rewrite',
  severity: 'warning',
  finds: 'VACUUM FULL, CLUSTER or SET LOGGED, which write a whole table anew',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-NOTES',
  onAct: when('rewrite', ({ table, words }, { sized }) => {
    const all = table === null ? 'every table, one after the other,' : sized(table);
    return {
      on: table,
      weight: 'grows',
      message: `${words} writes every row anew, and nobody can read or write ${all} meanwhile.`,
      instead:
        words === 'VACUUM FULL' && table !== null
          ? 'A plain VACUUM frees the room for new rows, and keeps nobody out.'
          : 'Do it when nobody needs the table; it takes as much room again on the disk.',
      ...(words === 'VACUUM FULL' && table !== null ? { sql: `VACUUM (ANALYZE) ${written(table)};` } : {}),
    };
  }),
};
