import { loadModule, parseSync, scanSync } from 'libpg-query';

await loadModule();

/**
 * The statements of a text as PostgreSQL's own parser cuts it, without the comments round them. Throws where it finds an
 * error of syntax.
 */
export function statementsOfPostgres(sql: string): string[] {
  const bytes = Buffer.from(sql);
  const tokens = scanSync(sql).tokens.filter(({ tokenName }) => !tokenName.endsWith('_COMMENT'));
  const statements = parseSync(sql).stmts ?? [];
  return statements.map(({ stmt_location: from = 0, stmt_len: length = bytes.length - from }) => {
    const own = tokens.filter(({ start, end }) => start >= from && end <= from + length);
    return bytes.subarray(own[0]?.start ?? from, own.at(-1)?.end ?? from).toString();
  });
}

/** The tokens of a text, without white space, comments and semicolons: what makes two texts the same SQL. */
export function tokensOf(sql: string): string[] {
  if (sql === '') return []; // which libpg-query takes for an error
  return scanSync(sql)
    .tokens.filter(({ tokenName }) => !tokenName.endsWith('_COMMENT') && tokenName !== 'ASCII_59')
    .map(({ text }) => text);
}
