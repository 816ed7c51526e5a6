/** What an error usually means for a migration, and what to do about it. */
export interface Cause {
  readonly means: string;
  readonly todo: string;
}

/** By SQLSTATE. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CAUSES: Readonly<Record<string, Cause>> = {
  '23505': {
    means: 'Two rows have the same value where it has to be unique; the detail names it.',
    todo: 'Find the duplicates (GROUP BY … HAVING count(*) > 1) and merge or delete them, in the migration before this statement if every database may have some.',
  },
  '23502': {
    means:
      'A column that must not be empty would be: most often because rows are there already and nothing fills it.',
    todo: 'Give the column a DEFAULT, or add it without NOT NULL, fill it, and set NOT NULL afterwards.',
  },
  '23503': {
    means: 'A row points at one that is not there, or one that others point at would go.',
    todo: 'Repair or delete the rows that point nowhere first; to add the key without reading the table use NOT VALID, and VALIDATE it later.',
  },
  '23514': {
    means: 'Rows that are there already do not fulfil the check.',
    todo: 'Mend those rows first, or add the constraint with NOT VALID and VALIDATE it later.',
  },
  '23P01': {
    means: 'Two rows exclude each other under an exclusion constraint; the detail names them.',
    todo: 'Resolve the overlapping rows first.',
  },
  '42P07': {
    means:
      'A table, view, index or sequence of that name is there already: made by hand, by another tool, or by an earlier attempt.',
    todo: 'Look whether it is what the migration would make. If so, mark the migration as applied; else rename or drop the old one.',
  },
  '42701': {
    means:
      'The table has a column of that name already: added by hand, by another tool, or by an earlier attempt.',
    todo: 'Look whether it is what the migration would add. If so, mark the migration as applied; else choose another name.',
  },
  '42710': {
    means: 'A type, constraint, trigger, role or the like of that name is there already.',
    todo: 'Look whether it is what the migration would make. If so, mark the migration as applied; else rename or drop the old one.',
  },
  '42P06': {
    means: 'A schema of that name is there already.',
    todo: 'Use CREATE SCHEMA IF NOT EXISTS if it does not matter who made it.',
  },
  '42723': {
    means: 'A function with the same arguments is there already.',
    todo: 'Use CREATE OR REPLACE FUNCTION.',
  },
  '42703': {
    means: 'There is no such column: a misspelt name, or the migration that adds it has not run here.',
    todo: 'Check the name (without quotes it counts in lower case) and the order of the migrations.',
  },
  '42P01': {
    means:
      'There is no such table or view: a misspelt name, another schema, or the migration that makes it has not run here.',
    todo: 'Check the name, its schema and the order of the migrations.',
  },
  '42704': {
    means: 'There is no such type, index, constraint, role or extension’s object.',
    todo: 'Check the name and its schema; an extension may have to be created first.',
  },
  '42883': {
    means: 'There is no such function or operator for these types of arguments.',
    todo: 'Check the name and add casts where types differ; an extension (pgcrypto, uuid-ossp …) may have to be created first.',
  },
  '3F000': {
    means: 'There is no such schema.',
    todo: 'Create it in an earlier migration, and check the search_path.',
  },
  '42601': {
    means:
      'PostgreSQL cannot read the statement at the marked place: a misspelt word, a comma or a parenthesis too many or too few.',
    todo: 'Mend the statement; the mistake is often just before the caret.',
  },
  '42501': {
    means: 'The role that migrates may not do this: it is not the owner, or lacks a privilege.',
    todo: 'Let the owner run it, or grant the role what it needs.',
  },
  '42804': {
    means: 'Types do not fit: a default, a value or a USING expression has another type than the column.',
    todo: 'Add a cast; for a change of type say USING column::newtype.',
  },
  '22P02': {
    means: 'A text cannot be read as a number, date, uuid, enum or JSON.',
    todo: 'Find the rows with such values and mend them first, or turn them in the USING expression.',
  },
  '22001': {
    means: 'A value is longer than its column allows.',
    todo: 'Shorten those values first, or use text.',
  },
  '22003': {
    means: 'A number is larger than its type holds.',
    todo: 'Use bigint or numeric.',
  },
  '22012': { means: 'Something was divided by zero.', todo: 'Guard it with NULLIF(divisor, 0).' },
  '2BP01': {
    means: 'Other objects depend on what would be dropped; the detail names them.',
    todo: 'Drop or change those first, or say CASCADE if all of them may go.',
  },
  '25001': {
    means:
      'This command cannot run inside a transaction (CONCURRENTLY, VACUUM, CREATE DATABASE, ALTER SYSTEM …).',
    todo: 'Put it into a file of its own that begins with -- +goose NO TRANSACTION.',
  },
  '25P02': {
    means: 'An earlier statement of the same transaction had failed already.',
    todo: 'Mend that one; this is only its echo.',
  },
  '25006': {
    means: 'The server or the session is read-only: a standby, or default_transaction_read_only.',
    todo: 'Connect to the primary.',
  },
  '55P03': {
    means: 'A lock was not to be had in time: another session holds the table.',
    todo: 'See who it is while it waits, end that session or wait for a quieter hour, then run again; LOCK TIMEOUT in the file or the settings gives it longer.',
  },
  '55P04': {
    means: 'A new value of an enum cannot be used in the transaction that adds it.',
    todo: 'Add the value in a migration of its own, before the one that uses it.',
  },
  '55006': {
    means: 'The object is being used by another session.',
    todo: 'End that session, then run again.',
  },
  '57014': {
    means: 'The statement was cancelled: by a person, or because it took longer than statement_timeout.',
    todo: 'Run again when there is time; a long one gets more by STATEMENT TIMEOUT in the file.',
  },
  '57P01': {
    means: 'The session was ended: by an administrator, or because the server was shut down or restarted.',
    todo: 'See whether the server is up again and what became of the migration, then run again.',
  },
  '57P02': {
    means: 'The server crashed and recovered while the statement ran.',
    todo: 'Look into the server’s log first; run again when its cause is known.',
  },
  '40P01': {
    means: 'Two transactions waited for each other, and PostgreSQL ended this one.',
    todo: 'Run again. If it comes back, take the locks in the order in which the service takes them (LOCK TABLE first).',
  },
  '40001': {
    means: 'Another transaction changed the same rows at the same time.',
    todo: 'Run again, at a quieter moment.',
  },
  '53100': {
    means: 'The server’s disk is full.',
    todo: 'Make room (old logs, unused indexes, temporary files), then run again. Rewriting a table needs its size once more.',
  },
  '53200': {
    means: 'The server is out of memory, or out of places for locks.',
    todo: 'Do less in one transaction; for “out of shared memory” raise max_locks_per_transaction.',
  },
  '53300': {
    means: 'The server has no connection to spare.',
    todo: 'Close some, or raise max_connections.',
  },
  '54000': {
    means: 'A limit of PostgreSQL is exceeded (columns of a table, size of an index entry …).',
    todo: 'See the message for which, and split what is too large.',
  },
  '0A000': {
    means: 'This version of PostgreSQL cannot do that.',
    todo: 'Check the server’s version against the documentation of the command.',
  },
  P0001: {
    means: 'A function, a trigger or a DO block of this database raised this error itself.',
    todo: 'The context says where; its message is the author’s own.',
  },
};

/** What its first two letters say, where nothing more is known. */
const CLASSES: Readonly<Record<string, Cause>> = {
  '08': {
    means: 'The connection to the database was lost.',
    todo: 'See what became of the migration when the database is back.',
  },
  '22': {
    means: 'A value does not fit what is done with it.',
    todo: 'Find the rows with such values and mend them first.',
  },
  '23': { means: 'Rows would break a constraint.', todo: 'Mend those rows first; the detail names them.' },
  '28': { means: 'The role was not let in.', todo: 'Check user, password and pg_hba.conf.' },
  '42': {
    means: 'The statement names something that is not there, or that cannot be used like this.',
    todo: 'Check names and types, and the order of the migrations.',
  },
  '53': { means: 'The server has run out of something.', todo: 'See its log; make room, then run again.' },
  '57': {
    means: 'The statement was stopped from outside.',
    todo: 'See whether the server is up, then run again.',
  },
  '58': { means: 'The server met an error of its system.', todo: 'Look into the server’s log first.' },
  XX: { means: 'PostgreSQL met an error of its own.', todo: 'Look into the server’s log first.' },
};

/** The usual cause of an error; null where nothing more can be said than the server said. */
export function causeOf(sqlstate: string | null): Cause | null {
  return sqlstate === null ? null : (CAUSES[sqlstate] ?? CLASSES[sqlstate.slice(0, 2)] ?? null);
}
