import { written } from '../name.ts';
import { type Rule, when } from '../rule.ts';

export const securityDefinerPath: Rule = {
  name: 'security-definer-path',
  severity: 'warning',
  finds: 'a SECURITY DEFINER function without a search_path of its own',
  docs: 'sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY',
  onAct: when('create function', ({ name, definer, pathSet }) =>
    definer && !pathSet
      ? {
          on: null,
          message: `Whoever may call ${written(name)} can have it use objects of his own, by his search_path, with the rights of its owner.`,
          instead:
            'Set its search_path, with pg_temp last, and revoke EXECUTE from PUBLIC where not all are meant.',
          sql: 'SECURITY DEFINER\nSET search_path = app, pg_temp',
        }
      : null,
  ),
};
