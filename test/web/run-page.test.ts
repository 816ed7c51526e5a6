// A run's page in a real browser, with scripts and without: while it goes on, when it waits, is cancelled, fails, dies.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Client } from 'pg';
import { hashPassword } from '../../server/store/passwords.ts';
import { browserMissing, launchBrowser, type OpenedPage, openPage } from '../support/browser.ts';
import { ADMIN, openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../support/migrations.ts';
import { isGood } from '../support/scene.ts';
import { until } from '../support/wait.ts';

const skip = browserMissing;
const browser = skip === false ? await launchBrowser() : null;
after(() => browser?.close());

interface Site extends OpenedPage {
  readonly dashboard: TestDashboard;
  readonly at: (address: string) => string;
  /** Applies what is pending, up to a version, and is on the run's page then. */
  readonly apply: (to?: string) => Promise<void>;
  readonly text: (selector: string) => Promise<string>;
  /** What axe says, light and dark, and that nothing scrolls sideways; with scripts off nothing can be asked. */
  readonly isAccessible: () => Promise<void>;
  readonly close: () => Promise<void>;
}

async function open(
  files: Record<string, string>,
  javaScript: boolean,
  user: { email: string; password: string } = ADMIN,
): Promise<Site> {
  const dashboard = await openDashboard(await writeMigrations(files), { admin: true });
  if (user !== ADMIN) {
    await dashboard.database.query(
      `INSERT INTO gander.users (email, role, password_hash) VALUES ($1, 'viewer', $2)`,
      [user.email, await hashPassword(user.password)],
    );
  }
  const opened = await openPage(browser!, { javaScript });
  const { page, context } = opened;
  const at = (address: string): string => dashboard.address + address;
  await page.goto(at('/login'));
  await page.getByLabel('E-mail address').fill(user.email);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return {
    ...opened,
    dashboard,
    at,
    apply: async (to = '') => {
      await page.goto(at(`/plan?direction=up&to=${to}`));
      await page.getByRole('button', { name: /^Apply/ }).click();
      await page.waitForURL(/\/runs\/\d+/);
    },
    text: (selector) => page.locator(selector).first().innerText(),
    isAccessible: async () => {
      if (javaScript) await isGood({ page });
    },
    close: async () => {
      await context.close();
      await dashboard.stop();
    },
  };
}

async function says(page: Page, state: string): Promise<void> {
  await page.locator('#run-head .state').filter({ hasText: state }).waitFor({ timeout: 20_000 });
}

/** Somebody who has left a transaction open that has read a table. */
async function holdUsers({ database }: TestDashboard): Promise<Client> {
  const holder = new Client({ connectionString: database.url, application_name: 'billing-report' });
  holder.on('error', () => {});
  await holder.connect();
  await holder.query(`BEGIN; SELECT 'a report' FROM users`);
  return holder;
}

const WAITING = {
  '1_users.sql': goose('CREATE TABLE users (id int);'),
  '2_alter.sql': goose('ALTER TABLE users ADD COLUMN a int;').replace(
    '-- +goose Up',
    '-- +goose Up\n-- +gander LOCK TIMEOUT 60s',
  ),
  '3_next.sql': goose('CREATE TABLE next (id int);'),
};

for (const javaScript of [true, false]) {
  const how = javaScript ? '' : ', with scripts switched off';

  test(
    `a run that waits for a lock says who has it; an administrator ends that session, and the run goes on${how}`,
    { skip },
    async () => {
      const site = await open(WAITING, javaScript);
      const { page } = site;
      await site.apply('1');
      await says(page, 'done');
      const holder = await holdUsers(site.dashboard);
      await site.apply();
      await page.getByText('waits for an ACCESS EXCLUSIVE lock on public.users').waitFor();
      const now = await site.text('#run-now');
      assert.match(now, /Held by billing-report \(process \d+, user \w+, from [\d.]+\): idle in transaction/);
      assert.match(now, /SELECT 'a report' FROM users/);
      const waiting = site.dashboard.database.query('SELECT FROM users');
      await page.getByText('One session waits behind it.').waitFor();
      await site.isAccessible();
      await page.getByRole('link', { name: 'End this session' }).click();
      assert.match(await site.text('main'), /End the session of process \d+\?/);
      await site.isAccessible();
      await page.getByRole('button', { name: 'End the session' }).click();
      await says(page, 'done');
      await waiting;
      assert.match(
        await site.text('#run-head'),
        /ada@example\.com ended billing-report \(process \d+\), which it waited for/,
      );
      await holder.end().catch(() => {});
      assert.deepEqual(site.problems, []);
      await site.close();
    },
  );

  test(
    `a person cancels a run: asked once more, stopped within a second, told by name${how}`,
    { skip },
    async () => {
      const site = await open(WAITING, javaScript);
      const { page } = site;
      await site.apply('1');
      await says(page, 'done');
      const holder = await holdUsers(site.dashboard);
      await site.apply();
      await page.getByText('waits for an ACCESS EXCLUSIVE lock').waitFor();
      await page.getByRole('link', { name: 'Cancel' }).click();
      assert.match(
        await site.text('main'),
        /Cancel run 2\?[^]*PostgreSQL undoes all of it[^]*1 migration will not be run/,
      );
      await site.isAccessible();
      await page.getByRole('button', { name: 'Cancel the run' }).click();
      await says(page, 'failed');
      const text = await site.text('main');
      assert.match(text, /alter was cancelled/);
      assert.match(text, /ada@example\.com asked for the run to be cancelled/);
      assert.match(text, /0 of 2 done, 1 failed, 1 not run/);
      await site.isAccessible();
      const [times] = await site.dashboard.database.query<{ ms: number }>(
        `SELECT extract(epoch FROM r.finished_at - a.at)::float8 * 1000 AS ms FROM gander.runs r JOIN gander.actions a ON a.run_id = r.id`,
      );
      assert.ok(times!.ms < 1_000, `${times!.ms} ms`);
      await holder.end();
      await site.close();
    },
  );

  test(`a server that stops in the middle of a run: what became of it is said${how}`, { skip }, async () => {
    const site = await open(
      {
        '1_a.sql': goose('CREATE TABLE a (id int);'),
        '2_slow.sql': goose('SELECT 1;\nSELECT 2;\nSELECT pg_sleep(4);'),
      },
      javaScript,
    );
    const { page, dashboard } = site;
    await site.apply();
    await page.getByText('Statement 3 of 3').waitFor();
    await site.isAccessible();
    await says(page, 'done');
    await site.isAccessible();
    // The record as a dead process leaves it; its session is gone.
    await dashboard.database.query(`
      UPDATE gander.statements SET state = 'running', took_ms = NULL WHERE step = 1 AND position = 2;
      UPDATE gander.steps SET state = 'running', took_ms = NULL WHERE position = 1;
      UPDATE gander.runs SET state = 'running', finished_at = NULL;
      DELETE FROM schema_migrations WHERE version_id = 2`);
    // Nobody can settle it as long as somebody else has the lock.
    const other = new Client({ connectionString: dashboard.database.url });
    await other.connect();
    await other.query('SELECT pg_advisory_lock(4097083626)');
    await page.reload();
    await page.getByText('What became of it is looked up as soon as its session').waitFor();
    assert.match(await site.text('#run-now'), /running\s+select/, 'and nothing is said of its statements');
    await site.isAccessible();
    await other.end();
    await page.getByText('The server stopped during this run; statement 3 was rolled back').waitFor();
    await says(page, 'interrupted');
    assert.match(await site.text('main'), /1 of 2 done, 1 interrupted[^]*nothing of it is in the database/);
    await site.isAccessible();
    const [run] = await dashboard.database.query('SELECT state FROM gander.runs');
    assert.deepEqual(run, { state: 'interrupted' }, 'it is settled');
    await site.close();
  });
}

test(
  'a failure is told whole: what, where, why most likely, what is left, what to do; and as plain text',
  { skip },
  async () => {
    const site = await open(
      {
        '1_users.sql': goose('CREATE TABLE users (id int);\nINSERT INTO users VALUES (1);'),
        '2_email.sql': goose('CREATE TABLE b (id int);\nALTER TABLE users ADD COLUMN email text NOT NULL;'),
        '3_never.sql': goose('SELECT 1;'),
      },
      true,
    );
    const { page } = site;
    await site.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await site.apply();
    await says(page, 'failed');
    const text = await site.text('main');
    for (const part of [
      /email failed/,
      /SQLSTATE 23502/,
      /column "email" of relation "users" contains null values/,
      /at 2_email\.sql:3/,
      /What it usually means\n+A column that must not be empty would be/,
      /PostgreSQL undid all of it/,
      /1 of 3 done, 1 failed, 1 not run/,
    ])
      assert.match(text, part);
    await site.isAccessible();
    await page.getByRole('button', { name: 'Copy the report' }).click();
    const copied = await until('it is copied', () => page.evaluate<string>('navigator.clipboard.readText()'));
    const report = await (await page.request.get(`${page.url()}/report`)).text();
    assert.equal(copied, report);
    for (const part of [
      /^Run 1 on .*: Apply: failed$/m,
      /SQLSTATE 23502/,
      /^> 3 \| ALTER TABLE users/m,
      /undone +create table b/,
      /^ +not run +3_never$/m,
    ])
      assert.match(report, part);
    assert.deepEqual(site.problems, []);
    await site.close();
  },
);

test(
  'a thousand migrations stay readable: pages of 50, what failed on top, less than 150 kB',
  { skip },
  async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        `${1001 + index}_make_a_table_of_some_name_${index}.sql`,
        goose(index === 620 ? 'SELECT 1/0;' : 'SELECT 1;\nSELECT 2;\nSELECT 3;'),
      ]),
    );
    const site = await open(files, true);
    const { page } = site;
    await site.apply();
    const size = async (): Promise<number> =>
      Buffer.byteLength(await (await page.request.get(page.url())).text());
    assert.ok((await size()) < 150_000, `${await size()} bytes`);
    await says(page, 'failed');
    assert.match(await site.text('#run-now'), /make_a_table_of_some_name_620 failed[^]*division by zero/);
    assert.match(await site.text('#run-overall'), /620 of 1,000 done, 1 failed, 379 not run/);
    assert.match(await site.text('#run-list .pages'), /Page 13 of 20/);
    assert.equal(await page.locator('.steps > li').count(), 50);
    await site.isAccessible();
    await page.goto(`${page.url()}?page=1`);
    assert.ok((await size()) < 150_000, `${await size()} bytes`);
    assert.match(await site.text('.steps > li'), /make_a_table_of_some_name_0/);
    await page.getByRole('link', { name: 'Go to where it is' }).click();
    assert.match(page.url(), /page=13#step-1621$/);
    await site.close();
  },
);

test(
  'five thousand statements stay readable: the last ones with the run, all of them by pages',
  { skip },
  async () => {
    const site = await open(
      {
        '1_many.sql': goose(
          `${Array.from({ length: 5000 }, (_, index) => `COMMENT ON SCHEMA public IS '${index}';`).join('\n')}\nSELEC;`,
        ),
      },
      true,
    );
    const { page } = site;
    await site.apply();
    await says(page, 'failed');
    assert.equal(await page.locator('#run-now .statements > li').count(), 20);
    await page.getByRole('link', { name: 'All 5,001 statements' }).click();
    assert.equal(await page.locator('.statements > li').count(), 100);
    assert.match(await site.text('nav.pages'), /Page 1 of 51/);
    await site.isAccessible();
    await page.getByRole('link', { name: 'Go to the failure' }).click();
    assert.match(page.url(), /page=51#statement-failed$/);
    assert.match(await site.text('#statement-failed'), /line 5002/);
    await site.close();
  },
);

test('who may only look sees neither how to stop it nor what others run', { skip }, async () => {
  const viewer = { email: 'vi@example.com', password: 'correct horse battery' };
  const site = await open(WAITING, true, viewer);
  const { page, dashboard } = site;
  const admin = await openPage(browser!, {});
  await admin.page.goto(site.at('/login'));
  await admin.page.getByLabel('E-mail address').fill(ADMIN.email);
  await admin.page.getByLabel('Password').fill(ADMIN.password);
  await admin.page.getByRole('button', { name: 'Sign in' }).click();
  const apply = async (to: string): Promise<void> => {
    await admin.page.goto(site.at(`/plan?direction=up&to=${to}`));
    await admin.page.getByRole('button', { name: /^Apply/ }).click();
    await admin.page.waitForURL(/\/runs\/\d+/);
  };
  await apply('1');
  await says(admin.page, 'done');
  const holder = await holdUsers(dashboard);
  await apply('');
  await page.goto(site.at('/runs/2'));
  await page.getByText('waits for an ACCESS EXCLUSIVE lock').waitFor();
  assert.match(await site.text('#run-now'), /billing-report/);
  assert.doesNotMatch(await site.text('main'), /a report|End this session|Cancel/);
  for (const address of ['/runs/2/cancellation', '/runs/2/termination?pid=1&started=1'])
    assert.equal((await page.request.get(site.at(address))).status(), 403, address);
  await holder.end();
  await says(page, 'done');
  await admin.context.close();
  await site.close();
});

test('what happens in the database is seen in the browser at once', { skip }, async (t) => {
  const statement = (number: number): string =>
    `WITH now AS MATERIALIZED (SELECT clock_timestamp() AS at) INSERT INTO events SELECT ${number}, at FROM now, LATERAL pg_sleep(0.05 + 0.003 * ${number});`;
  const numbers = Array.from({ length: 40 }, (_, index) => index + 2);
  const site = await open(
    {
      '1_events.sql': gooseWithoutTransaction(
        `CREATE TABLE events (number int, at timestamptz);\n${numbers.map(statement).join('\n')}`,
      ),
    },
    true,
  );
  const { page, dashboard } = site;
  await page.addInitScript(`
    globalThis.seen = {};
    new MutationObserver(() => {
      const number = /Statement (\\d+) of/.exec(document.querySelector('#run-now')?.textContent)?.[1];
      if (number) seen[number] ??= Date.now();
    }).observe(document, { childList: true, subtree: true });`);
  await site.apply();
  await says(page, 'done');
  const seen = await page.evaluate<Record<string, number>>('seen');
  const events = await dashboard.database.query<{ number: number; at: number }>(
    'SELECT number, extract(epoch FROM at)::float8 * 1000 AS at FROM events ORDER BY number',
  );
  // The first ones happened before the page was there; of two that follow closely, the second one is seen for both.
  const seenAt = (number: number): number =>
    Math.min(...Object.entries(seen).flatMap(([shown, at]) => (Number(shown) >= number ? [at] : [])));
  const delays = events
    .slice(5, -1)
    .map(({ number, at }) => seenAt(number) - at)
    .toSorted((a, b) => a - b);
  const [median, p95] = [0.5, 0.95].map((part) => Math.round(delays[Math.floor(delays.length * part)]!));
  t.diagnostic(`seen after ${median} ms, at the 95th percentile ${p95} ms`);
  assert.ok(median! <= 300, `${median} ms`);
  await site.close();
});

test('a tab that is hidden closes its stream; seen again it catches up', { skip }, async () => {
  const site = await open({ '1_slow.sql': gooseWithoutTransaction('SELECT pg_sleep(2);\nSELECT 2;') }, true);
  const { page, dashboard } = site;
  const streams = (): Promise<number> =>
    page.evaluate<number>('globalThis.streams.filter(({ readyState }) => readyState !== 2).length');
  await page.addInitScript(`
    globalThis.streams = [];
    globalThis.EventSource = class extends EventSource { constructor(...args) { super(...args); streams.push(this); } };
    globalThis.setHidden = (hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    };`);
  await site.apply();
  await until('a stream is open', async () => (await streams()) === 1);
  await page.evaluate('setHidden(true)');
  assert.equal(await streams(), 0);
  await until(
    'the run is over',
    async () => (await dashboard.database.query(`SELECT FROM gander.runs WHERE state = 'done'`)).length === 1,
  );
  assert.match(await site.text('#run-head'), /running/);
  await page.evaluate('setHidden(false)');
  await says(page, 'done');
  await until('the stream is closed for good', async () => (await streams()) === 0);
  await site.close();
});

test('where streams do not come through, the page is asked for again', { skip }, async () => {
  const site = await open({ '1_slow.sql': goose('SELECT pg_sleep(2);') }, true);
  await site.page.route('**/events?*', (route) => route.fulfill({ status: 502, body: '' }));
  await site.apply();
  await says(site.page, 'done');
  assert.match(await site.text('#band'), /up to date/);
  await site.close();
});
