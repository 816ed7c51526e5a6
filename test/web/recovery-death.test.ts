// A dashboard is killed in the middle of a run that somebody watches: another one tells what became of it, and leads out.
import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { openDashboard } from '../support/dashboard.ts';
import { createDatabase } from '../support/database.ts';
import { goose, gooseWithoutTransaction as loose, writeMigrations } from '../support/migrations.ts';
import { type OtherDashboard, startOther } from '../support/other-dashboard.ts';
import {
  conclusionOn,
  findingsOn,
  isGood,
  openScene,
  runEnds,
  type Scene,
  stateOf,
  take,
} from '../support/scene.ts';
import { until } from '../support/wait.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const FILE = '1_m.sql';

/** Two dashboards of one database: one of this process, and one to be killed. */
async function two(
  t: TestContext,
  text: string,
): Promise<{ here: Scene; there: Scene; other: OtherDashboard }> {
  const here = await openScene(browser!, { [FILE]: text });
  const { database, dir } = here;
  const other = await startOther(t, { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir });
  const there = await openScene(browser!, {}, { at: { ...other, database, dir } });
  return { here, there, other };
}

/** Applies what is pending, and returns when its session sleeps. */
async function applyUntilAsleep({ page, database, open }: Scene): Promise<void> {
  await open('/plan?direction=up');
  await page.getByRole('button', { name: /^Apply/ }).click();
  const asleep = `
    SELECT FROM gander.statements s, pg_stat_activity a
    WHERE s.state = 'running' AND a.wait_event = 'PgSleep' AND a.datname = current_database()`;
  await until('it sleeps', async () => (await database.query(asleep)).length > 0);
}

/** @returns milliseconds from the end of the run's session to the page that says what became of the run */
async function settles({ page, database }: Scene): Promise<number> {
  const session = `SELECT FROM gander.runs r JOIN pg_stat_activity a ON a.pid = r.backend_pid AND a.backend_start < r.started_at`;
  await until('its session has ended', async () => (await database.query(session)).length === 0, 30_000);
  const ended = performance.now();
  assert.equal(await runEnds(page), 'interrupted');
  await page.getByText(/^The server stopped during this run; /).waitFor();
  return performance.now() - ended;
}

test(
  'in a transaction: who watches elsewhere sees within five seconds that it was rolled back, and applies it again',
  { skip },
  async (t) => {
    // A session notices that its client is gone when it has answered and then waits again.
    const text = (first: string): string =>
      goose(
        `CREATE TABLE a (n int);\n${first}\nSELECT pg_sleep(0.3);\nSELECT pg_sleep(0.3);`,
        'DROP TABLE a;',
      );
    const { here, there, other } = await two(t, text('SELECT pg_sleep(2);'));
    await applyUntilAsleep(there);
    await here.open('/runs/1');
    await here.page.getByText('Statement 2 of 4').waitFor();
    await other.kill();
    const took = await settles(here);
    t.diagnostic(`said ${took.toFixed(0)} ms after its session had ended`);
    assert.ok(took < 5_000, `${took} ms`);
    const said = await here.page.locator('main').innerText();
    assert.match(said, /The server stopped during this run; statement \d was rolled back/);
    assert.match(said, /nothing of it is in the database/);
    assert.match(said, /0 of 1 done, 1 interrupted/);
    await isGood(here);
    assert.deepEqual(await here.database.query(`SELECT FROM pg_tables WHERE tablename = 'a'`), []);
    await here.write(FILE, text(''));
    await here.page.getByRole('link', { name: 'Preview again' }).click();
    await here.page.getByRole('button', { name: /^Apply/ }).click();
    assert.equal(await runEnds(here.page), 'done');
    assert.equal(await stateOf(here), 'applied');
    assert.deepEqual(here.problems, []);
  },
);

const LOOSE = loose(
  'CREATE TABLE a (n int);\nSELECT pg_sleep(2);\nCREATE TABLE b (n int);',
  'DROP TABLE b;\nDROP TABLE a;',
);

/** Takes the way out that is left when a statement that leaves nothing was under way. */
async function leadOut(scene: Scene): Promise<void> {
  const { page } = scene;
  const said = await page.locator('main').innerText();
  assert.match(said, /The server stopped during this run; statement 2 was under way/);
  assert.match(said, /1 statement of it is recorded as done, and whether/);
  await isGood(scene);
  await page.locator('main').getByRole('link', { name: 'Review it' }).click();
  await page.waitForURL(/\/migrations\/1\/recovery$/);
  assert.deepEqual(await findingsOn(page), ['1 done', '2 cannot tell', '3 not done']);
  assert.equal(
    await conclusionOn(page),
    'Statement 1 is in the database; whether statement 2 happened cannot be told from here: somebody has to look, and say so.',
  );
  assert.equal(await take(scene, 'Go on with statement 3', { reason: 'the sleep is nothing' }), 'done');
  assert.equal(await stateOf(scene), 'applied');
  const tables = await scene.database.query(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename IN ('a', 'b') ORDER BY 1`,
  );
  assert.deepEqual(tables, [{ name: 'a' }, { name: 'b' }]);
}

test(
  'without a transaction: who watches elsewhere sees within five seconds how far it came, and goes on from there',
  { skip },
  async (t) => {
    const { here, there, other } = await two(t, LOOSE);
    await applyUntilAsleep(there);
    await here.open('/runs/1');
    await here.page.getByText('Statement 2 of 3').waitFor();
    await other.kill();
    const took = await settles(here);
    t.diagnostic(`said ${took.toFixed(0)} ms after its session had ended`);
    assert.ok(took < 5_000, `${took} ms`);
    await leadOut(here);
    assert.deepEqual(here.problems, []);
  },
);

test(
  'nobody else is there: the dashboard that is started next tells what became of it, and leads out',
  { skip },
  async (t) => {
    const [dir, database] = [await writeMigrations({ [FILE]: LOOSE }), await createDatabase()];
    const env = {
      DATABASE_URL: database.url,
      GANDER_MIGRATIONS: dir,
      GANDER_ADMIN_EMAIL: 'ada@example.com',
      GANDER_ADMIN_PASSWORD: 'correct horse battery',
    };
    const first = await startOther(t, env);
    await applyUntilAsleep(await openScene(browser!, {}, { at: { ...first, database, dir } }));
    await first.kill();
    const session = `SELECT FROM gander.runs r JOIN pg_stat_activity a ON a.pid = r.backend_pid AND a.backend_start < r.started_at`;
    await until('its session has ended', async () => (await database.query(session)).length === 0, 30_000);
    const next = await openDashboard(dir, { database });
    assert.match(next.printed.join('\n'), /^Settled +run 1, whose process had stopped/m);
    const scene = await openScene(browser!, {}, { at: { ...next, dir } });
    await scene.open('/runs/1');
    await leadOut(scene);
  },
);

test(
  'its session is at work for long after: whoever watches stops it from the page, and goes on',
  { skip },
  async (t) => {
    const { here, there, other } = await two(t, LOOSE.replace('pg_sleep(2)', 'pg_sleep(600)'));
    const { page, database } = here;
    await applyUntilAsleep(there);
    await here.open('/runs/1');
    await other.kill();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    // Nobody is left to stop it when its time is over.
    await page.getByText('ada@example.com asked for it to be cancelled').waitFor();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Stop the statement now' }).click();
    const asleep = `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`;
    await until('it is stopped', async () => (await database.query(asleep)).length === 0);
    assert.ok((await settles(here)) < 5_000);
    await leadOut(here);
  },
);
