import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const refreshNotConcurrently: Rule = {
  name: 'refresh-not-concurrently',
  severity: 'warning',
  finds: 'a materialized view that nobody can read while it is refreshed',
  docs: 'sql-refreshmaterializedview.html',
  onAct: when('refresh', ({ view, concurrently }, { sized }) =>
    concurrently
      ? null
      : {
          on: view,
          weight: 'grows',
          message: `Nobody can read ${sized(view)} until its query has run.`,
          instead: 'Refresh it CONCURRENTLY; it needs a unique index for that.',
          sql: `REFRESH MATERIALIZED VIEW CONCURRENTLY ${written(view)};`,
        },
  ),
};
