// What a statement leaves in the catalogs, read from its text alone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { effectsOf } from '../../../server/engine/sql/effects/index.ts';
import { valueOf } from '../../../server/engine/sql/literal.ts';
import { maySame, partsOf } from '../../../server/engine/sql/names.ts';

const twice = { repeatable: true };
const once = { repeatable: false };
const table = {
  about: 'relation',
  type: 'table',
  there: true,
  columns: [],
  parent: null,
  partitioned: false,
  replaces: false,
};
const on = { table: 't', column: 'a' };

function column(name: string, type: string | null, more: object = {}): object {
  return { name, type, notNull: false, value: null, generated: false, identity: false, ...more };
}

const cases: readonly [sql: string, ...effects: object[]][] = [
  ['CREATE TABLE users ()', { ...table, name: 'users', ...once }],
  [
    `CREATE TABLE IF NOT EXISTS public."Users" (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the key, the one
       "Full Name" varchar(200) NOT NULL DEFAULT 'a, b', price numeric(10, 2) CHECK (price > 0),
       PRIMARY KEY (id), CONSTRAINT named UNIQUE (price), FOREIGN KEY (a) REFERENCES b, LIKE other)`,
    {
      ...table,
      name: 'public."Users"',
      columns: [
        column('id', 'bigint', { notNull: true, identity: true }),
        column('"Full Name"', 'varchar(200)', { notNull: true, value: "'a, b'" }),
        column('price', 'numeric(10, 2)'),
      ],
      ...twice,
    },
  ],
  [
    'CREATE UNLOGGED TABLE t (a, b) AS SELECT 1, 2',
    { ...table, name: 't', columns: [column('a', null), column('b', null)], ...once },
  ],
  ['CREATE TABLE t AS SELECT 1 AS a', { ...table, name: 't', ...once }],
  ['CREATE TEMP TABLE t (a int)'],
  [
    `CREATE TABLE p PARTITION OF t FOR VALUES FROM (1) TO (2)`,
    { ...table, name: 'p', parent: 't', ...once },
    { about: 'partition', parent: 't', child: 'p', attached: true, ...once },
  ],
  [
    'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "A_n" ON ONLY public.a USING btree (n)',
    {
      about: 'index',
      name: '"A_n"',
      table: 'public.a',
      there: true,
      unique: true,
      columns: ['n'],
      partial: false,
      ...twice,
    },
  ],
  [
    'CREATE INDEX ON a (n)',
    {
      about: 'index',
      name: null,
      table: 'a',
      there: true,
      unique: false,
      columns: ['n'],
      partial: false,
      ...once,
    },
  ],
  ['CREATE OR REPLACE VIEW v AS SELECT 1', { ...table, type: 'view', name: 'v', replaces: true, ...twice }],
  [
    'CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT 1',
    { ...table, type: 'materialized view', name: 'm', ...twice },
  ],
  ['CREATE SEQUENCE s', { ...table, type: 'sequence', name: 's', ...once }],
  [
    `CREATE TYPE mood AS ENUM ('sad', 'it''s ok', E'a\\'b')`,
    { about: 'type', name: 'mood', there: true, kind: 'enum', labels: ['sad', "it's ok", "a'b"], ...once },
  ],
  [
    'CREATE TYPE pair AS (a int, b int)',
    { about: 'type', name: 'pair', there: true, kind: 'composite', labels: null, ...once },
  ],
  [
    'CREATE DOMAIN d AS text',
    { about: 'type', name: 'd', there: true, kind: 'domain', labels: null, ...once },
  ],
  [
    "CREATE OR REPLACE FUNCTION s.f(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS $body$ SELECT 1; $body$ STABLE",
    {
      about: 'function',
      name: 's.f',
      arguments: "a int, b text DEFAULT 'x'",
      there: true,
      body: ' SELECT 1; ',
      replaces: true,
      definer: false,
      volatility: 's',
      ...twice,
    },
  ],
  [
    'CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1; END',
    {
      about: 'function',
      name: 'p',
      arguments: '',
      there: true,
      body: null,
      replaces: false,
      definer: false,
      volatility: null,
      ...once,
    },
  ],
  [
    'CREATE CONSTRAINT TRIGGER g AFTER UPDATE OF a ON t EXECUTE FUNCTION f()',
    {
      about: 'attachment',
      type: 'trigger',
      name: 'g',
      table: 't',
      there: true,
      replaces: false,
      calls: 'f',
      ...once,
    },
  ],
  [
    'CREATE POLICY p ON s.t FOR SELECT USING (true)',
    {
      about: 'attachment',
      type: 'policy',
      name: 'p',
      table: 's.t',
      there: true,
      replaces: false,
      calls: null,
      ...once,
    },
  ],
  [
    'CREATE OR REPLACE RULE r AS ON INSERT TO t DO NOTHING',
    {
      about: 'attachment',
      type: 'rule',
      name: 'r',
      table: 't',
      there: true,
      replaces: true,
      calls: null,
      ...twice,
    },
  ],
  ['CREATE SCHEMA IF NOT EXISTS s', { about: 'global', type: 'schema', name: 's', there: true, ...twice }],
  ['CREATE SCHEMA AUTHORIZATION joe', { about: 'global', type: 'schema', name: 'joe', there: true, ...once }],
  [
    'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"',
    { about: 'global', type: 'extension', name: '"uuid-ossp"', there: true, ...twice },
  ],
  ['CREATE TYPE shell'],
  ['CREATE USER MAPPING FOR joe SERVER s'],
  [
    'CREATE TABLE t (a int) PARTITION BY RANGE (a)',
    { ...table, name: 't', columns: [column('a', 'int')], partitioned: true, ...once },
  ],
  [
    `CREATE INDEX i ON t USING gin (lower(a) gin_ops, (b + 1), "C" COLLATE "C" DESC) INCLUDE (d) WHERE e > 0`,
    {
      about: 'index',
      name: 'i',
      table: 't',
      there: true,
      unique: false,
      columns: [null, null, '"C"'],
      partial: true,
      ...once,
    },
  ],
  [
    `CREATE TABLE t (a int GENERATED ALWAYS AS (1) STORED, b int GENERATED BY DEFAULT AS IDENTITY, c int REFERENCES u ON DELETE SET DEFAULT DEFAULT 1 CHECK (c > 0), d text COLLATE "C" DEFAULT 'x' || 'y' NOT NULL)`,
    {
      ...table,
      name: 't',
      columns: [
        column('a', 'int', { generated: true }),
        column('b', 'int', { notNull: true, identity: true }),
        column('c', 'int', { value: '1' }),
        column('d', 'text', { notNull: true, value: "'x' || 'y'" }),
      ],
      ...once,
    },
  ],
  [
    `CREATE FUNCTION f() RETURNS int IMMUTABLE LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
    {
      about: 'function',
      name: 'f',
      arguments: '',
      there: true,
      body: 'SELECT 1',
      replaces: false,
      definer: true,
      volatility: 'i',
      ...once,
    },
  ],
  ['CREATE CAST (a AS b) WITHOUT FUNCTION'],

  [
    'ALTER TABLE IF EXISTS ONLY t ADD COLUMN IF NOT EXISTS a timestamp(3) with time zone NOT NULL DEFAULT now(), ADD b bigserial, ADD "C" int NULL',
    {
      about: 'column',
      table: 't',
      column: 'a',
      there: true,
      definition: column('a', 'timestamp(3) with time zone', { notNull: true, value: 'now()' }),
      ifThere: true,
      ...twice,
    },
    {
      about: 'column',
      table: 't',
      column: 'b',
      there: true,
      definition: column('b', 'bigint', { notNull: true }),
      ifThere: true,
      ...once,
    },
    {
      about: 'column',
      table: 't',
      column: '"C"',
      there: true,
      definition: column('"C"', 'int'),
      ifThere: true,
      ...once,
    },
  ],
  [
    'ALTER TABLE t DROP a, DROP COLUMN IF EXISTS b CASCADE, DROP CONSTRAINT c',
    { about: 'column', table: 't', column: 'a', there: false, definition: null, ...once },
    { about: 'column', table: 't', column: 'b', there: false, definition: null, ...twice },
    {
      about: 'constraint',
      table: 't',
      domain: false,
      name: 'c',
      type: null,
      columns: [],
      references: null,
      there: false,
      validated: false,
      ...once,
    },
  ],
  [
    'ALTER TABLE t ALTER a TYPE numeric(10, 2) USING (a::numeric), ALTER COLUMN a SET NOT NULL, ALTER a DROP NOT NULL',
    { about: 'column type', ...on, type: 'numeric(10, 2)', ...twice },
    { about: 'not null', ...on, on: true, ...twice },
    { about: 'not null', ...on, on: false, ...twice },
  ],
  [
    `ALTER TABLE t ALTER a SET DEFAULT coalesce(1, 2), ALTER a DROP DEFAULT, ALTER a SET STATISTICS 100`,
    { about: 'default', ...on, value: 'coalesce(1, 2)', ...twice },
    { about: 'default', ...on, value: null, ...twice },
  ],
  [
    'ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY, ALTER a DROP IDENTITY IF EXISTS',
    { about: 'identity', ...on, on: true, ...once },
    { about: 'identity', ...on, on: false, ...twice },
  ],
  [
    'ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0 AND b IS NOT NULL) NOT VALID, ADD FOREIGN KEY (a, "B") REFERENCES u (x) ON DELETE CASCADE',
    {
      about: 'constraint',
      table: 't',
      domain: false,
      name: 'c',
      type: 'c',
      columns: [],
      references: null,
      there: true,
      validated: false,
      ...once,
    },
    {
      about: 'constraint',
      table: 't',
      domain: false,
      name: null,
      type: 'f',
      columns: ['a', '"B"'],
      references: 'u',
      there: true,
      validated: true,
      ...once,
    },
  ],
  [
    'ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i',
    {
      about: 'constraint',
      table: 't',
      domain: false,
      name: 'k',
      type: 'p',
      columns: [],
      references: null,
      there: true,
      validated: true,
      ...once,
    },
  ],
  [
    'ALTER TABLE t VALIDATE CONSTRAINT c',
    { about: 'validation', table: 't', domain: false, name: 'c', ...twice },
  ],
  ['ALTER TABLE t RENAME TO u', { about: 'rename', type: 'relation', on: null, from: 't', to: 'u', ...once }],
  ['ALTER TABLE t RENAME a TO b', { about: 'rename', type: 'column', on: 't', from: 'a', to: 'b', ...once }],
  [
    'ALTER TABLE t RENAME CONSTRAINT a TO b',
    { about: 'rename', type: 'constraint', on: 't', from: 'a', to: 'b', ...once },
  ],
  [
    'ALTER TABLE t ATTACH PARTITION p DEFAULT',
    { about: 'partition', parent: 't', child: 'p', attached: true, ...once },
  ],
  [
    'ALTER TABLE t DETACH PARTITION s.p CONCURRENTLY',
    { about: 'partition', parent: 't', child: 's.p', attached: false, ...once },
  ],
  ['ALTER TABLE t OWNER TO joe', { about: 'setting', name: 't', setting: 'owner', value: 'joe', ...twice }],
  ['ALTER VIEW v SET SCHEMA s', { about: 'setting', name: 'v', setting: 'schema', value: 's', ...twice }],
  ['ALTER TABLE t SET UNLOGGED', { about: 'setting', name: 't', setting: 'logged', value: 'off', ...twice }],
  [
    'ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
    { about: 'setting', name: 't', setting: 'row security', value: 'on', ...twice },
    { about: 'setting', name: 't', setting: 'forced row security', value: 'on', ...twice },
  ],
  [
    'ALTER TABLE t DISABLE TRIGGER g',
    { about: 'trigger state', table: 't', name: 'g', state: 'D', ...twice },
  ],
  ['ALTER TABLE t DISABLE TRIGGER ALL'],
  ['ALTER INDEX i RENAME TO j', { about: 'rename', type: 'index', on: null, from: 'i', to: 'j', ...once }],
  [
    "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad' AFTER 'sad'",
    { about: 'label', type: 'mood', label: 'glad', before: null, ...twice },
  ],
  [
    "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
    { about: 'label', type: 'mood', label: 'blue', before: 'sad', ...once },
  ],
  [
    'ALTER TYPE mood RENAME TO humour',
    { about: 'rename', type: 'type', on: null, from: 'mood', to: 'humour', ...once },
  ],
  [
    'ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0) NOT VALID',
    {
      about: 'constraint',
      table: 'd',
      domain: true,
      name: 'c',
      type: 'c',
      columns: [],
      references: null,
      there: true,
      validated: false,
      ...once,
    },
  ],
  [
    'ALTER DOMAIN d VALIDATE CONSTRAINT c',
    { about: 'validation', table: 'd', domain: true, name: 'c', ...twice },
  ],
  [
    'ALTER TRIGGER a ON t RENAME TO b',
    { about: 'rename', type: 'trigger', on: 't', from: 'a', to: 'b', ...once },
  ],
  ['ALTER SCHEMA a RENAME TO b', { about: 'rename', type: 'schema', on: null, from: 'a', to: 'b', ...once }],
  ['ALTER SYSTEM SET work_mem = 1'],

  [
    'DROP TABLE IF EXISTS a, s.b CASCADE',
    { ...table, name: 'a', there: false, ...twice },
    { ...table, name: 's.b', there: false, ...twice },
  ],
  [
    'DROP INDEX CONCURRENTLY IF EXISTS i',
    {
      about: 'index',
      name: 'i',
      table: null,
      there: false,
      unique: false,
      columns: [],
      partial: false,
      ...twice,
    },
  ],
  [
    'DROP FUNCTION f(int, text), g',
    {
      about: 'function',
      name: 'f',
      arguments: 'int, text',
      there: false,
      body: null,
      replaces: false,
      definer: false,
      volatility: null,
      ...once,
    },
    {
      about: 'function',
      name: 'g',
      arguments: null,
      there: false,
      body: null,
      replaces: false,
      definer: false,
      volatility: null,
      ...once,
    },
  ],
  ['DROP TYPE mood', { about: 'type', name: 'mood', there: false, kind: null, labels: null, ...once }],
  [
    'DROP POLICY IF EXISTS p ON t',
    {
      about: 'attachment',
      type: 'policy',
      name: 'p',
      table: 't',
      there: false,
      replaces: false,
      calls: null,
      ...twice,
    },
  ],
  ['DROP SCHEMA s CASCADE', { about: 'global', type: 'schema', name: 's', there: false, ...once }],
  ['DROP OWNED BY joe'],

  [
    "COMMENT ON TABLE s.t IS 'it''s'",
    { about: 'comment', on: 'relation', name: 's.t', table: null, text: "it's", ...twice },
  ],
  [
    "COMMENT ON COLUMN t.a IS 'one'\n  ' two'",
    { about: 'comment', on: 'column', name: 't.a', table: null, text: 'one two', ...twice },
  ],
  [
    'COMMENT ON FUNCTION f(int) IS NULL',
    { about: 'comment', on: 'function', name: 'f(int)', table: null, text: null, ...twice },
  ],
  [
    "COMMENT ON CONSTRAINT c ON t IS 'x'",
    { about: 'comment', on: 'constraint', name: 'c', table: 't', text: 'x', ...twice },
  ],
  ["COMMENT ON DATABASE d IS 'x'"],

  [
    'GRANT SELECT, insert ON a, s.b TO joe, PUBLIC WITH GRANT OPTION',
    {
      about: 'grant',
      on: 'table',
      name: 'a',
      privileges: ['SELECT', 'INSERT'],
      roles: ['joe', 'PUBLIC'],
      given: true,
      ...twice,
    },
    {
      about: 'grant',
      on: 'table',
      name: 's.b',
      privileges: ['SELECT', 'INSERT'],
      roles: ['joe', 'PUBLIC'],
      given: true,
      ...twice,
    },
  ],
  [
    'REVOKE ALL PRIVILEGES ON SCHEMA s FROM joe',
    {
      about: 'grant',
      on: 'schema',
      name: 's',
      privileges: ['USAGE', 'CREATE'],
      roles: ['joe'],
      given: false,
      ...twice,
    },
  ],
  ['GRANT admin TO joe', { about: 'membership', roles: ['admin'], members: ['joe'], given: true, ...twice }],
  ['GRANT SELECT (a) ON t TO joe'],
  ['GRANT SELECT ON ALL TABLES IN SCHEMA s TO joe'],
  ['GRANT EXECUTE ON FUNCTION f(int) TO joe'],
  ['GRANT SELECT ON t TO CURRENT_USER'],
  ['REVOKE GRANT OPTION FOR SELECT ON t FROM joe'],

  ['REINDEX (VERBOSE) INDEX CONCURRENTLY i', { about: 'reindex', type: 'index', name: 'i', ...twice }],
  ['INSERT INTO t VALUES (1)'],
  ['SET search_path = s'],
  ['DO $$ BEGIN CREATE TABLE t (); END $$'],
  ['CREATE'],
  ['ALTER TABLE'],
  ['COMMENT ON'],
  ['GRANT'],
  [''],
];

describe('a statement leaves in the catalogs', () => {
  for (const [sql, ...effects] of cases) {
    test(`${sql || 'nothing'}: ${effects.length === 0 ? 'nothing that can be told' : effects.length}`, () => {
      assert.deepEqual(effectsOf(sql), effects);
    });
  }

  test('what each of several in one message does, in order', () => {
    const abouts = effectsOf('CREATE TABLE a (); INSERT INTO a DEFAULT VALUES; DROP TABLE b', 3);
    assert.deepEqual(
      abouts.map((effect) => 'there' in effect && effect.there),
      [true, false],
    );
  });
});

test('names are read as PostgreSQL reads them', () => {
  assert.deepEqual(partsOf('Public . "My ""Table"""'), ['public', 'My "Table"']);
  assert.deepEqual(partsOf('ÄRGER'), ['Ärger']);
  assert.equal(Buffer.byteLength(partsOf('ä'.repeat(40))[0]!), 62);
  assert.ok(maySame('users', 'public.Users'));
  assert.ok(!maySame('app.users', 'public.users'));
  assert.ok(!maySame('"Users"', 'users'));
});

test('strings say what they say, however they are written', () => {
  for (const [literal, value] of [
    [`'a''b\\n'`, `a'b\\n`],
    [`E'a''b\\'\\n\\x41\\101\\u00e9\\q'`, `a'b'\nAA\u00e9q`],
    ["$$a'b$$", "a'b"],
    ['$tag$ $$ $tag$', ' $$ '],
  ] as const) {
    assert.equal(valueOf(literal), value, literal);
  }
});
