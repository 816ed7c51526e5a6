import type { Statement } from '../../migration.ts';
import { type Rule, when } from '../rule.ts';

export const indexNotConcurrently: Rule = {
  name: 'index-not-concurrently',
  severity: 'warning',
  finds: 'an index that is built while nobody can write to its table',
  docs: 'sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  onAct: when('create index', ({ table, concurrently }, { sized, catalog, statement }) => {
    if (concurrently) return null;
    const message = `Nobody can write to ${sized(table)} until the index is built.`;
    const remark = { on: table, weight: 'grows', message } as const;
    if (catalog.find(table)?.kind === 'partitioned table') {
      const instead =
        'A partitioned table takes no CONCURRENTLY: create the index ON ONLY it, build one CONCURRENTLY for each partition, and attach those with ALTER INDEX … ATTACH PARTITION.';
      return { ...remark, instead };
    }
    const instead = 'Build it CONCURRENTLY, in a file without a transaction that does nothing else.';
    const sql = concurrentlyIn(statement);
    return sql === null ? { ...remark, instead } : { ...remark, instead, sql };
  }),
};

/** The same statement with CONCURRENTLY; without IF NOT EXISTS, which would take an invalid index for a good one. */
function concurrentlyIn({ text, parts }: Statement): string | null {
  const created = /^create\s+(unique\s+)?index\b(?:\s+if\s+not\s+exists\b)?/i;
  if (parts > 1 || !created.test(text)) return null;
  const index = text.replace(created, (_all, unique?: string) =>
    unique === undefined ? 'CREATE INDEX CONCURRENTLY' : 'CREATE UNIQUE INDEX CONCURRENTLY',
  );
  return `-- +goose NO TRANSACTION\n-- +goose Up\n${index};`;
}
