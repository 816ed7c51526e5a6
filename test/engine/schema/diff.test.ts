// The difference between two schemas, without a database.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { diffSchemas } from '../../../server/engine/schema/diff/diff.ts';
import { compareLines } from '../../../server/engine/schema/diff/lines.ts';
import { type SchemaObject, textOf } from '../../../server/engine/schema/diff/object.ts';
import { hunks, toUnified } from '../../../server/engine/schema/diff/unified.ts';
import { plainView } from '../../../server/engine/schema/diff/view-text.ts';
import { toWords } from '../../../server/engine/schema/diff/words.ts';

const USERS: SchemaObject = {
  kind: 'table',
  oid: 1,
  schema: 'public',
  name: 'users',
  table: null,
  columns: [
    { number: 1, name: 'id', is: 'bigint NOT NULL' },
    { number: 2, name: 'Name', is: 'text' },
  ],
  definition: 'CREATE TABLE public.users\nOWNER TO app',
};
const INDEX: SchemaObject = {
  kind: 'index',
  oid: 2,
  schema: 'public',
  name: 'users_id',
  table: 'users',
  columns: [],
  definition: 'CREATE INDEX users_id ON public.users USING btree (id)',
};

describe('lines', () => {
  const told = (a: string, b: string): string =>
    compareLines(a, b)
      .map(({ sign, text }) => sign + text)
      .join('|');

  test('are kept where they are in both, in the order of both', () => {
    assert.equal(told('a\nb\nc', 'a\nc'), ' a|-b| c');
    assert.equal(told('a\nc', 'a\nb\nc'), ' a|+b| c');
    assert.equal(told('a\nb\nc\nd', 'b\nx\nd'), '-a| b|-c|+x| d');
    assert.equal(told('', 'a'), '+a');
    assert.equal(told('a', ''), '-a');
    assert.equal(told('a\na\nb', 'a\nb\na'), ' a|-a| b|+a');
  });

  test('of any two texts give both back again', () => {
    const random = (seed: number): string =>
      Array.from({ length: seed % 9 }, (_, at) => 'abc'[(seed * (at + 7)) % 3]).join('\n');
    for (let seed = 0; seed < 400; seed++) {
      const [a, b] = [random(seed), random(seed * 31 + 5)];
      const lines = compareLines(a, b);
      const side = (without: string): string =>
        lines
          .filter(({ sign }) => sign !== without)
          .map(({ text }) => text)
          .join('\n');
      assert.deepEqual([side('+'), side('-')], [a, b]);
    }
  });

  test('that are very many and all different do not take for ever', () => {
    const [a, b] = ['a', 'b'].map((letter) =>
      Array.from({ length: 100_000 }, (_, at) => letter + at).join('\n'),
    );
    const started = performance.now();
    assert.equal(compareLines(a!, b!).length, 200_000);
    assert.ok(performance.now() - started < 2_000);
  });
});

describe('a difference', () => {
  test('of nothing is none', () => {
    assert.deepEqual(diffSchemas([USERS, INDEX], [INDEX, { ...USERS }], 'same database'), []);
    assert.equal(toUnified([]), '');
    assert.deepEqual(toWords([]), []);
  });

  test('as a text is what diff -u writes', () => {
    const phone = { number: 3, name: 'phone', is: 'text' };
    const after = { ...USERS, columns: [...USERS.columns, phone] };
    assert.equal(
      toUnified(diffSchemas([USERS, INDEX], [after], 'same database')),
      `--- table public.users
+++ table public.users
@@ -1,5 +1,6 @@
 CREATE TABLE public.users (
   id bigint NOT NULL
   "Name" text
+  phone text
 )
 OWNER TO app

--- index users_id on public.users
+++ /dev/null
@@ -1,1 +0,0 @@
-CREATE INDEX users_id ON public.users USING btree (id)`,
    );
  });

  test('leaves out lines that are far from any change, and counts on', () => {
    const many = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
    const changed = many.with(4, 'five').with(24, 'twenty-five');
    const found = hunks(compareLines(many.join('\n'), changed.join('\n')));
    assert.deepEqual(
      found.map(({ before, after, lines }) => [before, after, lines.length]),
      [
        [2, 2, 8],
        [22, 22, 8],
      ],
    );
  });

  test('knows a new name by the OID within a database, and by nothing between two', () => {
    const people = { ...USERS, name: 'people', definition: 'CREATE TABLE public.people\nOWNER TO app' };
    const moved = {
      ...INDEX,
      table: 'people',
      definition: INDEX.definition.replace('users USING', 'people USING'),
    };
    const within = diffSchemas([USERS, INDEX], [people, moved], 'same database');
    assert.deepEqual(
      within.map(({ change, follows }) => [change, follows]),
      [
        ['renamed', false],
        ['changed', true],
      ],
    );
    assert.deepEqual(toWords(within), ['renames table users to people']);
    const between = diffSchemas([USERS, INDEX], [people, moved], 'other database');
    assert.deepEqual(between.map(({ change }) => change).toSorted(), [
      'added',
      'added',
      'removed',
      'removed',
    ]);
  });

  test('of what was dropped and made anew is a change of it, whatever its OID', () => {
    const anew = { ...INDEX, oid: 9, definition: INDEX.definition.replace('btree', 'hash') };
    assert.deepEqual(toWords(diffSchemas([INDEX], [anew], 'same database')), [
      'changes index users_id on users',
    ]);
    assert.deepEqual(diffSchemas([INDEX], [{ ...INDEX, oid: 9 }], 'same database'), []);
  });

  test('says what of a table is different', () => {
    const after: SchemaObject = {
      ...USERS,
      columns: [
        { number: 1, name: 'id', is: 'integer NOT NULL' },
        { number: 2, name: 'called', is: 'text' },
        { number: 4, name: 'age', is: 'integer' },
      ],
      definition: 'CREATE UNLOGGED TABLE public.users\nOWNER TO boss\nGRANT SELECT TO reader',
    };
    assert.deepEqual(toWords(diffSchemas([USERS], [after], 'same database')), [
      'changes column id of users from bigint NOT NULL to integer NOT NULL',
      'renames column Name of users to called',
      'adds column age integer to users',
      'changes the owner of table users',
      'changes the rights of table users',
    ]);
  });

  test('of a table that came or went as a whole is told in one', () => {
    assert.deepEqual(toWords(diffSchemas([], [USERS, INDEX], 'same database')), [
      'creates table users (2 columns, 1 index)',
    ]);
    assert.deepEqual(toWords(diffSchemas([USERS, INDEX], [], 'same database')), [
      'drops table users (2 columns, 1 index)',
    ]);
  });

  test('has objects outside public with their schema, and keeps a hostile name as it is', () => {
    const odd = { ...USERS, schema: 'shop', name: '<b>"x"</b>', definition: 'CREATE TABLE' };
    assert.deepEqual(toWords(diffSchemas([], [odd], 'same database')), [
      'creates table shop.<b>"x"</b> (2 columns)',
    ]);
    assert.match(textOf(odd), /^CREATE TABLE \(\n {2}id bigint/);
  });
});

test('a view of one relation is written without its name, as PostgreSQL 16 does', () => {
  const plain = (sql: string): string => plainView(`CREATE VIEW v\nAS\n${sql}\nOWNER TO a.b`);
  const same = (sql: string): void => assert.equal(plain(sql), `CREATE VIEW v\nAS\n${sql}\nOWNER TO a.b`);
  assert.equal(
    plain(` SELECT users.id,\n    users.name AS "users.x"\n   FROM public.users\n  WHERE (users.id > 1);`),
    `CREATE VIEW v\nAS\n SELECT id,\n    name AS "users.x"\n   FROM public.users\n  WHERE (id > 1);\nOWNER TO a.b`,
  );
  same(` SELECT u.id\n   FROM (public.users u\n     JOIN public.orders o ON ((o.id = u.id)));`);
  same(` SELECT users.id\n   FROM public.users\nUNION\n SELECT orders.id\n   FROM public.orders;`);
  same(
    ` SELECT id\n   FROM public.users\n  WHERE (EXISTS ( SELECT\n           FROM public.orders\n          WHERE (orders.id = users.id)));`,
  );
});
