import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cutStatements } from '../../../server/engine/sql/statements.ts';
import { statementsOfPostgres } from '../../support/postgres-parser.ts';
import { root } from '../../support/root.ts';
import { random } from './random.ts';

interface Case {
  readonly name: string;
  readonly file: string;
  readonly statements: readonly string[];
}

const { cases } = JSON.parse(readFileSync(path.join(root, 'test/cases/split-cases.json'), 'utf8')) as {
  readonly cases: readonly Case[];
};

for (const { name, file, statements } of cases) {
  test(`hard case ${name} is cut as it should be, and as PostgreSQL does`, () => {
    const wanted = statements.map(withoutComments).filter((statement) => statement !== '');
    assert.deepEqual(cut(file), wanted);
    assert.deepEqual(cut(file), statementsOfPostgres(file));
  });
}

/** The cases keep the comments before a statement; Gander leaves them out. */
function withoutComments(statement: string): string {
  return statement.replace('/* a /* b; */ c; */ ', '').replace('-- hi; there\n', '').trim();
}

/** Each is one statement, whatever is in it. */
const single: [title: string, sql: string][] = [
  ['a string over several lines', "select 'a;\nb;\nc'"],
  ['doubled quotes', "select 'it''s; '';', ''"],
  ['a string that ends with a backslash', String.raw`select 'a\', ';'`],
  ['an escape string with an escaped quote', String.raw`select E'\';', e'\\', ';'`],
  ['an escape string that goes on in the next line', "select E'a'\n  '\\';b'"],
  ['an escape string after a block comment is no continuation', "select E'a' /* \n */ as x, '\\', ';'"],
  ['a string after an escape string and a comma', "select E'a',\n'\\', ';'"],
  ['a word that ends with e before a string', String.raw`select date'2020-01-01', '\', ';'`],
  ['a word with an e of its own before a string', String.raw`select type 'a\', ';' from t`],
  ['a quoted name with everything in it', `select 1 as "a;'""$$--/*;"`],
  ['dollar quotes inside of dollar quotes', 'select $a$ ; $b$ ; $$ ; $b$ ; $a$'],
  ['a dollar quote that looks like its own end', 'select $a$ $aa$ $A$ $ ; $a$'],
  ['a dollar quote with a tag of other letters', 'select $größe_1$ ; $größe_1$, $日$;$日$'],
  ['an empty dollar quote', 'select $$$$, $a$$a$'],
  ['dollars inside of names', 'select a$b, a$$b, "c$$" from d$$, e$$f'],
  ['parameters', 'prepare p as select $1,$2||$$;$$'],
  ['block comments in block comments', 'select /* a /* ; /**/ */ ; **/ 1'],
  ['a comment sign in an operator', 'select 2 */* ; */ 3, 4 +-- ;\n 5'],
  ['a comment that a carriage return ends', "select 1 -- it's\r, ';'"],
  ['quotes in comments', `select 1 -- ' " $$ /*\n, 2 /* ' " $$ -- */ + 3`],
  ['comment signs in strings', `select '--', '/*', "--" from "/*"`],
  [
    'parentheses with semicolons',
    'create rule r as on update to t do instead (select 1; (select 2); select 3;)',
  ],
  ['a body that is SQL', 'create function f() returns int begin atomic; select 1; end'],
  [
    'a body with CASE in it',
    'create function f(a int) returns int begin atomic select case a when 1 then case when true then 2 end else 3 end; select 4; end',
  ],
  [
    'a body with END as a name',
    'create function f() returns int begin atomic select a."end", b.end, 1 as end from t a, u b; select 2; end',
  ],
  [
    'a body with comments between its first words',
    'create /* ; */ or -- ;\n replace /* ; */ procedure p() begin /* ; */ atomic select 1; end',
  ],
  ['a function called begin', 'create function begin(atomic int) returns int return 1'],
  ['a table called function', 'create table function (a int)'],
  ['a view of a case', 'create view v as select case when true then 1 end as x'],
  ['a carriage return between words', 'select\r1'],
  ['a form feed and a vertical tab between words', 'select\f1,\v2'],
];

for (const [title, sql] of single) {
  test(`${title}: one statement, for PostgreSQL too`, () => {
    assert.deepEqual(cut(`${sql};\nselect 99;`), [sql, 'select 99']);
    assert.deepEqual(statementsOfPostgres(`${sql};\nselect 99;`), [sql, 'select 99']);
  });
}

// libpg-query's scanner, which keeps comments, does not know this; the servers 15 and 18 do.
test('an escape string goes on after a line comment', () => {
  const sql = "select E'a' -- why; not\n\t'\\';b'";
  assert.deepEqual(cut(`${sql}; select 2`), [sql, 'select 2']);
});

test('begin, end and case of other statements do not hold anything open', () => {
  const file =
    'begin; select 1; end; begin atomic; create table begin (a int); select case when true then 1 end;';
  assert.deepEqual(cut(file).length, 6);
});

test('a closing parenthesis too many does not hold anything open', () => {
  assert.deepEqual(cut('select 1); select 2;'), ['select 1)', 'select 2']);
});

test('text without statements has none', () => {
  for (const sql of ['', ' \n\t', ';', ' ; ;; ', '-- a;', '/* a; */', '\u{a0}', '\u{a0}\n;\u{2003}']) {
    assert.deepEqual(cut(sql), [], JSON.stringify(sql));
  }
});

test('a no-break space round a statement is left out, as goose does; inside it stays', () => {
  assert.deepEqual(cut('\u{a0}\n-- x\n\u{a0}select\u{a0}1;\u{a0}'), ['select\u{a0}1']);
  assert.deepEqual(cut('select 1\u{a0}'), ['select 1']);
  assert.deepEqual(cut('select a\u{a0};'), ['select a\u{a0}']);
  assert.equal(cut('\u{a0}create function f() begin atomic select 1; end;').length, 1);
});

test('a last statement without a semicolon is told from the others', () => {
  const ranges = cutStatements('select 1; select (2', refuse);
  assert.deepEqual(
    ranges.map(({ semicolon, open }) => [semicolon, open]),
    [
      [8, null],
      [null, 17],
    ],
  );
});

test('a body without END is open from its BEGIN', () => {
  const sql = 'create function f() begin atomic select 1;';
  assert.equal(cutStatements(sql, refuse)[0]?.open, sql.indexOf('begin'));
});

const unclosed: [what: string, sql: string, offset: number][] = [
  ['string', "select 'a'; select 'b; select 3;", 19],
  ['string', String.raw`select E'a\';`, 7],
  ['string', "select E'a'\n'b", 7],
  ['quoted name', 'select "a;', 7],
  ['dollar-quoted string', 'do $x$ begin end $X$;', 3],
  ['block comment', 'select 1; /* /* */ ;', 10],
];

for (const [what, sql, offset] of unclosed) {
  test(`a ${what} that is never closed is refused where it begins: ${sql.replaceAll('\n', ' ')}`, () => {
    assert.throws(
      () => cutStatements(sql, refuse),
      new Error(`${offset} The ${what} that begins here is not closed before the end of the file.`),
    );
  });
}

const foreign: [title: string, sql: string, offset: number][] = [
  ['a psql command', '\\set x 1\n', 0],
  ['a psql command after a statement', 'select 1 \\gset', 9],
  ['COPY with its data', "copy t (a, b) from stdin;\n1\tit's\n\\.\n", 19],
  ['COPY with options', 'COPY "from" FROM /* x */ STDIN WITH (FORMAT csv);', 25],
];

for (const [title, sql, offset] of foreign) {
  test(`${title} is refused`, () =>
    assert.throws(() => cutStatements(sql, refuse), new RegExp(`^Error: ${offset} `)));
}

test('other forms of COPY are let through', () => {
  const statements = [
    "copy t from '/tmp/x'",
    'copy t to stdout',
    'copy (select a from stdin) to stdout',
    "copy stdin from '/x'",
  ];
  assert.deepEqual(cut(statements.join(';')), statements);
});

const folders = ['migrations/example', 'migrations/gander'];

for (const folder of folders) {
  test(`${folder} is cut as PostgreSQL does`, () => {
    const files = readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.sql'));
    for (const file of files) {
      const text = readFileSync(path.join(root, folder, file), 'utf8');
      assert.deepEqual(cut(text), statementsOfPostgres(text), file);
    }
  });
}

test('statements in any order and layout are cut back into what they were', () => {
  const all = [
    ...cases.flatMap(({ statements }) => statements.map(withoutComments)),
    ...single.map(([, sql]) => sql),
  ];
  const known = all.filter((sql) => sql !== '');
  const between = [';', ' ;\n', ';;', ";\n-- it's; $$\n", '; /* "; /* ; */ */', '\n;\r\n', ';\t\f'];
  const { pick } = random(1);
  for (let round = 0; round < 500; round++) {
    const chosen = Array.from({ length: 8 }, () => pick(known));
    assert.deepEqual(cut(chosen.map((sql) => sql + pick(between)).join('')), chosen);
  }
});

test('random heaps of quotes and comments are cut as PostgreSQL does, or refused by both', () => {
  const pieces = [
    "'",
    "''",
    '"',
    '$$',
    '$a$',
    '/*',
    '*/',
    '--',
    '\n',
    ';',
    ' ',
    'a',
    'E',
    "e'",
    '\\',
    '(',
    ')',
    '1',
    'é',
    '-',
    '*',
    '/',
    '$',
    'select 1',
    'U&',
    '\r',
  ];
  const { pick, below } = random(2);
  for (let round = 0; round < 20_000; round++) {
    const sql = `select '' ${Array.from({ length: 1 + below(12) }, () => pick(pieces)).join('')}`;
    const theirs = attempt(() => statementsOfPostgres(sql));
    if (theirs !== null) assert.deepEqual(cut(sql), theirs, JSON.stringify(sql));
  }
});

test('the time to cut grows with the length only', () => {
  const size = 300_000;
  const hard = [
    "'a'".repeat(size),
    "E'a'\n".repeat(size),
    "E'' --\n".repeat(size),
    '('.repeat(size),
    '$'.repeat(size),
    'a$'.repeat(size),
    '$a'.repeat(size),
    '/*'.repeat(size) + '*/'.repeat(size),
    '-'.repeat(size),
    ';'.repeat(size),
    'create or replace '.repeat(size),
  ];
  const started = process.cpuUsage();
  for (const sql of hard) cut(sql);
  assert.ok(process.cpuUsage(started).user < 10_000_000);
});

function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}

function cut(sql: string): string[] {
  return cutStatements(sql, refuse).map(({ start, end }) => sql.slice(start, end));
}

function refuse(offset: number, message: string): never {
  throw new Error(`${offset} ${message}`);
}
