// A person stops what runs, from its page: it stops at once, the page says who it was, and it leads out.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client } from 'pg';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { goose, gooseWithoutTransaction as loose } from '../support/migrations.ts';
import { findingsOn, isGood, openScene, runEnds, type Scene, stateOf, take } from '../support/scene.ts';
import { until } from '../support/wait.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const FILE = '1_m.sql';

/** Presses “Apply”, and is on the run's page when that statement runs. */
async function startUntil({ page, open }: Scene, statement: string): Promise<void> {
  await open('/plan?direction=up');
  await page.getByRole('button', { name: /^Apply/ }).click();
  await page.getByText(statement).waitFor();
}

/** Presses “Cancel”, and then the button that this is asked once more with. @returns milliseconds until the run was over */
async function cancel({ page, database }: Scene, button: string): Promise<number> {
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: button }).click();
  assert.equal(await runEnds(page), 'failed');
  const [times] = await database.query<{ ms: number }>(
    `SELECT extract(epoch FROM r.finished_at - max(a.at))::float8 * 1000 AS ms
     FROM gander.runs r JOIN gander.actions a ON a.run_id = r.id GROUP BY r.id ORDER BY r.id DESC LIMIT 1`,
  );
  return times!.ms;
}

for (const javaScript of [true, false]) {
  test(
    `a migration is cancelled in its transaction${javaScript ? '' : ', with scripts switched off'}: it stops within a second, nothing is left, and it is applied later`,
    { skip },
    async (t) => {
      const text = (seconds: number): string =>
        goose(`CREATE TABLE a (n int);\nSELECT pg_sleep(${seconds});`, 'DROP TABLE a;');
      const scene = await openScene(browser!, { [FILE]: text(600) }, { javaScript });
      const { page } = scene;
      await startUntil(scene, 'Statement 2 of 2');
      const took = await cancel(scene, 'Cancel the run');
      t.diagnostic(`stopped after ${took.toFixed(0)} ms`);
      assert.ok(took < 1_000, `${took} ms`);
      const said = await page.locator('main').innerText();
      assert.match(said, /m was cancelled/);
      assert.match(said, /ada@example\.com asked for the run to be cancelled/);
      assert.match(said, /PostgreSQL undid all of it/);
      if (javaScript) await isGood(scene);
      await page.getByRole('link', { name: 'Review it' }).click();
      assert.deepEqual(await findingsOn(page), ['1 not done', '2 cannot tell']);
      await scene.write(FILE, text(0));
      await page.reload();
      assert.equal(await take(scene, 'Try it again from the start', { reason: 'a quieter hour' }), 'done');
      assert.equal(await stateOf(scene), 'applied');
    },
  );
}

test(
  'a migration without a transaction is cancelled: it is given time, then stopped at once, and what it left is cleared away',
  { skip },
  async (t) => {
    const index = 'CREATE INDEX CONCURRENTLY users_name ON users (name);';
    const text = loose(
      `CREATE TABLE log (line text);\n${index}\nINSERT INTO log VALUES ('built');`,
      'DROP TABLE log;',
    );
    const scene = await openScene(
      browser!,
      { [FILE]: text },
      { setup: `CREATE TABLE users (name text); INSERT INTO users VALUES ('a')` },
    );
    const { page, database } = scene;
    const holder = await hold(scene, `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 'a report' FROM users`);
    await startUntil(scene, 'as what is done CONCURRENTLY has to');
    await page.getByText('Held by billing-report').waitFor();
    await isGood(scene);
    await page.getByRole('link', { name: 'Cancel' }).click();
    assert.match(await page.locator('main').innerText(), /is given ten seconds to come to an end/);
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('ada@example.com asked for it to be cancelled').waitFor();
    const took = await cancel(scene, 'Stop the statement now');
    t.diagnostic(`stopped after ${took.toFixed(0)} ms`);
    assert.ok(took < 1_000, `${took} ms`);
    await holder.end();
    assert.match(await page.locator('main').innerText(), /m was cancelled/);
    await page.getByRole('link', { name: 'Review it' }).click();
    assert.deepEqual(await findingsOn(page), ['1 done', '2 half done', '3 cannot tell']);
    assert.equal(
      await take(scene, 'Drop the invalid index public.users_name and go on with statement 2'),
      'done',
    );
    assert.equal(await stateOf(scene), 'applied');
    assert.deepEqual(
      await database.query(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_name'::regclass`),
      [{ indisvalid: true }],
    );
    assert.deepEqual(scene.problems, []);
  },
);

/** Somebody who leaves a transaction open. */
async function hold({ database }: Scene, sql: string): Promise<Client> {
  const holder = new Client({ connectionString: database.url, application_name: 'billing-report' });
  holder.on('error', () => {});
  await holder.connect();
  await holder.query(sql);
  return holder;
}

const ALTER = '-- +goose Up\n-- +gander LOCK TIMEOUT 60s\nALTER TABLE users ADD COLUMN born date;\n';

test(
  'a migration that waits for a lock is cancelled while the holder goes on; when the holder is done, it is applied',
  { skip },
  async (t) => {
    const scene = await openScene(
      browser!,
      { [FILE]: `${ALTER}\n-- +goose Down\nALTER TABLE users DROP COLUMN born;\n` },
      { setup: 'CREATE TABLE users (name text)' },
    );
    const { page, database } = scene;
    const holder = await hold(scene, `BEGIN; SELECT 'a report' FROM users`);
    await startUntil(scene, 'waits for an ACCESS EXCLUSIVE lock on public.users');
    assert.match(await page.locator('#run-now').innerText(), /Held by billing-report/);
    const took = await cancel(scene, 'Cancel the run');
    t.diagnostic(`stopped after ${took.toFixed(0)} ms`);
    assert.ok(took < 1_000, `${took} ms`);
    assert.equal((await holder.query('SELECT 1 AS one')).rows[0].one, 1, 'nobody ended the holder');
    // Whoever came after it does not wait any more.
    await database.query('SELECT FROM users');
    await holder.query('COMMIT');
    await holder.end();
    await page.getByRole('link', { name: 'Preview again' }).click();
    await page.getByRole('button', { name: /^Apply/ }).click();
    assert.equal(await runEnds(page), 'done');
    assert.equal(await stateOf(scene), 'applied');
    assert.deepEqual(scene.problems, []);
  },
);

test(
  'a lock is not to be had in time: the page says who has it, and once it is free the migration is tried again by itself',
  { skip },
  async () => {
    const scene = await openScene(
      browser!,
      { [FILE]: ALTER.replace('60s', '300ms') },
      { setup: 'CREATE TABLE users (name text)' },
    );
    const { page, database } = scene;
    const holder = await hold(scene, `BEGIN; SELECT 'a report' FROM users`);
    await scene.open('/plan?direction=up');
    await page.getByRole('button', { name: /^Apply/ }).click();
    await page.getByText('Held by billing-report').waitFor();
    await until(
      'it is tried again',
      async () =>
        (await database.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)).length > 0,
    );
    await holder.query('COMMIT');
    await holder.end();
    assert.equal(await runEnds(page), 'done');
    assert.equal(await stateOf(scene), 'applied');
  },
);
