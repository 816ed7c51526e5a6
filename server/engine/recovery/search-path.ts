import type { Statement } from '../migration.ts';

const SET_CONFIG =
  /^select\s+(?:pg_catalog\s*\.\s*)?set_config\s*\(\s*'search_path'\s*,\s*'[^']*'\s*,\s*(?:true|false)\s*\)$/i;

/**
 * For each statement the last one before it that set the search_path, as it is sent; null where the session's own is in
 * force. Names are read as they were when the statement ran. Pure.
 */
export function pathsOf(statements: readonly Statement[], transaction: boolean): (string | null)[] {
  let path: string | null = null;
  return statements.map((statement) => {
    const before = path;
    if (setsPath(statement, transaction)) path = statement.sql;
    return before;
  });
}

/** pg_dump's way of setting it is a function's call. SET LOCAL does nothing outside a transaction. */
function setsPath({ kind, object, sql, parts }: Statement, transaction: boolean): boolean {
  if (parts !== 1) return false;
  if (SET_CONFIG.test(sql.trim())) return true;
  const isPath = (kind === 'set' || kind === 'reset') && object?.toLowerCase() === 'search_path';
  return isPath && (transaction || !/^set\s+local\b/i.test(sql));
}
