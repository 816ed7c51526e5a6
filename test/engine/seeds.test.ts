// Files of very many small statements, which share messages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder, Migrator } from '../../server/engine/index.ts';
import { createDatabase } from '../support/database.ts';
import { failureOf, summary } from '../support/engine.ts';
import { goose, writeMigrations } from '../support/migrations.ts';

const rows = (from: number, to: number): string =>
  Array.from(
    { length: to - from + 1 },
    (_, i) => `INSERT INTO a VALUES (${from + i}, 'héllo 😀 ${'x'.repeat(300)}');`,
  ).join('\n');

test('five thousand small statements go in a few messages, and each row is counted', async () => {
  const database = await createDatabase();
  const dir = await writeMigrations({
    '1_seed.sql': goose(
      `CREATE TABLE a (n int PRIMARY KEY, t text);\n${rows(1, 5000)}\nUPDATE a SET t = '';`,
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const { id } = await migrator.up();
  assert.deepEqual(await database.query('SELECT count(*)::int AS n FROM a'), [{ n: 5000 }]);
  const { statements } = (await migrator.run(id!))!.list[0]!;
  assert.ok(statements.length < 50, String(statements.length));
  assert.equal(
    statements.reduce((sum, { count }) => sum + count, 0),
    5002,
  );
  const inserts = statements.filter(({ kind }) => kind === 'insert');
  assert.equal(
    inserts.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0),
    5000,
  );
  assert.ok(statements.every(({ state, tookMs }) => state === 'done' && tookMs !== null && tookMs > 0));
  assert.deepEqual(
    statements.map(({ position }) => position),
    statements.map((_one, index) => statements.slice(0, index).reduce((sum, { count }) => sum + count, 0)),
  );
});

const faults: readonly [what: string, bad: string, message: RegExp, column: number | null][] = [
  ['a row that is there already', `INSERT INTO a VALUES (17, 'twice');`, /duplicate key/, null],
  ['a column that is not there', `INSERT INTO a (n, nix) VALUES (0, 'x');`, /column "nix"/, 19],
  ['a word too many', `INSERT INTO a VALUES (0, 'é😀') nonsense x;`, /syntax error/, 32],
];
for (const [what, bad, message, column] of faults) {
  test(`among thousands of small statements the one that failed is found: ${what}`, async () => {
    const database = await createDatabase();
    const dir = await writeMigrations({
      '1_seed.sql': goose(
        `CREATE TABLE a (n int PRIMARY KEY, t text);\n${rows(1, 1000)}\n${bad}\n${rows(1001, 1500)}`,
      ),
    });
    const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
    const error = await failureOf(migrator.up());
    assert.match(error.message, message);
    const failure = error.run.steps[0]!.failure!;
    assert.equal(failure.statement, 1001);
    assert.equal(failure.place?.line, 1003);
    assert.equal(failure.exact, column !== null);
    if (column !== null) assert.equal(failure.place?.column, column);
    assert.equal(summary(await migrator.status()), '1 dirty rolled back');
  });
}
