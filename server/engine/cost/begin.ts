const LOCK_TIMEOUT_MS = 150;

/**
 * Begins a look into tables: others may hold locks on them, and somebody waits for the page. With row security a role sees
 * fewer rows than there are: then PostgreSQL is to say so.
 *
 * @param within how long a statement may take, in milliseconds
 */
export function begin(within: number): string {
  return `BEGIN READ ONLY; SET LOCAL statement_timeout = ${within}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SET LOCAL row_security = off; SET LOCAL jit = off`;
}
