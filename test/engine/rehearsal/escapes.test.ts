// Texts that try to get out of the transaction of a rehearsal: none does.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Pool } from 'pg';
import {
  folder,
  type Migration,
  Migrator,
  type Rehearsal,
  type Source,
  type Statement,
} from '../../../server/engine/index.ts';
import { createDatabase } from '../../support/database.ts';
import { startSystemPostgres, systemBinaries } from '../../support/system-postgres.ts';
import { goose, writeMigrations } from '../../support/migrations.ts';
import { escapes } from './escapes.ts';
import { quickTraces, traces } from './traces.ts';

/** What is there beforehand: among it, things that commit when they are called. */
const BASE = `
  CREATE TABLE kept (id integer PRIMARY KEY, note text);
  INSERT INTO kept VALUES (1, 'a'), (2, 'b');
  CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
  CREATE PROCEDURE rolls_back() LANGUAGE plpgsql AS $$ BEGIN ROLLBACK; END $$;
  CREATE PROCEDURE calls() LANGUAGE plpgsql AS $$ BEGIN CALL commits(); END $$;
  CREATE PROCEDURE chains() LANGUAGE plpgsql AS $$ BEGIN COMMIT AND CHAIN; END $$;
  CREATE FUNCTION executes(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE $1; END $$;
  CREATE FUNCTION swallows(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE $1; EXCEPTION WHEN OTHERS THEN NULL; END $$;
  CREATE FUNCTION on_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN COMMIT; RETURN NULL; END $$;
  CREATE TABLE watched (id integer);
  CREATE TRIGGER watching AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION on_write()`;

/** A folder's one migration with a text for its second statement that no file could have: it would not be read. */
function withText(real: Source, sql: string): Source {
  const changed = (one: Migration): Migration => {
    const statements = one.script.up.statements.with(1, saying(one.script.up.statements[1]!, sql));
    return { ...one, script: { ...one.script, up: { ...one.script.up, statements } } };
  };
  return {
    ...real,
    read: async () => {
      const contents = await real.read();
      return { ...contents, migrations: contents.migrations.map(changed) };
    },
  };
}

/** A statement that is sent with another text than the file has. */
function saying(statement: Statement, sql: string): Statement {
  const { text, segments, offset, line, kind, object, parts } = statement;
  return { text, sql, segments, offset, line, kind, object, parts };
}

let dir: string;

before(async () => {
  dir = await writeMigrations({
    '1_escape.sql': goose(
      'CREATE TABLE escaped (id integer);\nSELECT 1;\nINSERT INTO kept VALUES (3);',
      'DROP TABLE escaped; DELETE FROM kept WHERE id = 3;',
    ),
  });
});

/** The empty statement before it keeps it from being told by its first words: the door itself has to refuse it. */
async function attempt(pool: Pool, sql: string): Promise<Rehearsal> {
  const source = withText(folder(dir), `;${sql}`);
  return new Migrator({ pool, source }).rehearse({ direction: 'up', limit: 10_000 });
}

async function noneGetsOut(pool: Pool): Promise<void> {
  await pool.query(BASE);
  const untouched = await traces({ pool });
  const quickly = await quickTraces({ pool });
  for (const { sql, ends } of escapes) {
    const { outcome, steps } = await attempt(pool, sql);
    assert.equal(outcome, ends === 'refused' ? 'failed' : 'passed', `${sql}\n${steps[0]?.failure?.message}`);
    assert.deepEqual(await quickTraces({ pool }), quickly, sql);
  }
  assert.deepEqual(await traces({ pool }), untouched);
}

test('there are enough attempts, each of its own', () => {
  assert.ok(new Set(escapes.map(({ sql }) => sql)).size >= 60);
  assert.ok(escapes.filter(({ ends }) => ends === 'refused').length >= 45);
});

test('no text gets out of a rehearsal: schema, rows, locks, sessions and settings are what they were', async (t) => {
  const { pool } = await createDatabase(t);
  await noneGetsOut(pool);
});

test('no text gets out of a rehearsal on an older PostgreSQL', async (t) => {
  const programs = systemBinaries();
  if (programs === null) return t.skip('there is no other PostgreSQL here');
  const connectionString = await startSystemPostgres(programs);
  const pool = new Pool({ connectionString, max: 4 });
  pool.on('error', () => {});
  t.after(() => pool.end());
  await noneGetsOut(pool);
});
