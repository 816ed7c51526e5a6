// A dashboard that is killed in the middle of a run: another one settles the run, by what the database knows of it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { listenTo, newest } from '../support/events.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../support/migrations.ts';
import { startOther } from '../support/other-dashboard.ts';
import { Visitor } from '../support/visitor.ts';
import { until } from '../support/wait.ts';

interface Killed {
  readonly own: TestDashboard;
  readonly visitor: Visitor;
}

/** Starts a run in another dashboard, and kills that as soon as the run's session sleeps. */
async function killDuring(t: TestContext, files: Record<string, string>): Promise<Killed> {
  const dir = await writeMigrations(files);
  const own = await openDashboard(dir, { admin: true });
  const other = await startOther(t, { DATABASE_URL: own.database.url, GANDER_MIGRATIONS: dir });
  const there = await new Visitor(other).signIn();
  const plan = (await there.get('/plan?direction=up')).body;
  const fingerprint = /name="fingerprint" value="([^"]+)"/.exec(plan)?.[1] ?? '';
  await there.post('/runs', { direction: 'up', fingerprint }, '/');
  const asleep = `SELECT FROM gander.steps s, pg_stat_activity a WHERE s.state = 'running' AND a.wait_event = 'PgSleep' AND a.datname = current_database()`;
  await until('it sleeps', async () => (await own.database.query(asleep)).length > 0);
  await other.kill();
  return { own, visitor: await new Visitor(own).signIn() };
}

/** Waits until the run's session has ended, and then until the run is settled. @returns how long that took */
async function settles({ database }: TestDashboard): Promise<number> {
  const session = `SELECT FROM gander.runs r JOIN pg_stat_activity a ON a.pid = r.backend_pid AND a.backend_start < r.started_at`;
  await until('its session has ended', async () => (await database.query(session)).length === 0, 30_000);
  const ended = performance.now();
  const settled = `SELECT FROM gander.runs WHERE state = 'interrupted'`;
  await until('it is settled', async () => (await database.query(settled)).length > 0, 30_000);
  return performance.now() - ended;
}

test('in a transaction, nobody watching: settled within seconds, and the page agrees with the database', async (t) => {
  const { own, visitor } = await killDuring(t, {
    '1_a.sql': goose('CREATE TABLE a (id int);'),
    '2_slow.sql': goose('CREATE TABLE b (id int);\nSELECT pg_sleep(2);\nCREATE TABLE c (id int);'),
    '3_never.sql': goose('SELECT 1;'),
  });
  const took = await settles(own);
  t.diagnostic(`settled ${took.toFixed(0)} ms after its session had ended`);
  assert.ok(took < 6_000, `${took} ms`);
  const made = await own.database.query(`SELECT FROM pg_tables WHERE tablename = 'b'`);
  const { body } = await visitor.get('/runs/1');
  // All of it had been sent when the process died: whether the server still did it is up to the server.
  if (made.length === 0)
    assert.match(body, /The server stopped during this run; statement \d was rolled back/);
  else assert.match(body, /The server stopped during this run\. Everything that had begun is done/);
  assert.match(body, made.length === 0 ? /1 of 3 done/ : /2 of 3 done/);
  await own.stop();
});

test('without a transaction, somebody watching: his page says how far it came', async (t) => {
  const { own, visitor } = await killDuring(t, {
    '1_loose.sql': gooseWithoutTransaction(
      'CREATE TABLE a (id int);\nSELECT pg_sleep(2);\nCREATE TABLE b (id int);',
    ),
  });
  const stream = await listenTo(own, visitor, '/runs/1/events');
  const took = await settles(own);
  t.diagnostic(`settled ${took.toFixed(0)} ms after its session had ended`);
  assert.ok(took < 6_000, `${took} ms`);
  await stream.ended;
  assert.match(newest(stream, 'run-now'), /The server stopped during this run; statement 2 was under way/);
  assert.match(newest(stream, 'run-now'), /1 statement of it is recorded as done/);
  assert.match(newest(stream, 'band'), /1 dirty/);
  await own.stop();
});

test('a dashboard that starts settles what the last one has left', async (t) => {
  const { own } = await killDuring(t, { '1_slow.sql': goose('SELECT pg_sleep(1);') });
  await own.stop();
  const session = `SELECT FROM gander.runs r JOIN pg_stat_activity a ON a.pid = r.backend_pid AND a.backend_start < r.started_at`;
  await until('its session has ended', async () => (await own.database.query(session)).length === 0, 30_000);
  await own.database.query(`UPDATE gander.runs SET state = 'running', finished_at = NULL`);
  const next = await openDashboard(await writeMigrations({ '1_slow.sql': goose('SELECT pg_sleep(1);') }), {
    database: own.database,
  });
  assert.match(next.printed.join('\n'), /^Settled +run 1, whose process had stopped/m);
  assert.deepEqual(await own.database.query('SELECT state FROM gander.runs'), [{ state: 'interrupted' }]);
  await next.stop();
});
