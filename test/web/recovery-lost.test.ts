// The session of a run, or the whole server, goes away in the middle: what became of it is said, and it leads out.
import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { Pool } from 'pg';
import { startEmbedded } from '../../server/embedded.ts';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { openDashboard } from '../support/dashboard.ts';
import { createDatabase, query, type TestDatabase } from '../support/database.ts';
import { atEnd, QUICK, temporaryFolder } from '../support/embedded.ts';
import { goose, gooseWithoutTransaction as loose, writeMigrations } from '../support/migrations.ts';
import { findingsOn, isGood, openScene, runEnds, type Scene, stateOf, take } from '../support/scene.ts';
import { until } from '../support/wait.ts';
import { openWire } from '../support/wire.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const FILE = '1_m.sql';

/** COMMIT itself takes so long: that long it has been sent and is not answered. */
function slowCommit(seconds: number): string {
  return goose(
    `CREATE TABLE a (n int);
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(${seconds}); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();
INSERT INTO a VALUES (1);`,
    'DROP TABLE a; DROP FUNCTION slow;',
  );
}

/** Presses “Apply”, and does not wait for what comes of it. */
async function start({ page, open }: Scene): Promise<void> {
  await open('/plan?direction=up');
  await page.getByRole('button', { name: /^Apply/ }).click();
  await page.waitForURL(/\/runs\/\d+$/);
}

/** Waits until the run's session sleeps. @returns its process */
async function asleep(database: TestDatabase): Promise<number> {
  const sql = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`;
  const found = await until('it sleeps', async () => (await database.query<{ pid: number }>(sql))[0]);
  return found.pid;
}

test(
  'its session is terminated after COMMIT was sent and before it was answered: nothing is there, and it is tried again',
  { skip },
  async () => {
    const scene = await openScene(browser!, { [FILE]: slowCommit(60) });
    const { page, database } = scene;
    await start(scene);
    const pid = await asleep(database);
    await database.query('SELECT pg_terminate_backend($1)', [pid]);
    assert.equal(await runEnds(page), 'failed');
    const said = await page.locator('#run-now').innerText();
    assert.match(said, /SQLSTATE 57P01/);
    assert.match(said, /PostgreSQL undid all of it: nothing half-done is in the database/);
    await isGood(scene);
    await page.getByRole('link', { name: 'Review it' }).click();
    await page.waitForURL(/\/migrations\/1\/recovery$/);
    assert.deepEqual(await findingsOn(page), ['1 not done', '2 not done', '3 not done', '4 cannot tell']);
    await scene.write(FILE, slowCommit(0));
    await page.reload();
    assert.equal(await take(scene, 'Try it again from the start'), 'done');
    assert.equal(await stateOf(scene), 'applied');
    assert.deepEqual(await database.query('SELECT n FROM a'), [{ n: 1 }]);
    assert.deepEqual(scene.problems, []);
  },
);

test(
  'COMMIT was done and its answer got lost: it counts as applied, the page says why the run stopped, and the rest follows',
  { skip },
  async (t) => {
    const direct = await createDatabase();
    let isCut = false;
    const wire = await openWire(t, direct.url, {
      toClient: (data, line) => {
        const at = data.lastIndexOf('COMMIT\0');
        // A message is a Q, four bytes for its length, and its text (docs: 53.7): what is only stored is not meant.
        if (isCut || at < 0 || !/Q[^]{4}CREATE TABLE a/.test(line.said)) return undefined;
        isCut = true;
        setImmediate(() => line.cut());
        return data.subarray(0, Math.max(at - 5, 0));
      },
    });
    // The second one is not sent before its turn, because it has no transaction.
    const scene = await openScene(
      browser!,
      { [FILE]: slowCommit(0), '2_next.sql': loose('CREATE TABLE b (n int);', 'DROP TABLE b;') },
      { database: { ...direct, url: wire.url } },
    );
    await start(scene);
    const { page } = scene;
    assert.equal(await runEnds(page), 'failed');
    assert.ok(isCut);
    const said = await page.locator('main').innerText();
    assert.match(said, /1 of 2 done, 1 not run/);
    assert.match(
      said,
      /The run stopped before the next migration could begin\.\s+The database cannot be reached[^]*What is applied stays/,
    );
    assert.deepEqual(await direct.query('SELECT n FROM a'), [{ n: 1 }]);
    await isGood(scene);
    await page.getByRole('link', { name: 'Preview again' }).click();
    assert.match(await page.locator('main').innerText(), /next/);
    await page.getByRole('button', { name: /^Apply/ }).click();
    assert.equal(await runEnds(page), 'done');
    assert.match(await page.locator('#band').innerText(), /at 2, up to date/);
  },
);

/** A server of a test's own that can be restarted, with a database on it. */
async function ownServer(t: TestContext): Promise<{ database: TestDatabase; restart: () => Promise<void> }> {
  const folder = await temporaryFolder(t);
  let server = await startEmbedded({ folder, settings: QUICK });
  atEnd(t, () => server.stop());
  const { url } = server;
  const pool = new Pool({ connectionString: url });
  pool.on('error', () => {});
  atEnd(t, () => pool.end());
  const database: TestDatabase = {
    url,
    name: new URL(url).pathname.slice(1),
    pool,
    query: (sql, values) => query(url, sql, values),
    drop: async () => {},
  };
  return {
    database,
    restart: async () => {
      await server.stop();
      server = await startEmbedded({ folder, settings: QUICK });
      assert.equal(server.url, url, 'it is where it was');
    },
  };
}

test(
  'the server is restarted in the middle, in a transaction and without: both are told, and both lead out',
  { skip },
  async (t) => {
    const { database, restart } = await ownServer(t);
    const text = (seconds: number): string =>
      goose(`CREATE TABLE a (n int);\nSELECT pg_sleep(${seconds});`, 'DROP TABLE a;');
    const dir = await writeMigrations({ [FILE]: text(60) });
    const dashboard = await openDashboard(dir, { database, admin: true });
    const scene = await openScene(browser!, {}, { at: { ...dashboard, dir } });
    const { page } = scene;
    const main = page.locator('main');
    await start(scene);
    await asleep(database);
    await restart();
    assert.equal(await runEnds(page), 'failed');
    assert.match(await main.innerText(), /SQLSTATE 57P01[^]*server was shut down or restarted/);
    assert.match(await main.innerText(), /PostgreSQL undid all of it/);
    await isGood(scene);
    await main.getByRole('link', { name: 'Review it' }).click();
    assert.deepEqual(await findingsOn(page), ['1 not done', '2 cannot tell']);
    await scene.write(FILE, text(0));
    await page.reload();
    assert.equal(await take(scene, 'Try it again from the start', { reason: 'it is back' }), 'done');

    await scene.write(
      '2_loose.sql',
      loose('CREATE TABLE b (n int);\nSELECT pg_sleep(61);\nCREATE TABLE c (n int);', 'DROP TABLE b, c;'),
    );
    await start(scene);
    await asleep(database);
    await restart();
    assert.equal(await runEnds(page), 'failed');
    assert.match(await main.innerText(), /It has no transaction: the statements that are done stay/);
    await isGood(scene);
    await main.getByRole('link', { name: 'Review it' }).click();
    await page.waitForURL(/\/migrations\/2\/recovery$/);
    assert.deepEqual(await findingsOn(page), ['1 done', '2 cannot tell', '3 not done']);
    assert.equal(await take(scene, 'Go on with statement 3', { reason: 'it is back' }), 'done');
    assert.equal(await stateOf(scene), 'applied');
    assert.match(await page.locator('#band').innerText(), /up to date/);
    await dashboard.stop();
  },
);
