// Each rule: what it says something of, and what it lets pass. The tables stand in a file before, unless it says otherwise.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rules } from '../../../server/engine/advice/rules/index.ts';
import { goose, gooseWithoutTransaction } from '../../support/migrations.ts';
import { adviceOn, adviceOnUp, rulesOf } from './reading.ts';

const BEFORE = `CREATE TABLE users (id bigint PRIMARY KEY, email varchar(100), age int, at timestamptz,
  CONSTRAINT email_there CHECK (email IS NOT NULL), name text NOT NULL);
CREATE INDEX users_email ON users (email);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total numeric(10, 2));
CREATE TABLE parts (at date) PARTITION BY RANGE (at);
CREATE VIEW active AS SELECT 1;
CREATE TYPE mood AS ENUM ('sad');`;

interface Case {
  /** Ups of which something is said. */
  readonly found: readonly string[];
  /** Ups of which nothing is said by this rule. */
  readonly silent: readonly string[];
}

const outside = (up: string): string => gooseWithoutTransaction(up, 'SELECT f();');

const CASES: Readonly<Record<string, Case>> = {
  'index-not-concurrently': {
    found: [
      'CREATE INDEX i ON users (age);',
      'CREATE UNIQUE INDEX ON public.users (email);',
      outside('CREATE INDEX i ON users (age);'),
      'ALTER TABLE users RENAME TO people; CREATE INDEX i ON people (age);',
    ],
    silent: [
      outside('CREATE INDEX CONCURRENTLY i ON users (age);'),
      'CREATE TABLE fresh (a int); CREATE INDEX i ON fresh (a);',
      'CREATE MATERIALIZED VIEW fresh AS SELECT 1 AS a; CREATE INDEX i ON fresh (a);',
      'DELETE FROM users; CREATE INDEX i ON users (age);',
    ],
  },
  'drop-index-not-concurrently': {
    found: ['DROP INDEX users_email;', 'DROP INDEX IF EXISTS public.users_email;'],
    silent: [
      outside('DROP INDEX CONCURRENTLY users_email;'),
      'CREATE TABLE fresh (a int); CREATE INDEX i ON fresh (a); DROP INDEX i;',
      'DROP INDEX users_email; CREATE INDEX users_email ON users (email, age);',
      'DROP INDEX users_email; DROP TABLE users;',
    ],
  },
  'reindex-not-concurrently': {
    found: ['REINDEX INDEX users_email;', 'REINDEX TABLE users;'],
    silent: [
      outside('REINDEX INDEX CONCURRENTLY users_email;'),
      'CREATE TABLE fresh (a int); REINDEX TABLE fresh;',
    ],
  },
  'concurrently-in-transaction': {
    found: [
      outside('BEGIN;\nCREATE INDEX CONCURRENTLY i ON users (age);\nCOMMIT;'),
      outside('BEGIN;\nDROP INDEX CONCURRENTLY users_email;\nCOMMIT;'),
    ],
    silent: [
      outside('CREATE INDEX CONCURRENTLY i ON users (age);'),
      outside('BEGIN;\nSELECT 1;\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON users (age);'),
    ],
  },
  'column-type-rewrite': {
    found: [
      'ALTER TABLE users ALTER COLUMN age TYPE bigint;',
      'ALTER TABLE users ALTER age TYPE text;',
      'ALTER TABLE users ALTER email TYPE varchar(50);',
      'ALTER TABLE users ALTER email TYPE text USING lower(email);',
      'ALTER TABLE users ALTER at TYPE timestamp;',
      'ALTER TABLE orders ALTER total TYPE numeric(12, 4);',
      'ALTER TABLE elsewhere ALTER a TYPE bigint;',
    ],
    silent: [
      'ALTER TABLE users ALTER email TYPE varchar(200);',
      'ALTER TABLE users ALTER email TYPE text;',
      'ALTER TABLE users ALTER email TYPE text USING email::text;',
      'ALTER TABLE users ALTER age TYPE integer;',
      'ALTER TABLE orders ALTER total TYPE numeric(12, 2);',
      'ALTER TABLE orders ALTER total TYPE numeric;',
      'ALTER TABLE elsewhere ALTER a TYPE text;',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ALTER a TYPE bigint;',
    ],
  },
  'add-column-rewrite': {
    found: [
      'ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();',
      'ALTER TABLE users ADD COLUMN token text DEFAULT md5(random()::text);',
      'ALTER TABLE users ADD COLUMN number bigserial;',
      'ALTER TABLE users ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;',
      'ALTER TABLE users ADD COLUMN lower text GENERATED ALWAYS AS (lower(email)) STORED;',
    ],
    silent: [
      'ALTER TABLE users ADD COLUMN made timestamptz NOT NULL DEFAULT now();',
      "ALTER TABLE users ADD COLUMN state text DEFAULT 'new';",
      'ALTER TABLE users ADD COLUMN lower text GENERATED ALWAYS AS (lower(email)) VIRTUAL;',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ADD COLUMN b bigserial;',
    ],
  },
  'add-column-required': {
    found: ['ALTER TABLE users ADD COLUMN city text NOT NULL;'],
    silent: [
      "ALTER TABLE users ADD COLUMN city text NOT NULL DEFAULT '';",
      'ALTER TABLE users ADD COLUMN city text;',
      'ALTER TABLE users ADD COLUMN number bigserial NOT NULL;',
      'TRUNCATE users; ALTER TABLE users ADD COLUMN city text NOT NULL;',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ADD COLUMN b int NOT NULL;',
    ],
  },
  'table-rewrite': {
    found: [
      'ALTER TABLE users SET UNLOGGED;',
      'ALTER TABLE users SET TABLESPACE fast;',
      outside('VACUUM FULL users;'),
      outside('VACUUM (FULL) users;'),
      'CLUSTER users USING users_email;',
    ],
    silent: [
      outside('VACUUM users;'),
      outside('VACUUM (FULL false) users;'),
      'ALTER TABLE users SET (fillfactor = 90);',
    ],
  },
  'not-null-scan': {
    found: [
      'ALTER TABLE users ALTER COLUMN age SET NOT NULL;',
      'ALTER TABLE users ADD CONSTRAINT n NOT NULL age;',
    ],
    silent: [
      'ALTER TABLE users ALTER COLUMN email SET NOT NULL;',
      'ALTER TABLE users ALTER COLUMN id SET NOT NULL;',
      'ALTER TABLE users ALTER COLUMN name SET NOT NULL;',
      'ALTER TABLE users ALTER COLUMN age DROP NOT NULL;',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ALTER a SET NOT NULL;',
    ],
  },
  'check-scan': {
    found: [
      'ALTER TABLE users ADD CONSTRAINT grown CHECK (age >= 18);',
      'ALTER TABLE users ADD COLUMN height int CHECK (height > 0);',
    ],
    silent: [
      'ALTER TABLE users ADD CONSTRAINT grown CHECK (age >= 18) NOT VALID;',
      'ALTER TABLE users ADD CONSTRAINT grown CHECK (age >= 18) NOT ENFORCED;',
      'CREATE TABLE fresh (a int CHECK (a > 0));',
    ],
  },
  'foreign-key-scan': {
    found: [
      'ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id);',
      'ALTER TABLE orders ADD COLUMN seller bigint DEFAULT 1 REFERENCES users;',
    ],
    silent: [
      'ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;',
      'ALTER TABLE orders ADD COLUMN seller bigint REFERENCES users;',
      'CREATE TABLE fresh (user_id bigint REFERENCES users);',
      'CREATE TABLE fresh (a bigint); ALTER TABLE fresh ADD FOREIGN KEY (a) REFERENCES users;',
    ],
  },
  'key-not-using-index': {
    found: [
      'ALTER TABLE users ADD CONSTRAINT one_email UNIQUE (email);',
      'ALTER TABLE parts ADD PRIMARY KEY (at);',
      'ALTER TABLE users ADD COLUMN code text UNIQUE;',
      'ALTER TABLE users ADD CONSTRAINT x EXCLUDE USING gist (age WITH =);',
    ],
    silent: [
      'ALTER TABLE users ADD CONSTRAINT one_email UNIQUE USING INDEX i;',
      'CREATE TABLE fresh (a int UNIQUE); ALTER TABLE fresh ADD PRIMARY KEY (a);',
    ],
  },
  'validate-in-same-transaction': {
    found: [
      'ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\nALTER TABLE users VALIDATE CONSTRAINT c;',
      outside(
        'BEGIN;\nALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\nALTER TABLE users VALIDATE CONSTRAINT c;\nCOMMIT;',
      ),
    ],
    silent: [
      'ALTER TABLE users VALIDATE CONSTRAINT c;',
      outside(
        'ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\nALTER TABLE users VALIDATE CONSTRAINT c;',
      ),
    ],
  },
  'attach-partition-scan': {
    found: ["ALTER TABLE parts ATTACH PARTITION orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');"],
    silent: [
      "CREATE TABLE fresh (at date); ALTER TABLE parts ATTACH PARTITION fresh FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
      "ALTER TABLE parts ATTACH PARTITION users FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
    ],
  },
  'detach-partition-not-concurrently': {
    found: ['ALTER TABLE parts DETACH PARTITION parts_1;'],
    silent: [outside('ALTER TABLE parts DETACH PARTITION parts_1 CONCURRENTLY;')],
  },
  'refresh-not-concurrently': {
    found: ['REFRESH MATERIALIZED VIEW totals;'],
    silent: [
      'REFRESH MATERIALIZED VIEW CONCURRENTLY totals;',
      'CREATE MATERIALIZED VIEW v AS SELECT 1; REFRESH MATERIALIZED VIEW v;',
    ],
  },
  'lock-then-change': {
    found: [
      'ALTER TABLE users ADD COLUMN a int;\nUPDATE users SET a = age WHERE age > 3;',
      'ALTER TABLE users ADD COLUMN a int;\nUPDATE orders SET total = 0;',
      'ALTER TABLE users ADD COLUMN a int;\nCREATE TABLE fresh (a int);\nINSERT INTO fresh SELECT age FROM users;',
      'DROP TABLE orders;\nDELETE FROM users WHERE age IS NULL;',
    ],
    silent: [
      'ALTER TABLE users ADD COLUMN a int;\nINSERT INTO users (id) VALUES (1);',
      'UPDATE users SET age = 1 WHERE id = 1;\nALTER TABLE users ADD COLUMN a int;',
      outside('ALTER TABLE users ADD COLUMN a int;\nUPDATE users SET a = age WHERE age > 3;'),
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ADD COLUMN b int; UPDATE users SET age = 1 WHERE id = 1;',
      'CREATE INDEX i ON users (age);\nUPDATE users SET age = 1 WHERE id = 1;',
    ],
  },
  'no-lock-timeout': {
    found: [
      'SET lock_timeout = 0;',
      "SET LOCAL lock_timeout TO '0';",
      `-- +gander LOCK TIMEOUT 0\n${goose('SELECT 1;', 'SELECT f();')}`,
    ],
    silent: ["SET lock_timeout = '5s';", `-- +gander LOCK TIMEOUT 3s\n${goose('SELECT 1;', 'SELECT f();')}`],
  },
  'drop-table': {
    found: ['DROP TABLE users;', 'DROP TABLE IF EXISTS users, orders;', 'DROP SCHEMA shop;'],
    silent: [
      'DROP TABLE IF EXISTS elsewhere;',
      'CREATE TABLE fresh (a int); DROP TABLE fresh;',
      'DROP TABLE users; CREATE TABLE users (id bigint);',
      'ALTER TABLE users RENAME TO users_old; CREATE TABLE users (id bigint); DROP TABLE users_old;',
      'DROP TYPE mood;',
    ],
  },
  'drop-column': {
    found: ['ALTER TABLE users DROP COLUMN age;', 'ALTER TABLE users DROP COLUMN IF EXISTS age, DROP email;'],
    silent: [
      'CREATE TABLE fresh (a int, b int); ALTER TABLE fresh DROP COLUMN b;',
      'ALTER TABLE users DROP CONSTRAINT email_there;',
    ],
  },
  'drop-view': {
    found: ['DROP VIEW active;', 'DROP MATERIALIZED VIEW totals;'],
    silent: ['DROP VIEW active; CREATE VIEW active AS SELECT 2;', 'DROP VIEW IF EXISTS elsewhere;'],
  },
  rename: {
    found: [
      'ALTER TABLE users RENAME COLUMN age TO years;',
      'ALTER TABLE users RENAME TO people;',
      'ALTER VIEW active RENAME TO present;',
      'ALTER TABLE users SET SCHEMA shop;',
    ],
    silent: [
      'ALTER TABLE users RENAME TO users_old; CREATE TABLE users (id bigint);',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh RENAME TO f; ALTER TABLE f RENAME a TO b;',
      'ALTER INDEX users_email RENAME TO i;',
      'ALTER TABLE users RENAME CONSTRAINT email_there TO c;',
      'ALTER TABLE users RENAME TO old; CREATE VIEW users AS SELECT * FROM old;',
    ],
  },
  truncate: {
    found: ['TRUNCATE users;', 'TRUNCATE TABLE users, orders;'],
    silent: ['CREATE TABLE fresh (a int); TRUNCATE fresh;'],
  },
  'change-all-rows': {
    found: [
      'UPDATE users SET age = 1;',
      'DELETE FROM users;',
      'DELETE FROM users WHERE true;',
      'WITH gone AS (DELETE FROM users) SELECT 1;',
    ],
    silent: [
      'UPDATE users SET age = 1 WHERE id = 1;',
      'UPDATE users SET age = 1 FROM orders WHERE user_id = users.id;',
      'DELETE FROM users USING orders WHERE user_id = users.id;',
      'CREATE TABLE fresh (a int); UPDATE fresh SET a = 1;',
    ],
  },
  cascade: {
    found: [
      'DROP TABLE users CASCADE;',
      'DROP TYPE mood CASCADE;',
      'ALTER TABLE users DROP COLUMN age CASCADE;',
      'TRUNCATE users CASCADE;',
    ],
    silent: [
      'DROP TABLE users;',
      'DROP TABLE IF EXISTS elsewhere CASCADE;',
      'CREATE TABLE fresh (a int); DROP TABLE fresh CASCADE;',
    ],
  },
  'index-if-not-exists': {
    found: [outside('CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users (age);')],
    silent: [
      outside('CREATE INDEX CONCURRENTLY i ON users (age);'),
      'CREATE INDEX IF NOT EXISTS i ON users (age);',
    ],
  },
  'enum-value-too-early': {
    found: [
      "ALTER TYPE mood ADD VALUE 'calm';\nINSERT INTO moods VALUES ('calm');",
      "ALTER TYPE mood ADD VALUE 'calm';\nALTER TABLE users ADD COLUMN mood mood DEFAULT 'calm';",
      "ALTER TYPE mood ADD VALUE 'calm';\nDO $$ BEGIN UPDATE users SET mood = 'calm'; END $$;",
    ],
    silent: [
      "ALTER TYPE mood ADD VALUE 'calm';\nINSERT INTO moods VALUES ('sad');",
      "ALTER TYPE mood ADD VALUE 'calm';\nALTER TYPE mood ADD VALUE 'glad' AFTER 'calm';",
      outside("ALTER TYPE mood ADD VALUE 'calm';\nINSERT INTO moods VALUES ('calm');"),
      "CREATE TYPE m AS ENUM (); ALTER TYPE m ADD VALUE 'calm'; INSERT INTO moods VALUES ('calm');",
    ],
  },
  'int-key': {
    found: [
      'CREATE TABLE t (id serial PRIMARY KEY);',
      'CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY);',
      'ALTER TABLE users ADD COLUMN n serial;',
    ],
    silent: [
      'CREATE TABLE t (id bigserial PRIMARY KEY);',
      'CREATE TABLE t (id int PRIMARY KEY, n int);',
      'CREATE TABLE t (id smallserial);',
    ],
  },
  'json-type': {
    found: [
      'CREATE TABLE t (a json);',
      'ALTER TABLE users ADD COLUMN a json;',
      'ALTER TABLE users ALTER age TYPE json USING null;',
    ],
    silent: ['CREATE TABLE t (a jsonb, json text);'],
  },
  'timestamp-type': {
    found: [
      'CREATE TABLE t (a timestamp, b timestamp(3) without time zone);',
      'ALTER TABLE users ADD COLUMN a timestamp;',
    ],
    silent: ['CREATE TABLE t (a timestamptz, b timestamp with time zone, c date);'],
  },
  'char-type': {
    found: ['CREATE TABLE t (a char(3));', 'CREATE TABLE t (a character(3));'],
    silent: ['CREATE TABLE t (a varchar(3), b "char", c text);'],
  },
  'grant-to-public': {
    found: [
      'GRANT SELECT ON users TO PUBLIC;',
      'GRANT ALL ON ALL TABLES IN SCHEMA app TO PUBLIC;',
      'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;',
    ],
    silent: ['GRANT SELECT ON users TO reader;', 'REVOKE ALL ON users FROM PUBLIC;'],
  },
  'security-definer-path': {
    found: ["CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"],
    silent: [
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS 'SELECT 1';",
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ],
  },
  'no-down': {
    found: ['-- +goose Up\nCREATE TABLE t (a int);\n'],
    silent: ['CREATE TABLE t (a int);', '-- +goose Up\n'],
  },
  'down-leaves': {
    found: [
      goose('CREATE TABLE a (b int);\nCREATE TABLE c (d int);', 'DROP TABLE a;'),
      goose('ALTER TABLE users ADD COLUMN a int;', 'ALTER TABLE users DROP COLUMN age;'),
      goose('CREATE INDEX i ON users (age);', "SELECT 'down SQL query';"),
      goose('ALTER TABLE users RENAME COLUMN age TO years;', 'ALTER TABLE users DROP COLUMN city;'),
      goose(
        'CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1;\nCREATE TYPE t AS ENUM ();',
        'DROP TYPE t;',
      ),
    ],
    silent: [
      goose(
        'CREATE TABLE a (b int);\nCREATE INDEX i ON a (b);\nALTER TABLE a ADD COLUMN c int;',
        'DROP TABLE a;',
      ),
      goose(
        'ALTER TABLE users ADD COLUMN a int;\nCREATE INDEX i ON users (a);',
        'ALTER TABLE users DROP COLUMN a;',
      ),
      goose('CREATE SCHEMA s;\nCREATE TABLE s.a (b int);', 'DROP SCHEMA s CASCADE;'),
      goose('CREATE TABLE new (a int);\nDROP TABLE old;\nALTER TABLE new RENAME TO old;', 'DROP TABLE old;'),
      goose(
        'CREATE TABLE a (b int) PARTITION BY RANGE (b);\nCREATE TABLE a1 PARTITION OF a FOR VALUES FROM (1) TO (2);',
        'DROP TABLE a;',
      ),
      goose('CREATE TABLE a (b int);', "DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$;"),
      goose('CREATE OR REPLACE VIEW v AS SELECT 1;\nCREATE EXTENSION IF NOT EXISTS citext;', 'SELECT 1;'),
      goose('ALTER TABLE users RENAME COLUMN age TO years;', 'ALTER TABLE users RENAME COLUMN years TO age;'),
    ],
  },
  'goose-differs': {
    found: [goose('CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\nSELECT 1;\n$$;', 'SELECT f();')],
    silent: ['CREATE TABLE t (a int);'],
  },
  'hidden-statements': {
    found: ['DO $$ BEGIN NULL; END $$;', 'CALL p();'],
    silent: ['SELECT f();'],
  },
  'not-analysed': {
    found: ['ALTER TABLE users FROBNICATE;'],
    silent: ['ALTER TABLE users ADD COLUMN a int;', 'SELECT 1;'],
  },
  allow: {
    found: [
      `-- +gander ALLOW drop-table\n${goose('DROP TABLE users;', 'SELECT f();')}`,
      `-- +gander ALLOW drop-tables: nobody reads it\n${goose('DROP TABLE users;', 'SELECT f();')}`,
      `-- +gander ALLOW\n${goose('DROP TABLE users;', 'SELECT f();')}`,
    ],
    silent: [`-- +gander ALLOW drop-table: nobody reads it\n${goose('DROP TABLE users;', 'SELECT f();')}`],
  },
};

for (const [rule, { found, silent }] of Object.entries(CASES)) {
  describe(rule, () => {
    for (const up of found) {
      test(`is said of ${up.replaceAll('\n', ' ')}`, () => {
        const rulesFound = rulesOf(adviceOnUp(BEFORE, up)).split(' ');
        assert.ok(rulesFound.includes(rule), rulesFound.join(' ') || 'nothing was said');
      });
    }
    for (const up of silent) {
      test(`is not said of ${up.replaceAll('\n', ' ')}`, () => {
        const rulesFound = rulesOf(adviceOnUp(BEFORE, up)).split(' ');
        assert.ok(!rulesFound.includes(rule), rulesFound.join(' '));
      });
    }
  });
}

test('every rule is tried, and says everything that a finding needs', () => {
  const tried = new Set([...Object.keys(CASES), 'invalid-file']);
  assert.deepEqual(
    rules.map(({ name }) => name).filter((name) => !tried.has(name)),
    [],
  );
  for (const { name, finds, docs } of rules) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/);
    assert.match(finds, /[^.]$/);
    assert.match(docs ?? 'sql-x.html', /^[a-z-]+\.html(#[A-Z0-9-]+)?$/);
  }
});

test('a file by itself, without anything remarkable, gets no advice', () => {
  const good = goose(
    `CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON users (at);
ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();
INSERT INTO users (email) VALUES ('a@b.c');
UPDATE users SET email = lower(email);`,
    'DROP TABLE users;',
  );
  assert.equal(rulesOf(adviceOn([good])), '');
});
