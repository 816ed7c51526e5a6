/** The SQL of a statement, and how the parser's places in it, which count bytes of UTF-8, are found there. */
export class StatementText {
  readonly sql: string;
  readonly #bytes: Buffer | null;

  constructor(sql: string) {
    this.sql = sql;
    const bytes = Buffer.from(sql);
    this.#bytes = bytes.length === sql.length ? null : bytes;
  }

  /** The UTF-16 offset of a place; nodes without one are where the statement is. */
  offset(location: number | undefined, otherwise: number): number {
    if (location === undefined || location < 0) return otherwise;
    return this.#bytes === null ? location : this.#bytes.subarray(0, location).toString().length;
  }
}
