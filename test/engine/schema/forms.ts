/** A schema with one of everything, and statements of every form that changes something in it. */

/** Roles belong to the whole server: made once, and never dropped, because other tests may be at them. */
export const ROLES = `
DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(20251124);
  IF to_regrole('gander_reader') IS NULL THEN CREATE ROLE gander_reader; END IF;
  IF to_regrole('gander_owner') IS NULL THEN CREATE ROLE gander_owner; END IF;
END $$`;

export const BASE = `
CREATE SCHEMA shop;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE address AS (street text, zip varchar(10));
CREATE DOMAIN email AS text DEFAULT 'nobody' CONSTRAINT has_at CHECK (VALUE ~ '@');
CREATE TYPE span AS RANGE (subtype = date);
CREATE SEQUENCE numbers START 5 INCREMENT 2;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE FUNCTION add(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION born(y integer) RETURNS date LANGUAGE sql BEGIN ATOMIC SELECT make_date(y, 1, 1); END;
CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM pg_class WHERE false';
CREATE AGGREGATE total (integer) (SFUNC = add, STYPE = integer, INITCOND = '0');
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email email NOT NULL,
  name varchar(40) DEFAULT 'it''s',
  feels mood DEFAULT 'ok',
  lives address,
  score numeric(8, 2) CHECK (score >= 0),
  born date,
  label text GENERATED ALWAYS AS (upper(name)) STORED,
  note text COLLATE "C"
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE INDEX users_happy ON users (name) WHERE feels = 'happy';
CREATE TABLE shop.orders (
  id serial PRIMARY KEY,
  user_id bigint NOT NULL CONSTRAINT orders_user REFERENCES users ON DELETE CASCADE,
  total integer NOT NULL DEFAULT 0,
  at timestamptz NOT NULL DEFAULT now(),
  during daterange,
  CONSTRAINT orders_total CHECK (total >= 0),
  CONSTRAINT orders_at UNIQUE (user_id, at) DEFERRABLE,
  CONSTRAINT orders_during EXCLUDE USING gist (during WITH &&)
);
CREATE INDEX orders_total_at ON shop.orders (total DESC, at) INCLUDE (user_id) WITH (fillfactor = 70);
CREATE TABLE events (id bigint, at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_what ON events (what);
CREATE TABLE events_2023 (id bigint, at date NOT NULL, what text);
CREATE TABLE animals (name text);
CREATE TABLE cats (lives integer) INHERITS (animals);
CREATE TABLE plain (a integer, b text, c integer);
CREATE UNLOGGED TABLE scratch (k text PRIMARY KEY, v jsonb);
CREATE VIEW happy AS SELECT id, name, email FROM users WHERE feels = 'happy';
CREATE VIEW busy AS SELECT u.name, count(*) AS orders FROM users u JOIN shop.orders o ON o.user_id = u.id GROUP BY u.name;
CREATE VIEW upon AS SELECT name FROM happy ORDER BY name;
CREATE MATERIALIZED VIEW sums AS SELECT user_id, sum(total) AS total FROM shop.orders GROUP BY user_id;
CREATE UNIQUE INDEX sums_user ON sums (user_id);
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE keep AS ON DELETE TO plain WHERE old.a = 1 DO INSTEAD NOTHING;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users FOR SELECT TO gander_reader USING (name = current_user) ;
CREATE STATISTICS plain_ab ON a, c FROM plain;
CREATE PUBLICATION out FOR TABLE plain, animals;
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
CREATE COLLATION german (provider = libc, locale = 'C');
CREATE FUNCTION equals(a address, b address) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT a.zip = b.zip';
CREATE OPERATOR ~~~ (LEFTARG = address, RIGHTARG = address, FUNCTION = equals);
CREATE CAST (address AS text) WITH INOUT AS ASSIGNMENT;
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION on_ddl();
CREATE FOREIGN DATA WRAPPER nobody;
CREATE SERVER far FOREIGN DATA WRAPPER nobody OPTIONS (host 'db1');
CREATE FOREIGN TABLE abroad (id integer) SERVER far OPTIONS (name 'here');
COMMENT ON TABLE users IS 'Who may come in.';
COMMENT ON COLUMN users.name IS 'As said at the door.';
COMMENT ON INDEX users_happy IS 'For the front page.';
COMMENT ON CONSTRAINT orders_total ON shop.orders IS 'No debts.';
COMMENT ON FUNCTION add(integer, integer) IS 'Adds.';
COMMENT ON TYPE mood IS 'Weather.';
GRANT SELECT ON users TO gander_reader;
GRANT SELECT (id, total), UPDATE (total) ON shop.orders TO gander_reader;
GRANT USAGE ON SCHEMA shop TO gander_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO gander_reader;
`;

/** Each is one change of the schema; several statements where one makes the way for the other. */
export const FORMS: readonly string[] = [
  // schemas
  'CREATE SCHEMA more',
  'CREATE SCHEMA more CREATE TABLE t (a integer) CREATE VIEW v AS SELECT a FROM t',
  'ALTER SCHEMA shop RENAME TO store',
  'DROP SCHEMA shop CASCADE',
  'GRANT CREATE ON SCHEMA public TO gander_reader',
  'REVOKE USAGE ON SCHEMA shop FROM gander_reader',
  `COMMENT ON SCHEMA shop IS 'Things to buy.'`,
  'ALTER SCHEMA shop OWNER TO gander_owner',
  // tables
  'CREATE TABLE t (a integer)',
  'CREATE TABLE t (id bigserial PRIMARY KEY, a integer UNIQUE, b bigint REFERENCES users, CHECK (a > 1))',
  'CREATE TABLE t (LIKE users INCLUDING ALL)',
  'CREATE TABLE t AS SELECT 1 AS a',
  'CREATE TABLE t OF address',
  'CREATE UNLOGGED TABLE t (a integer) WITH (fillfactor = 50)',
  'DROP TABLE plain',
  'DROP TABLE users CASCADE',
  'ALTER TABLE plain RENAME TO simple',
  'ALTER TABLE users RENAME TO people',
  'ALTER TABLE plain SET SCHEMA shop',
  'ALTER TABLE plain OWNER TO gander_owner',
  'ALTER TABLE plain SET (fillfactor = 70, autovacuum_enabled = false)',
  'ALTER TABLE shop.orders RESET (fillfactor)',
  'ALTER TABLE events_2023 SET UNLOGGED',
  'ALTER TABLE scratch SET LOGGED',
  'ALTER TABLE plain ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE users DISABLE ROW LEVEL SECURITY',
  'ALTER TABLE users FORCE ROW LEVEL SECURITY',
  'ALTER TABLE plain REPLICA IDENTITY FULL',
  'ALTER TABLE scratch REPLICA IDENTITY USING INDEX scratch_pkey',
  'ALTER TABLE scratch CLUSTER ON scratch_pkey',
  'ALTER TABLE cats NO INHERIT animals',
  'CREATE TABLE dogs (name text); ALTER TABLE dogs INHERIT animals',
  'ALTER TABLE scratch SET (toast.autovacuum_enabled = false)',
  `COMMENT ON TABLE users IS 'Other.'`,
  'COMMENT ON TABLE users IS NULL',
  // columns
  'ALTER TABLE users ADD COLUMN phone text',
  `ALTER TABLE plain ADD COLUMN d integer NOT NULL DEFAULT 5, ADD COLUMN e timestamptz DEFAULT '2024-01-01 00:00+00'`,
  'ALTER TABLE plain ADD COLUMN id bigint GENERATED BY DEFAULT AS IDENTITY (START 100)',
  'ALTER TABLE plain ADD COLUMN f integer CHECK (f > 1) UNIQUE',
  'ALTER TABLE animals ADD COLUMN legs integer',
  'ALTER TABLE plain DROP COLUMN b',
  'ALTER TABLE users DROP COLUMN name CASCADE',
  'ALTER TABLE users RENAME COLUMN name TO called',
  'ALTER TABLE animals RENAME COLUMN name TO called',
  'ALTER TABLE plain ALTER COLUMN c TYPE bigint',
  'ALTER TABLE plain ALTER COLUMN b TYPE integer USING b::integer',
  'ALTER TABLE users ALTER COLUMN score TYPE numeric(10, 2)',
  'ALTER TABLE plain ALTER COLUMN a SET NOT NULL',
  'ALTER TABLE users ALTER COLUMN email DROP NOT NULL',
  'ALTER TABLE plain ALTER COLUMN a SET DEFAULT 7',
  'ALTER TABLE users ALTER COLUMN name DROP DEFAULT',
  'ALTER TABLE users ALTER COLUMN label DROP EXPRESSION',
  'ALTER TABLE users ALTER COLUMN id SET GENERATED BY DEFAULT',
  'ALTER TABLE users ALTER COLUMN id RESTART SET INCREMENT 10',
  'ALTER TABLE users ALTER COLUMN id DROP IDENTITY',
  'ALTER TABLE plain ALTER COLUMN a SET NOT NULL, ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY',
  'ALTER TABLE plain ALTER COLUMN a SET STATISTICS 500',
  'ALTER TABLE plain ALTER COLUMN a SET (n_distinct = 5)',
  'ALTER TABLE plain ALTER COLUMN b SET STORAGE external',
  'ALTER TABLE plain ALTER COLUMN b SET COMPRESSION pglz',
  `COMMENT ON COLUMN plain.a IS 'First.'`,
  'COMMENT ON COLUMN users.name IS NULL',
  'ALTER TABLE plain DROP COLUMN b, ADD COLUMN b text',
  // constraints
  'ALTER TABLE plain ADD PRIMARY KEY (a)',
  'ALTER TABLE plain ADD CONSTRAINT a_unique UNIQUE (a) WITH (fillfactor = 60)',
  'ALTER TABLE plain ADD CONSTRAINT a_positive CHECK (a > 0) NOT VALID',
  'ALTER TABLE plain ADD CONSTRAINT a_positive CHECK (a > 0) NOT VALID; ALTER TABLE plain VALIDATE CONSTRAINT a_positive',
  'ALTER TABLE plain ADD CONSTRAINT a_user FOREIGN KEY (a) REFERENCES users ON UPDATE CASCADE',
  'ALTER TABLE plain ADD FOREIGN KEY (a) REFERENCES users DEFERRABLE INITIALLY DEFERRED',
  'ALTER TABLE plain ADD EXCLUDE (a WITH =)',
  'CREATE UNIQUE INDEX plain_a ON plain (a); ALTER TABLE plain ADD CONSTRAINT plain_a UNIQUE USING INDEX plain_a',
  'ALTER TABLE shop.orders DROP CONSTRAINT orders_total',
  'ALTER TABLE shop.orders DROP CONSTRAINT orders_user',
  'ALTER TABLE shop.orders DROP CONSTRAINT orders_at',
  'ALTER TABLE shop.orders RENAME CONSTRAINT orders_total TO no_debts',
  'ALTER TABLE shop.orders RENAME CONSTRAINT orders_at TO once',
  'ALTER TABLE shop.orders ALTER CONSTRAINT orders_user DEFERRABLE',
  'COMMENT ON CONSTRAINT orders_total ON shop.orders IS NULL',
  'ALTER TABLE animals ADD CONSTRAINT named CHECK (name IS NOT NULL)',
  // indexes
  'CREATE INDEX plain_b ON plain (b)',
  'CREATE UNIQUE INDEX ON plain (lower(b), a DESC NULLS LAST) WHERE a > 1',
  'CREATE INDEX ON plain USING hash (b)',
  'CREATE INDEX ON shop.orders USING brin (at) WITH (pages_per_range = 16)',
  'CREATE INDEX events_at ON events (at)',
  'DROP INDEX users_happy',
  'ALTER INDEX users_happy RENAME TO users_glad',
  'ALTER INDEX shop.orders_pkey RENAME TO orders_id',
  'ALTER INDEX users_happy SET (fillfactor = 80)',
  'ALTER INDEX users_email ALTER COLUMN 1 SET STATISTICS 300',
  'COMMENT ON INDEX users_happy IS NULL',
  'CREATE INDEX what_2023 ON events_2023 (what)',
  // partitions
  `CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')`,
  `ALTER TABLE events ATTACH PARTITION events_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')`,
  'ALTER TABLE events DETACH PARTITION events_2024',
  'DROP TABLE events_2024',
  'CREATE TABLE lists (a text) PARTITION BY LIST (a)',
  'ALTER TABLE events ADD PRIMARY KEY (id, at)',
  // sequences
  'CREATE SEQUENCE counter AS smallint MAXVALUE 100 CYCLE CACHE 10',
  'ALTER SEQUENCE numbers INCREMENT 5 RESTART',
  'ALTER SEQUENCE numbers OWNED BY plain.a',
  'ALTER SEQUENCE shop.orders_id_seq OWNED BY NONE',
  'ALTER SEQUENCE numbers RENAME TO counts',
  'ALTER SEQUENCE shop.orders_id_seq RENAME TO order_numbers',
  'DROP SEQUENCE numbers',
  'GRANT USAGE ON SEQUENCE numbers TO gander_reader',
  // views
  'CREATE VIEW v AS SELECT a, b FROM plain',
  `CREATE VIEW v WITH (security_barrier) AS SELECT plain.a FROM plain WHERE plain.b = 'x' WITH CHECK OPTION`,
  'CREATE RECURSIVE VIEW v (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM v WHERE n < 10',
  `CREATE OR REPLACE VIEW happy AS SELECT id, name, email, note FROM users WHERE feels = 'happy'`,
  `CREATE OR REPLACE VIEW happy AS SELECT id, name, email FROM users WHERE feels <> 'sad'`,
  'DROP VIEW busy',
  'DROP VIEW happy CASCADE',
  `DROP VIEW busy; CREATE VIEW busy AS SELECT u.name, count(*) AS orders FROM users u JOIN shop.orders o ON o.user_id = u.id GROUP BY u.name`,
  'DROP VIEW busy; CREATE VIEW busy AS SELECT 1 AS one',
  'ALTER VIEW happy RENAME TO glad',
  'ALTER VIEW happy RENAME COLUMN name TO called',
  `ALTER VIEW happy ALTER COLUMN name SET DEFAULT 'x'`,
  'ALTER VIEW happy SET (security_barrier = true)',
  'ALTER VIEW happy SET SCHEMA shop',
  `COMMENT ON VIEW happy IS 'Those who are.'`,
  `COMMENT ON COLUMN happy.name IS 'Its name.'`,
  'CREATE MATERIALIZED VIEW m AS SELECT a FROM plain WITH NO DATA',
  'DROP MATERIALIZED VIEW sums',
  'CREATE INDEX ON sums (total)',
  'ALTER MATERIALIZED VIEW sums RENAME COLUMN total TO all_of_it',
  // functions
  'CREATE FUNCTION f(a integer, VARIADIC b text[]) RETURNS SETOF record LANGUAGE sql AS $$ SELECT 1, 2 $$',
  `CREATE OR REPLACE FUNCTION add(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT b + a'`,
  'ALTER FUNCTION add(integer, integer) RENAME TO plus',
  'ALTER FUNCTION touch() RENAME TO changed',
  `ALTER FUNCTION add(integer, integer) STABLE SET search_path = public`,
  'ALTER FUNCTION add(integer, integer) OWNER TO gander_owner',
  'DROP FUNCTION born(integer)',
  'CREATE FUNCTION add(a text) RETURNS text LANGUAGE sql AS $$ SELECT a $$',
  'REVOKE EXECUTE ON FUNCTION add(integer, integer) FROM PUBLIC',
  'COMMENT ON FUNCTION add(integer, integer) IS NULL',
  'CREATE PROCEDURE p(INOUT a integer) LANGUAGE sql AS $$ SELECT a $$',
  `CREATE OR REPLACE PROCEDURE tidy() LANGUAGE sql AS 'SELECT 1'`,
  'DROP PROCEDURE tidy()',
  'CREATE AGGREGATE most (integer) (SFUNC = int4larger, STYPE = integer, PARALLEL = safe)',
  'DROP AGGREGATE total(integer)',
  `CREATE OR REPLACE AGGREGATE total (integer) (SFUNC = add, STYPE = integer, INITCOND = '1')`,
  // triggers and rules
  'CREATE TRIGGER plain_touch BEFORE INSERT OR UPDATE OF a ON plain FOR EACH ROW WHEN (new.a > 1) EXECUTE FUNCTION touch()',
  'CREATE TRIGGER events_touch BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION touch()',
  'CREATE CONSTRAINT TRIGGER late AFTER INSERT ON plain DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch()',
  'DROP TRIGGER users_touch ON users',
  'ALTER TRIGGER users_touch ON users RENAME TO users_change',
  'ALTER TABLE users DISABLE TRIGGER users_touch',
  'ALTER TABLE users ENABLE REPLICA TRIGGER users_touch',
  `COMMENT ON TRIGGER users_touch ON users IS 'x'`,
  'CREATE RULE r AS ON INSERT TO plain DO ALSO SELECT 1',
  'DROP RULE keep ON plain',
  'ALTER RULE keep ON plain RENAME TO hold',
  'ALTER TABLE plain DISABLE RULE keep',
  // types
  `CREATE TYPE colour AS ENUM ('red', 'blue')`,
  `ALTER TYPE mood ADD VALUE 'glad' BEFORE 'happy'`,
  `ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'`,
  'ALTER TYPE mood RENAME TO weather',
  'DROP TYPE mood CASCADE',
  'CREATE TYPE point3 AS (x float8, y float8, z float8)',
  'ALTER TYPE address ADD ATTRIBUTE city text',
  'ALTER TYPE address RENAME ATTRIBUTE zip TO code',
  'ALTER TABLE users DROP COLUMN lives; ALTER TYPE address ALTER ATTRIBUTE street TYPE varchar(80)',
  'ALTER TYPE address DROP ATTRIBUTE street',
  'CREATE DOMAIN positive AS integer NOT NULL CHECK (VALUE > 0)',
  `ALTER DOMAIN email ADD CONSTRAINT short CHECK (length(VALUE) < 100)`,
  'ALTER DOMAIN email DROP CONSTRAINT has_at',
  'ALTER DOMAIN email RENAME CONSTRAINT has_at TO at',
  'ALTER DOMAIN email SET NOT NULL',
  `ALTER DOMAIN email SET DEFAULT 'a@b'`,
  'ALTER DOMAIN email DROP DEFAULT',
  'ALTER DOMAIN email RENAME TO mail',
  'CREATE TYPE times AS RANGE (subtype = time)',
  'DROP TYPE span',
  'COMMENT ON TYPE mood IS NULL',
  'GRANT USAGE ON TYPE mood TO gander_reader',
  'REVOKE USAGE ON TYPE mood FROM PUBLIC',
  // policies
  `CREATE POLICY p ON plain AS RESTRICTIVE FOR UPDATE TO gander_reader, gander_owner USING (a > 1) WITH CHECK (b <> 'x')`,
  'CREATE POLICY p ON plain',
  `ALTER POLICY own ON users USING (name = 'me')`,
  'ALTER POLICY own ON users TO PUBLIC',
  'ALTER POLICY own ON users RENAME TO mine',
  'DROP POLICY own ON users',
  // rights and owners
  'GRANT ALL ON plain TO gander_reader WITH GRANT OPTION',
  'GRANT INSERT (a) ON plain TO PUBLIC',
  'REVOKE SELECT ON users FROM gander_reader',
  'REVOKE UPDATE (total) ON shop.orders FROM gander_reader',
  'REVOKE ALL ON plain FROM current_user',
  'ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO gander_reader',
  'ALTER DEFAULT PRIVILEGES IN SCHEMA shop REVOKE SELECT ON TABLES FROM gander_reader',
  'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
  'GRANT ALL ON ALL TABLES IN SCHEMA shop TO gander_owner',
  'ALTER TABLE plain OWNER TO gander_owner; REASSIGN OWNED BY gander_owner TO gander_reader',
  // statistics, publications, event triggers
  'CREATE STATISTICS s (dependencies) ON a, b FROM plain',
  'ALTER STATISTICS plain_ab SET STATISTICS 50',
  'ALTER STATISTICS plain_ab RENAME TO ab',
  'DROP STATISTICS plain_ab',
  'CREATE PUBLICATION everything FOR ALL TABLES',
  'ALTER PUBLICATION out ADD TABLE events',
  'ALTER PUBLICATION out DROP TABLE plain',
  `ALTER PUBLICATION out SET (publish = 'insert')`,
  'ALTER PUBLICATION out RENAME TO outwards',
  'DROP PUBLICATION out',
  'CREATE EVENT TRIGGER other ON sql_drop EXECUTE FUNCTION on_ddl()',
  'ALTER EVENT TRIGGER watch DISABLE',
  'ALTER EVENT TRIGGER watch RENAME TO look',
  'DROP EVENT TRIGGER watch',
  // the rest
  'CREATE TEXT SEARCH CONFIGURATION other (COPY = english)',
  'ALTER TEXT SEARCH CONFIGURATION words DROP MAPPING FOR word',
  'ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR word WITH english_stem',
  'ALTER TEXT SEARCH CONFIGURATION words RENAME TO terms',
  'CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple, STOPWORDS = english)',
  `CREATE COLLATION french (provider = libc, locale = 'POSIX')`,
  'ALTER COLLATION german RENAME TO deutsch',
  'DROP COLLATION german',
  'DROP OPERATOR ~~~ (address, address)',
  'CREATE OPERATOR === (LEFTARG = address, RIGHTARG = address, FUNCTION = equals, COMMUTATOR = ===, HASHES)',
  'ALTER OPERATOR ~~~ (address, address) SET (RESTRICT = eqsel)',
  'DROP CAST (address AS text)',
  'CREATE OPERATOR FAMILY family USING btree',
  'CREATE OPERATOR CLASS by_value FOR TYPE integer USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer)',
  `ALTER SERVER far OPTIONS (SET host 'db2')`,
  'DROP SERVER far CASCADE',
  `ALTER FOREIGN TABLE abroad OPTIONS (SET name 'there')`,
  "ALTER FOREIGN TABLE abroad ALTER COLUMN id OPTIONS (ADD name 'number')",
  'ALTER FOREIGN DATA WRAPPER nobody RENAME TO somebody',
  // together
  'CREATE TABLE t (a integer); DROP TABLE t',
  'CREATE TABLE t (a integer); ALTER TABLE t RENAME TO u; ALTER TABLE u ADD COLUMN b text; COMMENT ON TABLE u IS $$x$$',
  `DO $$ BEGIN FOR i IN 1..5 LOOP EXECUTE format('CREATE TABLE made_%s (a integer PRIMARY KEY)', i); END LOOP; END $$`,
  `DO $$ BEGIN BEGIN CREATE TABLE t (a integer); EXCEPTION WHEN OTHERS THEN NULL; END; BEGIN DROP TABLE nobody; EXCEPTION WHEN OTHERS THEN NULL; END; END $$`,
  'SAVEPOINT one; ALTER TABLE plain ADD COLUMN x integer; SAVEPOINT two; DROP TABLE plain; ROLLBACK TO two; ALTER TABLE plain ADD COLUMN y integer; RELEASE one',
  'ALTER TABLE plain RENAME TO cats2; ALTER TABLE cats RENAME TO plain; ALTER TABLE cats2 RENAME TO cats',
  'INSERT INTO plain VALUES (1)',
  'SELECT 1',
  'ALTER ROLE gander_reader RENAME TO gander_other_reader',
  'SET LOCAL search_path = shop; CREATE TABLE t (a integer); CREATE INDEX ON t (a)',
];
