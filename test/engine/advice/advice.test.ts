import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { review } from '../../../server/engine/advice/review.ts';
import { goose, gooseWithoutTransaction } from '../../support/migrations.ts';
import { adviceOn, factsOf, migrationOf, readingOf, rulesOf } from './reading.ts';

const INDEX = goose('CREATE INDEX i ON users (email);', 'DROP INDEX i;');

function severity(rows: number | null, bytes: number | null, text = INDEX): string {
  const facts = factsOf({ name: 'users', rows, bytes });
  return adviceOn([text], { facts, unit: 'plan' })
    .map((one) => one.severity)
    .join(' ');
}

describe('what the database says counts', () => {
  test('nothing is said of a lock on a table with hardly a row, and more of one on a large table', () => {
    assert.equal(severity(12, 8_192), '');
    assert.equal(severity(12, 2 ** 31), 'error');
    assert.equal(severity(50_000, 10_000_000), 'warning');
    assert.equal(severity(2_000_000, null), 'error');
    assert.equal(severity(null, null), 'warning');
  });

  test('lost data is told of however small the table is', () => {
    assert.equal(severity(12, 8_192, goose('DROP TABLE users;', 'SELECT f();')), 'warning');
  });

  test('the message names the table with its size', () => {
    const facts = factsOf({ name: 'users', rows: 1_234_567, bytes: 356_515_840 });
    const [found] = adviceOn([INDEX], { facts, unit: 'plan' });
    assert.equal(
      found?.message,
      'Nobody can write to users (about 1,230,000 rows, 340 MB) until the index is built.',
    );
    assert.deepEqual([found.table, found.lock], ['users', { mode: 'SHARE', blocks: 'writes' }]);
    assert.equal(
      found.docs,
      'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
    );
    assert.equal(
      found.sql,
      '-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON users (email);',
    );
  });

  test('nothing is said of a table that is not there', () => {
    assert.equal(rulesOf(adviceOn([INDEX], { facts: factsOf(), unit: 'plan' })), '');
  });

  test('a column’s type is compared with the one in the database', () => {
    const columns = [{ name: 'code', type: 'character varying(10)', notNull: false }];
    const facts = factsOf({ name: 'users', rows: 50_000, columns });
    const to = (type: string): string =>
      rulesOf(
        adviceOn([goose(`ALTER TABLE users ALTER code TYPE ${type};`, 'SELECT f();')], {
          facts,
          unit: 'plan',
        }),
      );
    assert.equal(to('varchar(20)'), '');
    assert.equal(to('varchar(5)'), 'column-type-rewrite');
  });

  test('a validated check spares SET NOT NULL its look at the rows, one that is not validated does not', () => {
    const text = goose('ALTER TABLE users ALTER email SET NOT NULL;', 'SELECT f();');
    const check = {
      name: 'c',
      kind: 'check',
      columns: ['email'],
      notNull: 'email',
      parent: null,
    } as const;
    const columns = [{ name: 'email', type: 'text', notNull: false }];
    const said = (validated: boolean): string => {
      const facts = factsOf({ name: 'users', columns, constraints: [{ ...check, validated }] });
      return rulesOf(adviceOn([text], { facts, unit: 'plan' }));
    };
    assert.equal(said(true), '');
    assert.equal(said(false), 'not-null-scan');
  });

  test('what a view uses cannot be dropped without CASCADE, and CASCADE says what goes along', () => {
    const dependents = [{ type: 'view', schema: 'app', name: 'active', columns: ['email'] }] as const;
    const facts = factsOf({ name: 'users', rows: 5, dependents });
    const said = (up: string): string =>
      adviceOn([goose(up, 'SELECT f();')], { facts, unit: 'plan' })
        .map((one) => `${one.severity} ${one.rule}: ${one.message}`)
        .join('\n');
    assert.match(
      said('ALTER TABLE users DROP COLUMN email;'),
      /^error drop-column: It fails: the view app\.active uses/,
    );
    assert.match(said('ALTER TABLE users DROP COLUMN age;'), /^warning drop-column: The values/);
    assert.match(
      said('ALTER TABLE users DROP COLUMN email CASCADE;'),
      /cascade: .*the view app\.active.* goes with/,
    );
    assert.doesNotMatch(said('ALTER TABLE users DROP COLUMN age CASCADE;'), /cascade:/);
  });

  test('what was dropped before in the same plan uses nothing any more', () => {
    const dependents = [
      { type: 'view', schema: 'app', name: 'active', columns: ['email'] },
      { type: 'foreign key', schema: 'public', name: 'orders', columns: ['id'] },
    ] as const;
    const key = {
      name: 'f',
      kind: 'foreign key',
      columns: ['user_id'],
      notNull: null,
      parent: 'users',
      validated: true,
    } as const;
    const facts = factsOf(
      { name: 'users', rows: 5, dependents },
      { name: 'orders', rows: 5, constraints: [key] },
    );
    const fails = (up: string): number =>
      adviceOn([goose(up, 'SELECT f();')], { facts, unit: 'plan' }).filter(({ message }) =>
        message.startsWith('It fails'),
      ).length;
    assert.equal(fails('DROP TABLE users;'), 1);
    assert.equal(fails('DROP VIEW app.active; DROP TABLE users;'), 1);
    assert.equal(fails('DROP VIEW app.active; DROP TABLE orders; DROP TABLE users;'), 0);
    assert.equal(fails('DROP VIEW app.active; ALTER TABLE orders DROP CONSTRAINT f; DROP TABLE users;'), 0);
    assert.equal(fails('DROP VIEW app.active; ALTER TABLE orders DROP COLUMN user_id; DROP TABLE users;'), 0);
  });

  test('an invalid index that IF NOT EXISTS would take for the real one is an error; a valid one is none', () => {
    const text = gooseWithoutTransaction(
      'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users (email);',
      'SELECT f();',
    );
    const said = (valid: boolean): string =>
      adviceOn([text], { facts: factsOf({ name: 'users', indexes: [{ name: 'i', valid }] }), unit: 'plan' })
        .map((one) => `${one.severity} ${one.rule}`)
        .join(' ');
    assert.equal(said(false), 'error index-if-not-exists');
    assert.equal(said(true), '');
  });
});

describe('files one after the other', () => {
  const table = goose('CREATE TABLE users (id bigint PRIMARY KEY, email varchar(10));', 'DROP TABLE users;');

  test('in a plan a table stays new; by themselves the files are run at different times', () => {
    assert.equal(rulesOf(adviceOn([table, INDEX], { unit: 'plan', facts: factsOf() })), '');
    assert.equal(rulesOf(adviceOn([table, INDEX], { unit: 'file' })), 'index-not-concurrently');
  });

  test('what an earlier file says of a column is known, and no more is said of it when only the later one is asked for', () => {
    const wider = goose('ALTER TABLE users ALTER email TYPE text;', 'SELECT f();');
    const readings = [
      readingOf(migrationOf(goose('DROP TABLE old;'), 1), 'up', false),
      readingOf(migrationOf(table, 2), 'up', false),
    ];
    assert.equal(
      rulesOf(review([...readings, readingOf(migrationOf(wider, 3))], { facts: null, unit: 'file' })),
      '',
    );
  });

  test('a Down is looked at for what it does, not for what a file should have', () => {
    const reading = readingOf(migrationOf(table), 'down');
    assert.equal(
      rulesOf(review([reading], { facts: factsOf({ name: 'users' }), unit: 'plan' })),
      'drop-table',
    );
  });
});

describe('where it is', () => {
  test('line and column count through comments, letters beyond ASCII and several statements in a line', () => {
    const text = goose(
      "-- größer 😀\nSELECT 'ü😀'; /* é */ DROP TABLE a;\nALTER TABLE b ADD COLUMN ü int,\n  ADD COLUMN d int NOT NULL;",
      'SELECT f();',
    );
    const places = adviceOn([text]).map(
      ({ line, column, statement, rule }) => `${rule} ${line}:${column} ${statement}`,
    );
    assert.deepEqual(places, ['drop-table 3:22 1', 'add-column-required 5:14 2']);
  });

  test('the same in one statement is told once, with how often', () => {
    const text = goose('ALTER TABLE users DROP COLUMN a, DROP COLUMN b, DROP COLUMN c;', 'SELECT f();');
    const found = adviceOn([text]);
    assert.equal(found.length, 1);
    assert.match(found[0]!.message, /^The values of a .* The same holds 2 times more in this statement\.$/);
  });

  test('the value of a variable is not shown', () => {
    const text = `-- +goose Up\n-- +goose ENVSUB ON\nDROP TABLE \${T};\nCREATE INDEX i ON \${T}_log (a);\n-- +goose Down\nSELECT f();\n`;
    const migration = migrationOf(text, 1, { T: 'geheim' });
    const found = review([readingOf(migration)], { facts: null, unit: 'file' });
    assert.equal(rulesOf(found), 'drop-table index-not-concurrently');
    assert.doesNotMatch(
      JSON.stringify(found, (_key, value: unknown) => (typeof value === 'bigint' ? '' : value)),
      /geheim/,
    );
    assert.match(found[0]!.message, /\$\{T\}/);
  });
});

describe('what is meant so', () => {
  const dropped = (comment: string): ReturnType<typeof adviceOn> =>
    adviceOn([`${comment}\n${goose('DROP TABLE users;', 'SELECT f();')}`]);

  test('a finding that is allowed with a reason stays, with the reason', () => {
    const found = dropped('-- +gander ALLOW drop-table: nobody has read it since May');
    assert.deepEqual(
      found.map(({ rule, allowed }) => [rule, allowed]),
      [['drop-table', 'nobody has read it since May']],
    );
  });

  test('without a reason, and of a rule that there is not, nothing is allowed, and that is said', () => {
    for (const comment of [
      '-- +gander ALLOW drop-table',
      '-- +gander ALLOW drop-table:  ',
      '-- +gander allow drop-tabel: typo',
    ]) {
      const found = dropped(comment);
      assert.deepEqual(
        found.map(({ rule, allowed, line }) => [rule, allowed, line]),
        [
          ['allow', null, 1],
          ['drop-table', null, 3],
        ],
      );
    }
  });

  test('several may be allowed in one file', () => {
    const text = `-- +gander ALLOW drop-table: one\n-- +gander ALLOW cascade: two\n${goose('DROP TABLE users CASCADE;', 'SELECT f();')}`;
    assert.deepEqual(
      adviceOn([text]).map(({ allowed }) => allowed),
      ['one', 'two'],
    );
  });
});
