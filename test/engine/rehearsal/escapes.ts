/** A text that tries to make something last, and whether it is refused or harmless. */
interface Escape {
  readonly sql: string;
  readonly ends: 'refused' | 'undone';
}

/** In its own statement, after a harmless one, within comments, hidden in strange letters … */
const CONTROL = [
  'COMMIT',
  'commit work',
  'COMMIT TRANSACTION',
  'COMMIT AND CHAIN',
  'COMMIT AND NO CHAIN',
  'END',
  'END TRANSACTION AND CHAIN',
  'ROLLBACK',
  'ABORT',
  'ROLLBACK AND CHAIN',
  'BEGIN',
  'START TRANSACTION',
  'BEGIN ISOLATION LEVEL SERIALIZABLE',
  `PREPARE TRANSACTION 'escaped'`,
  `COMMIT PREPARED 'escaped'`,
  'SAVEPOINT gander_step',
  'RELEASE gander_step',
  'ROLLBACK TO gander_step',
  'ROLLBACK TO SAVEPOINT gander_aside',
  'RELEASE SAVEPOINT gander_step; COMMIT',
  'CREATE TABLE more (id integer); COMMIT',
  'COMMIT; CREATE TABLE more (id integer)',
  'COMMIT; BEGIN',
  'COMMIT; COMMIT; COMMIT',
  ';;; COMMIT ;;;',
  '/* a /* nested */ comment */ COMMIT -- and its end',
  '-- a comment\nCOMMIT',
  'CO\u{4d}MIT /* written by its number */',
  '\t\n\f\rCOMMIT',
  `SELECT 'a''; COMMIT; --'; COMMIT`,
  `SELECT $a$ ; COMMIT; $b$ $a$; COMMIT`,
  '$gander$; COMMIT; DO $gander$ BEGIN END',
  `' ; COMMIT; SELECT '`,
  `END $gander$; COMMIT; DO LANGUAGE plpgsql $gander$ BEGIN`,
  '\\; COMMIT',
  '\u{ff23}\u{ff2f}\u{ff2d}\u{ff2d}\u{ff29}\u{ff34}; COMMIT',
  '\u{feff}COMMIT',
  'SELECT 1; \u{a0}COMMIT',
  `SET standard_conforming_strings = off; SELECT 'a\\'; COMMIT; --'`,
  `SELECT U&'\\0043OMMIT'; COMMIT`,
];

const CALLED = [
  'CALL commits()',
  'CALL rolls_back()',
  'CALL calls()',
  'CALL chains()',
  'DO $$ BEGIN COMMIT; END $$',
  'DO $$ BEGIN ROLLBACK; END $$',
  `DO $$ BEGIN EXECUTE 'COMMIT'; END $$`,
  'DO $$ BEGIN CALL commits(); END $$',
  `DO $a$ BEGIN EXECUTE 'DO $b$ BEGIN COMMIT; END $b$'; END $a$`,
  `DO $a$ BEGIN DO $b$ BEGIN CALL calls(); END $b$; END $a$`,
  'DO $$ BEGIN BEGIN COMMIT; END; END $$',
  `SELECT executes('COMMIT')`,
  `SELECT executes('CALL commits()')`,
  `SELECT executes($a$SELECT executes('COMMIT')$a$)`,
  `SELECT executes(current_setting('gander.rehearsed'))`,
  `SELECT executes('VACUUM kept')`,
  'INSERT INTO watched VALUES (1)',
  'CREATE FUNCTION now_commit() RETURNS void LANGUAGE sql AS $$ COMMIT $$; SELECT now_commit()',
  `CREATE PROCEDURE own() LANGUAGE sql AS 'COMMIT'; CALL own()`,
  `PREPARE p AS SELECT executes('COMMIT'); EXECUTE p`,
  `WITH a AS (SELECT executes('COMMIT')) SELECT * FROM a`,
  `EXPLAIN ANALYZE SELECT executes('COMMIT')`,
];

const ALONE = [
  'VACUUM kept',
  'CREATE INDEX CONCURRENTLY kept_note ON kept (note)',
  'DROP INDEX CONCURRENTLY kept_pkey',
  'REINDEX TABLE CONCURRENTLY kept',
  'CREATE DATABASE gander_escaped',
  'DROP DATABASE template1',
  `CREATE TABLESPACE escaped LOCATION '/tmp'`,
  `ALTER SYSTEM SET work_mem = '1MB'`,
  'DISCARD ALL',
  'CLUSTER',
  'COPY kept FROM STDIN',
  'COPY kept TO STDOUT',
];

/** What is let be done, and undone: none of it may last, or take away what keeps the rest from lasting. */
const UNDONE = [
  `SET gander.rehearsed = 'COMMIT'`,
  `SELECT set_config('gander.rehearsed', 'COMMIT', false)`,
  'RESET ALL',
  'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET transaction_read_only = off',
  `SET lock_timeout = 0; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0`,
  'SELECT pg_advisory_unlock_all()',
  'SELECT pg_advisory_lock(42)',
  `DO $$ BEGIN BEGIN COMMIT; EXCEPTION WHEN OTHERS THEN NULL; END; END $$`,
  `SELECT swallows('COMMIT')`,
  `SELECT swallows('ROLLBACK'); SELECT swallows('CALL commits()')`,
  `SELECT swallows('SELECT 1 / 0'); INSERT INTO kept VALUES (4)`,
  `CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'COMMIT' $$;
   CREATE FUNCTION public.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'COMMIT' $$;
   CREATE FUNCTION public.pg_current_xact_id() RETURNS xid8 LANGUAGE sql AS $$ SELECT '1'::xid8 $$;
   SET search_path = public, pg_catalog`,
  `CREATE FUNCTION public.never(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
   CREATE OPERATOR public.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = public.never); SET search_path = public, pg_catalog`,
  'CREATE DOMAIN public.int8 AS text; CREATE DOMAIN public.text AS integer; SET search_path = public, pg_catalog',
  `NOTIFY escaped, 'here I am'; LISTEN escaped`,
  'DROP TABLE kept CASCADE; CREATE TABLE kept (id integer)',
  'TRUNCATE kept; ALTER TABLE kept RENAME TO lost; CREATE TABLE kept (id integer)',
  'DECLARE c CURSOR WITH HOLD FOR SELECT * FROM kept',
  'CREATE ROLE gander_escaped SUPERUSER; SET SESSION AUTHORIZATION gander_escaped; RESET SESSION AUTHORIZATION',
  `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''1MB''', current_database()); END $$`,
  'CREATE EXTENSION IF NOT EXISTS plpgsql; COMMENT ON TABLE kept IS $$ $gander$ COMMIT $$',
  'SELECT lo_create(4711)',
  'SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL client_min_messages = error; SET client_encoding = latin1',
  'CREATE TEMP TABLE kept (id integer) ON COMMIT DROP',
  `DO 'BEGIN NULL; END'; -- COMMIT`,
  '',
];

export const escapes: readonly Escape[] = [
  ...[...CONTROL, ...CALLED, ...ALONE].map((sql): Escape => ({ sql, ends: 'refused' })),
  ...UNDONE.map((sql): Escape => ({ sql, ends: 'undone' })),
];
