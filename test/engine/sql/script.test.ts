import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Statement } from '../../../server/engine/migration.ts';
import { parse, refusal, sent, up, upWithoutTransaction } from './parse.ts';

const block = (sql: string) => `-- +goose StatementBegin\n${sql}\n-- +goose StatementEnd`;

test('a statement is told with its text, place and kind', () => {
  const { up: section, down } = parse(
    '-- +goose Up\n\n-- about users\n  CREATE TABLE users (\n    id int -- key\n  ) ; -- done\n-- +goose Down\nDROP TABLE users;\n',
  );
  assert.equal(section.statements.length, 1);
  const { text, sql, segments, offset, line, kind, object, parts } = section.statements[0]!;
  const written = 'CREATE TABLE users (\n    id int -- key\n  )';
  assert.deepEqual([text, sql], [written, written]);
  assert.deepEqual(segments, [{ sql: 0, file: 31, length: written.length, fixed: false }]);
  assert.deepEqual([offset, line, kind, object, parts], [31, 4, 'create table', 'users', 1]);
  assert.deepEqual([section.line, down.line, down.statements[0]?.line], [1, 7, 8]);
});

const cuts: [title: string, text: string, statements: string[]][] = [
  [
    'several statements in a line',
    up('SELECT 1; SELECT 2;\nSELECT 3;'),
    ['SELECT 1', 'SELECT 2', 'SELECT 3'],
  ],
  ['a block with several statements', up(block('SELECT 1;\nSELECT 2;')), ['SELECT 1', 'SELECT 2']],
  ['a block needs no semicolon', up(block('SELECT 1')), ['SELECT 1']],
  ['a block that begins inside of a statement', up(`SELECT 1\n${block(', 2;')}`), ['SELECT 1\n, 2']],
  [
    'text after a block is another statement',
    up(`${block('SELECT 1')}\nSELECT 2;`),
    ['SELECT 1', 'SELECT 2'],
  ],
  ['empty statements are left out', up(`;\n;;\n${block(';')}\nSELECT 1;;`), ['SELECT 1']],
  ['comments only', up('-- a;\n/* b */ ;'), []],
  [
    'a no-break space before and after, as goose',
    up('\u{a0}\nSELECT 1;\u{a0}\n\u{a0}SELECT 2;'),
    ['SELECT 1', 'SELECT 2'],
  ],
  ['a file that ends with a comment glued to its last word', up('SELECT 1-- c;'), ['SELECT 1']],
  [
    'comments glued to words, each with a semicolon at its end',
    up('SELECT 1--c;\n\n-- d\n\u{a0}SELECT 2-- e;\n;\nSELECT 3 --;\n;'),
    ['SELECT 1', 'SELECT 2', 'SELECT 3'],
  ],
  ['a glued comment in Down', up('-- +goose Down\nSELECT 1--;'), []],
  ['a glued comment before more of the statement', up('SELECT 1--c;\n, 2;'), ['SELECT 1--c;\n, 2']],
  [
    'glued comments before the WITH of a query and the WITH of a table',
    up(
      'SELECT 1--c;\nWITH RECURSIVE a (b) AS (SELECT 2) TABLE a;\nSELECT 3--c;\nWITH a AS (SELECT 4) TABLE a;\nCREATE TABLE t ()--d;\nWITH (fillfactor = 50);',
    ),
    [
      'SELECT 1',
      'WITH RECURSIVE a (b) AS (SELECT 2) TABLE a',
      'SELECT 3',
      'WITH a AS (SELECT 4) TABLE a',
      'CREATE TABLE t ()--d;\nWITH (fillfactor = 50)',
    ],
  ],
  [
    'a glued comment between parentheses',
    up('INSERT INTO t VALUES (--c;\nSELECT 1--d;\n);'),
    ['INSERT INTO t VALUES (--c;\nSELECT 1--d;\n)'],
  ],
  [
    'a glued comment in a body of SQL',
    up('CREATE FUNCTION f() RETURNS int BEGIN ATOMIC--c;\nSELECT 1;\nEND;'),
    ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC--c;\nSELECT 1;\nEND'],
  ],
  ['a glued comment in a block comment', up('SELECT 1 /* x--c;\n*/ + 2;'), ['SELECT 1 /* x--c;\n*/ + 2']],
  ['a glued comment in a block', up(block('SELECT 1--c;\n, 2')), ['SELECT 1--c;\n, 2']],
  ['a file of Windows', '-- +goose Up\r\nSELECT 1,\r\n2;\r\n', ['SELECT 1,\n2']],
];

for (const [title, text, statements] of cuts) {
  test(`${title}: cut as PostgreSQL does in a transaction`, () => assert.deepEqual(sent(text), statements));
}

const units: [title: string, sql: string, units: [text: string, parts: number][]][] = [
  [
    'statements that end at line ends go one by one',
    'SELECT 1;\nSELECT 2; -- x\nSELECT 3;',
    [
      ['SELECT 1', 1],
      ['SELECT 2', 1],
      ['SELECT 3', 1],
    ],
  ],
  [
    'statements of one line stay together',
    'SELECT 1; SELECT 2;\nSELECT 3;',
    [
      ['SELECT 1; SELECT 2', 2],
      ['SELECT 3', 1],
    ],
  ],
  [
    'a block stays together',
    `${block('SELECT 1;\nSELECT 2;\n')}\nSELECT 3;`,
    [
      ['SELECT 1;\nSELECT 2', 2],
      ['SELECT 3', 1],
    ],
  ],
  [
    'a comment that ends with a semicolon keeps apart what goose keeps apart',
    'VACUUM a--c;\nVACUUM b--d;',
    [
      ['VACUUM a', 1],
      ['VACUUM b', 1],
    ],
  ],
  [
    'what a comment glues together for goose stays together',
    'SELECT 1;--c\nSELECT 2; /* c */\nSELECT 3;',
    [['SELECT 1;--c\nSELECT 2; /* c */\nSELECT 3', 3]],
  ],
  [
    'a statement that goose would cut in two stays whole',
    "SELECT 'a;\nb';\nSELECT 2;",
    [
      ["SELECT 'a;\nb'", 1],
      ['SELECT 2', 1],
    ],
  ],
  [
    'a body without a block stays whole',
    'DO $$ BEGIN\nNULL;\nEND $$;\nVACUUM;',
    [
      ['DO $$ BEGIN\nNULL;\nEND $$', 1],
      ['VACUUM', 1],
    ],
  ],
  ['empty statements do not count', block(';SELECT 1;;'), [['SELECT 1', 1]]],
  [
    'an unfinished line joins the block after it, as in goose',
    `SELECT 1\n${block(';SELECT 2')}`,
    [['SELECT 1\n;SELECT 2', 2]],
  ],
];

for (const [title, sql, wanted] of units) {
  test(`without a transaction, ${title}`, () => {
    const { statements } = parse(upWithoutTransaction(sql)).up;
    assert.deepEqual(
      statements.map(({ sql: text, parts }) => [text, parts]),
      wanted,
    );
  });
}

const kinds = (sql: string) =>
  parse(upWithoutTransaction(sql)).up.statements.map(({ kind, object }) => [kind, object]);

test('a unit of one kind of statement is of that kind, a mixed one is a block', () => {
  assert.deepEqual(kinds('INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);'), [['insert', null]]);
  assert.deepEqual(kinds('INSERT INTO a VALUES (1); SELECT 1;'), [['block', null]]);
});

const refused: [title: string, text: string, message: RegExp, where: string, next: RegExp][] = [
  [
    'a last statement without a semicolon',
    up('SELECT 1;\nSELECT 2 -- ;'),
    /does not end before the end of the file/,
    '3:1',
    /`;`/,
  ],
  [
    'a statement that Down cuts off',
    up('SELECT 1\n-- +goose Down'),
    /does not end before `-- \+goose Down` in line 3/,
    '2:1',
    /`;`/,
  ],
  [
    'a parenthesis that is never closed',
    up('SELECT (1;\nSELECT 2;'),
    /not closed before the end/,
    '2:8',
    /Close it/,
  ],
  [
    'a body that is never closed',
    up(`${block('DO $$ BEGIN')}\n$$;`),
    /dollar-quoted string .* before `-- \+goose StatementEnd` in line 4/,
    '3:4',
    /annotation/,
  ],
  ['a psql command', up('SELECT 1;\n\\d users\n'), /a command of psql/, '3:1', /plain SQL/],
  ['COPY with data', up("COPY t FROM stdin;\nit's\n\\.\n"), /COPY … FROM stdin/, '2:13', /INSERT/],
  ['COMMIT in a transaction', up('SELECT 1;\nCOMMIT;'), /^COMMIT takes/, '3:1', /NO TRANSACTION/],
  ['COMMIT in Down', up('-- +goose Down\nCOMMIT;'), /^COMMIT takes/, '3:1', /NO TRANSACTION/],
  [
    'ROLLBACK inside of a block',
    up(block('SELECT 1; ROLLBACK;')),
    /^ROLLBACK takes/,
    '3:11',
    /NO TRANSACTION/,
  ],
  [
    'VACUUM in a transaction',
    up('VACUUM t;'),
    /cannot run VACUUM inside a transaction/,
    '2:1',
    /NO TRANSACTION/,
  ],
  [
    'a subscription with a slot',
    up('-- +goose Down\nDROP SUBSCRIPTION s;'),
    /DROP SUBSCRIPTION/,
    '3:1',
    /NO TRANSACTION/,
  ],
  [
    'a concurrent index in Down',
    up('-- +goose Down\n/* x */ DROP INDEX CONCURRENTLY i;'),
    /DROP INDEX CONCURRENTLY/,
    '3:9',
    /NO TRANSACTION/,
  ],
  [
    'a concurrent index beside another statement',
    upWithoutTransaction('SELECT 1; CREATE INDEX CONCURRENTLY i ON t (a);'),
    /CREATE INDEX CONCURRENTLY has to be sent alone/,
    '3:11',
    /lines of its own/,
  ],
  [
    'VACUUM in a block with others',
    upWithoutTransaction(block('VACUUM a;\nVACUUM b;')),
    /VACUUM has to be sent alone/,
    '4:1',
    /lines of its own/,
  ],
];

for (const [title, text, message, where, next] of refused) {
  test(`${title} is refused with its place and the way out`, () => {
    const answer = refusal(() => parse(text));
    assert.match(answer.message, message);
    assert.equal(answer.where, `1_a.sql:${where}`);
    assert.match(answer.next ?? '', next);
  });
}

const letThrough: [title: string, text: string][] = [
  [
    'a concurrent index on lines of its own',
    upWithoutTransaction('SET lock_timeout = 0;\nCREATE INDEX CONCURRENTLY i\n  ON t (a);'),
  ],
  [
    'a concurrent index in a block of its own',
    upWithoutTransaction(block('CREATE INDEX CONCURRENTLY i ON t (a);')),
  ],
  ['transaction control without a transaction', upWithoutTransaction(block('BEGIN; SELECT 1; COMMIT;'))],
  ['savepoints', up('SAVEPOINT a;\nROLLBACK TO SAVEPOINT a;\nROLLBACK WORK TO a;\nRELEASE a;')],
  [
    'a subscription that lost its slot before',
    up('ALTER SUBSCRIPTION s SET (slot_name = NONE);\nDROP SUBSCRIPTION s;'),
  ],
  [
    'a subscription that never had a slot',
    up(
      "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, slot_name = NONE);\n-- +goose Down\nDROP SUBSCRIPTION s;",
    ),
  ],
];

for (const [title, text] of letThrough) {
  test(`${title}: let through`, () => assert.ok(parse(text).up.statements.length > 0));
}

const warned: [title: string, sql: string, lines: number[]][] = [
  ['a string with a semicolon at a line end', "SELECT 1;\nSELECT 'a;\nb;\nc';", [3]],
  ['two bodies without a block', 'DO $$ BEGIN\nNULL;\nEND $$;\nDO $$ BEGIN\nNULL;\nEND $$;', [3, 6]],
  ['a comment with a semicolon at a line end', 'SELECT 1; /* a;\n*/ SELECT 2;', [2]],
  ['a comment at the end with a semicolon', 'SELECT 1;\n/* a;\n*/', [3, 4]],
  ['a glued comment with a semicolon', 'SELECT 1--a;\n, 2;', [2]],
  ['a comment after the last semicolon', 'SELECT 1; /* c */', [2]],
  ['a comment of its own after the last semicolon', 'SELECT 1;\n/* c */', [3]],
  ['a body in a block', block('DO $$ BEGIN\nNULL;\nEND $$;'), []],
  ['line comments anywhere', '-- a;\nSELECT 1; -- b;\n-- c;\nSELECT 2 -- d;\n;\n-- e;', []],
  [
    'a glued comment with a semicolon before something that is no statement',
    'DELETE FROM a--b;\nWHERE c;',
    [2],
  ],
  ['a block comment before a statement', '/* a; b\n*/ SELECT 1;', []],
];

for (const [title, sql, lines] of warned) {
  const what = lines.length === 0 ? 'goose would run it too' : 'goose would not run this file';
  test(`${title}: ${what}`, () => {
    const { warnings } = parse(up(sql));
    assert.deepEqual(
      warnings.map(({ line }) => line),
      lines,
    );
    for (const { message } of warnings) assert.match(message, /^goose would not run this file: /);
  });
}

test('a statement that only a comment ends runs, with a warning that it does so for the sake of goose', () => {
  const text = up('SELECT 1--c;\n-- +goose Down\nSELECT 2;\nSELECT 3--d;');
  const { up: section, down, warnings } = parse(text);
  assert.deepEqual(
    [section, down].flatMap(({ statements }) => statements.map(({ sql }) => sql)),
    ['SELECT 1', 'SELECT 2', 'SELECT 3'],
  );
  assert.deepEqual(
    warnings.map(({ line }) => line),
    [2, 5],
  );
  for (const { message } of warnings)
    assert.match(message, /^The `;` of the comment ends the statement here/);
});

test('warnings come in the order of their lines', () => {
  const { warnings } = parse(up("SELECT 'a;\n';\n-- goose Down\n/* c */\n-- +goose Down\nSELECT 'a;\n';"));
  assert.deepEqual(
    warnings.map(({ line }) => line),
    [2, 4, 5, 7],
  );
});

test('a line over 4 MiB is read, with a warning that goose does not', () => {
  const { up: section, warnings } = parse(up(`SELECT '${'x'.repeat(4 * 1024 * 1024)}';`));
  assert.deepEqual([section.statements.length, warnings.length], [1, 1]);
  assert.match(warnings[0]?.message ?? '', /4 MiB/);
});

test('every statement is found in the file at its offset', () => {
  const text = up(
    `/* é😀 */ SELECT 'é😀';\n\n${block('SELECT 2; -- x\n  SELECT 3')}\n-- +goose Down\nSELECT 4;`,
  );
  const script = parse(text);
  const all: Statement[] = [...script.up.statements, ...script.down.statements];
  for (const { offset, text: written } of all)
    assert.equal(text.slice(offset, offset + written.length), written);
  assert.deepEqual(
    all.map(({ line }) => line),
    [2, 5, 6, 9],
  );
});

test('a hundred thousand statements take a second or two, not minutes', () => {
  const started = process.cpuUsage();
  const { up: section } = parse(up("INSERT INTO t VALUES (1, 'a;b');\n".repeat(100_000)));
  assert.equal(section.statements.at(-1)?.line, 100_001);
  assert.ok(process.cpuUsage(started).user < 10_000_000);
});
