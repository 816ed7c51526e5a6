import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe } from '../../../server/engine/sql/describe.ts';
import { parse, upWithoutTransaction } from './parse.ts';

const cases: [sql: string, words: string][] = [
  ['CREATE TABLE users ()', 'creates table users'],
  ['CREATE OR REPLACE VIEW v AS SELECT 1', 'creates view v'],
  ['CREATE INDEX i ON public.users (a)', 'creates index i on public.users'],
  ['CREATE INDEX ON ONLY users (a)', 'creates an index on users'],
  ['CREATE UNIQUE INDEX CONCURRENTLY i ON users (a)', 'creates unique index i on users concurrently'],
  ['CREATE TRIGGER g BEFORE INSERT OR UPDATE OF a ON t EXECUTE FUNCTION f()', 'creates trigger g on t'],
  ['CREATE POLICY p ON t', 'creates policy p on t'],
  ['CREATE RULE r AS ON INSERT TO t DO NOTHING', 'creates rule r on t'],
  ['CREATE CAST (a AS b) WITHOUT FUNCTION', 'creates a cast'],
  ['ALTER TABLE x ADD a int', 'alters table x'],
  ['ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x', 'alters default privileges'],
  ['DROP TABLE a, b', 'drops table a, b'],
  ['DROP INDEX CONCURRENTLY i', 'drops index i concurrently'],
  ['INSERT INTO t VALUES (1)', 'inserts into t'],
  ['UPDATE t SET a = 1', 'updates t'],
  ['DELETE FROM t', 'deletes from t'],
  ['TRUNCATE t', 'empties t'],
  ['SELECT 1', 'runs a query'],
  ['DO $$ BEGIN END $$', 'runs a DO block'],
  ["COMMENT ON COLUMN t.a IS 'x'", 'comments on t.a'],
  ['GRANT SELECT ON t TO x', 'grants rights on t'],
  ['GRANT admin TO joe', 'grants a role'],
  ['VACUUM', 'vacuums the whole database'],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY m', 'refreshes materialized view m concurrently'],
  ['REINDEX TABLE t', 'reindexes table t'],
  ['SET lock_timeout = 1', 'sets lock_timeout'],
  ['NOTIFY x', 'notify'],
  ['FROBNICATE x', 'runs a statement'],
  ['SELECT 1; SELECT 2', 'runs 2 statements together'],
];

for (const [sql, words] of cases) {
  test(`${sql}: ${words}`, () => {
    const [statement] = parse(upWithoutTransaction(`${sql};`)).up.statements;
    assert.ok(statement);
    assert.equal(describe(statement), words);
  });
}
