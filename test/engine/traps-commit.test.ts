// The answer to a COMMIT gets lost: what PostgreSQL did then, and what is said of it (postgres-traps.md, 6).
import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { readFile } from 'node:fs/promises';
import { Pool } from 'pg';
import { startEmbedded } from '../../server/embedded.ts';
import { folder, Migrator } from '../../server/engine/index.ts';
import { createDatabase, query } from '../support/database.ts';
import { atEnd, eventually, QUICK, temporaryFolder } from '../support/embedded.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, writeMigrations } from '../support/migrations.ts';
import { type Line, type Listener, openWire } from '../support/wire.ts';

const TABLES = ['schema_migrations', 'goose_db_version'] as const;

const files = {
  '1_a.sql': goose('CREATE TABLE a (id int);', 'DROP TABLE a;'),
  '2_b.sql': goose('CREATE TABLE b (id int);', 'DROP TABLE b;'),
};

/** A message is a Q, four bytes for its length, and its text (docs: 53.7): so the first migration's statement is sent. */
const STATEMENT = /Q[^]{4}(?:CREATE|DROP) TABLE a/;
const HEAD = 5;
/** As the client asks for it, among other things, and as the server answers. */
const COMMIT = Buffer.from('\nCOMMIT;\n');
const COMMITTED = Buffer.from('COMMIT\0');

function openPool(t: TestContext, connectionString: string): Pool {
  const pool = new Pool({ connectionString });
  pool.on('error', () => {});
  t.after(() => pool.end());
  return pool;
}

/** Does something at the COMMIT of the first migration, or its answer, once; that does not arrive. */
function at(mark: Buffer, act: (line: Line) => void): (data: Buffer, line: Line) => Buffer | undefined {
  let acted = false;
  return (data, line) => {
    const place = data.indexOf(mark);
    if (acted || place < 0 || !STATEMENT.test(line.said)) return undefined;
    acted = true;
    act(line);
    return data.subarray(0, place - HEAD);
  };
}

/** The server has committed, and its answer does not arrive. */
const answerLost = (): Listener => ({ toClient: at(COMMITTED, (line) => setImmediate(() => line.cut())) });

/** The same, and nothing of what the server had said before has arrived either. */
function allAnswersLost(): Listener {
  const toClient = at(COMMITTED, (line) => setImmediate(() => line.cut()));
  return {
    toClient: (data, line) => {
      if (!STATEMENT.test(line.said)) return undefined;
      toClient(data, line);
      return Buffer.alloc(0);
    },
  };
}

/** COMMIT does not arrive at the server. */
const commitLost = (): Listener => ({ toServer: at(COMMIT, (line) => setTimeout(() => line.cut(), 200)) });

for (const table of TABLES) {
  for (const [what, listener] of [
    ['the answer to COMMIT', answerLost],
    ['every answer of the server', allAnswersLost],
  ] as const) {
    test(`${what} gets lost, and the server has committed: the migration counts as applied, and only once (${table})`, async (t) => {
      const database = await createDatabase(t);
      const { url } = await openWire(t, database.url, listener());
      const migrator = new Migrator({
        pool: openPool(t, url),
        source: folder(await writeMigrations(files)),
        table,
      });
      const error = await migrator.up().catch((reason: unknown) => reason);
      const state = await migrator.status();
      assert.equal(state.migrations[0]?.state, 'applied', String(error));
      assert.equal(state.migrations[0].applied?.actor, 'gander');
      assert.deepEqual((await migrator.up()).current, 2n);
      assert.equal(await tables(database), 'a b');
    });
  }

  test(`COMMIT does not arrive: nothing of the migration is there, and nothing says so (${table})`, async (t) => {
    const database = await createDatabase(t);
    const { url } = await openWire(t, database.url, commitLost());
    const migrator = new Migrator({
      pool: openPool(t, url),
      source: folder(await writeMigrations(files)),
      table,
    });
    await failureOf(migrator.up());
    assert.equal(await tables(database), '');
    assert.equal(summary(await migrator.status()), '1 dirty rolled back, 2 pending');
    assert.equal((await migrator.up()).current, 2n);
  });

  test(`the answer to a rollback’s COMMIT gets lost: it counts as rolled back (${table})`, async (t) => {
    const database = await createDatabase(t);
    const source = folder(await writeMigrations({ '1_a.sql': files['1_a.sql'] }));
    await new Migrator({ pool: database.pool, source, table }).up();
    const { url } = await openWire(t, database.url, answerLost());
    const migrator = new Migrator({ pool: openPool(t, url), source, table });
    await migrator.down({ to: 0n }).catch(() => {});
    assert.equal(summary(await migrator.status()), '1 pending');
    assert.equal(await tables(database), '');
  });
}

test('the answer to the opening of a run gets lost: it is opened once all the same', async (t) => {
  const database = await createDatabase(t);
  let isCut = false;
  const { url } = await openWire(t, database.url, {
    toClient: (data, line) => {
      const place = data.lastIndexOf(COMMITTED);
      if (isCut || place < 0 || !line.said.includes('INSERT INTO gander.runs')) return undefined;
      isCut = true;
      setImmediate(() => line.cut());
      return data.subarray(0, place - HEAD);
    },
  });
  const migrator = new Migrator({ pool: openPool(t, url), source: folder(await writeMigrations(files)) });
  assert.deepEqual((await migrator.up()).current, 2n);
  assert.ok(isCut);
  assert.deepEqual(
    (await migrator.runs({ limit: 9 })).map(({ state, done }) => [state, done]),
    [['done', 2]],
  );
});

/** COMMIT itself takes a second: that long it is in progress. */
const SLOW_COMMIT = goose(
  `CREATE TABLE a (id int);
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();
INSERT INTO a VALUES (1);`,
);

/** The client is gone while the server commits. */
const deserted: Listener = {
  toServer: (data, line) => {
    if (STATEMENT.test(line.said) && data.includes(COMMIT)) setTimeout(() => line.desert(), 300);
    return undefined;
  },
};

test('the connection breaks while the server commits: its end is waited for, and then told', async (t) => {
  const database = await createDatabase(t);
  const { url } = await openWire(t, database.url, deserted);
  const source = folder(await writeMigrations({ '1_slow.sql': SLOW_COMMIT }));
  const migrator = new Migrator({ pool: openPool(t, url), source });
  const run = await migrator.up();
  assert.equal(run.current, 1n);
  assert.equal(summary(await migrator.status()), '1 applied');
});

test('the connection breaks while the server commits, and the server stays away: the error says how to find out, and later it is so', async (t) => {
  const database = await createDatabase(t);
  const lines = new Set<Line>();
  const wire = await openWire(t, database.url, {
    toServer: (data, line) => {
      lines.add(line);
      if (!STATEMENT.test(line.said) || !data.includes(COMMIT)) return undefined;
      wire.close();
      setTimeout(() => lines.forEach((one) => one.desert()), 300);
      return undefined;
    },
  });
  const source = folder(await writeMigrations({ '1_slow.sql': SLOW_COMMIT }));
  const error = await failureOf(new Migrator({ pool: openPool(t, wire.url), source }).up());
  assert.match(error.next!, /gander status tells whether it is applied/);
  assert.equal(summary(await new Migrator({ pool: database.pool, source }).status()), '1 applied');
});

test('a server that crashes at COMMIT, and then gives the transaction’s number to another one, makes nothing count as applied', async (t) => {
  // No WAL is written out before it must be, so that the crash loses the transaction without a trace.
  const settings = { ...QUICK, wal_writer_delay: '10s', autovacuum: 'off' };
  const place = await temporaryFolder(t);
  const server = await startEmbedded({ folder: place, settings });
  atEnd(t, () => server.stop());
  const source = folder(
    await writeMigrations({ '1_slow.sql': SLOW_COMMIT.replace('pg_sleep(1)', 'pg_sleep(60)') }),
  );
  const wire = await openWire(t, server.url);
  const run = new Migrator({ pool: openPool(t, wire.url), source, journal: false }).up();
  const failure = failureOf(run);
  const xid = await committing(server.url);
  wire.close();
  const pid = Number((await readFile(path.join(server.dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(pid, 'SIGQUIT');
  await eventually(async () => !isAlive(pid), 'the server ends');
  const again = await startEmbedded({ folder: place, settings });
  atEnd(t, () => again.stop());
  const client = await openPool(t, again.url).connect();
  for (let given = ''; given !== xid;)
    given = (await client.query('SELECT pg_current_xact_id()::text AS xid')).rows[0].xid;
  client.release();
  wire.open();
  await failure;
  const pool = openPool(t, again.url);
  assert.equal(summary(await new Migrator({ pool, source }).status()), '1 pending');
});

/** The transaction that is being committed, and sleeps. */
async function committing(url: string): Promise<string> {
  let xid: string | undefined;
  await eventually(async () => {
    const rows = await query<{ xid: string }>(
      url,
      `SELECT backend_xid::text AS xid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%COMMIT%'`,
    );
    xid = rows[0]?.xid;
    return xid !== undefined;
  }, 'the migration is being committed');
  return xid!;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
