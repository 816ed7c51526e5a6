// The main job, in a real browser: set up, sign in, apply, meet a failure, mend it, roll back. With scripts and without.
import assert from 'node:assert/strict';
import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../server/package-root.ts';
import { axe, browserMissing, launchBrowser, openPage } from '../support/browser.ts';
import { ADMIN, openDashboard } from '../support/dashboard.ts';
import { goose, writeMigrations } from '../support/migrations.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());

const BROKEN = '20260101000000_add_plan.sql';
const LATER = '20260102000000_later.sql';

for (const javaScript of [true, false]) {
  test(
    `the whole story ${javaScript ? 'in a browser' : 'with scripts switched off'}`,
    { skip: browserMissing },
    async (t) => {
      const dir = await writeMigrations();
      await cp(path.join(packageRoot, 'migrations', 'example'), dir, { recursive: true });
      const dashboard = await openDashboard(dir);
      const { page, problems } = await openPage(browser!, { javaScript });
      const at = (address: string): string => dashboard.address + address;
      const isAccessible = async (): Promise<void> => {
        if (javaScript) assert.deepEqual(await axe(page), [], page.url());
      };

      await t.test(
        'the first visit leads to the set-up page; the code from the console makes the first administrator',
        async () => {
          await page.goto(at('/'));
          assert.equal(new URL(page.url()).pathname, '/setup');
          await isAccessible();
          await page.getByLabel('Setup code').fill('AAAA-BBBB-CCCC');
          await page.getByLabel('E-mail address').fill(ADMIN.email);
          await page.getByLabel('Password').fill(ADMIN.password);
          await page.getByRole('button', { name: 'Make the administrator' }).click();
          assert.match(await textOf(page, 'main'), /This is not the code/);
          await isAccessible();
          problems.splice(0); // browsers note the 422 on the console
          await page.getByLabel('Setup code').fill(dashboard.code.toLowerCase());
          await page.getByLabel('Password').fill(ADMIN.password);
          await page.getByRole('button', { name: 'Make the administrator' }).click();
          assert.equal(new URL(page.url()).pathname, '/');
        },
      );

      await t.test('signing out and in again', async () => {
        await page.getByRole('button', { name: 'Sign out' }).click();
        assert.equal(new URL(page.url()).pathname, '/login');
        await isAccessible();
        await page.getByLabel('E-mail address').fill(ADMIN.email.toUpperCase());
        await page.getByLabel('Password').fill('not the password');
        await page.getByRole('button', { name: 'Sign in' }).click();
        assert.match(await textOf(page, 'main'), /The e-mail address or the password is wrong/);
        problems.splice(0);
        await page.getByLabel('Password').fill(ADMIN.password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        assert.equal(new URL(page.url()).pathname, '/');
      });

      await t.test('44 migrations are pending', async () => {
        assert.match(await textOf(page, '#band'), /nothing applied yet, 44 pending/);
        assert.equal(await page.locator('section[aria-labelledby=pending-heading] tbody tr').count(), 44);
        await isAccessible();
      });

      await t.test('one migration shows its SQL, highlighted, Up and Down', async () => {
        await page.getByRole('link', { name: 'create_users' }).click();
        assert.match(await textOf(page, '#up'), /CREATE TABLE users/);
        assert.match(await textOf(page, '#down'), /DROP TABLE users/);
        assert.ok((await page.locator('#up .hljs-keyword').count()) > 5);
        await isAccessible();
      });

      await t.test(
        'the plan is seen, then run: every migration is applied, with when, by whom and how long',
        async () => {
          await page.goto(at('/'));
          await page.getByRole('link', { name: 'Preview 44 pending migrations' }).click();
          assert.match(await textOf(page, 'main'), /44 migrations will be applied, in this order/);
          await isAccessible();
          await page.getByRole('button', { name: 'Apply 44 migrations' }).click();
          await isAccessible();
          await runEnds(page);
          assert.match(await textOf(page, 'main'), /44 of 44 done/);
          await page.goto(at('/'));
          assert.match(await textOf(page, '#band'), /at 20251222141733, up to date/);
          const row = await page
            .locator('section[aria-labelledby=applied-heading] tbody tr')
            .first()
            .innerText();
          assert.match(row, /20251222141733/);
          assert.match(row, /UTC|ago|now/);
          assert.match(row, /ada@example\.com/);
          assert.match(row, /\d m?s/);
          await isAccessible();
        },
      );

      await t.test(
        'a failing file: dirty on every page, a caret at the place, nothing after it is run',
        async () => {
          await writeFile(
            path.join(dir, BROKEN),
            goose(
              'CREATE TABLE plans (id int);\nALTER TABLE users\n  ADD COLUMN plan text DEFALT 0;',
              'DROP TABLE plans;',
            ),
          );
          await writeFile(path.join(dir, LATER), goose('CREATE TABLE later (id int);', 'DROP TABLE later;'));
          await page.goto(at('/plan?direction=up'));
          await page.getByRole('button', { name: 'Apply 2 migrations' }).click();
          await runEnds(page);
          const text = await textOf(page, 'main');
          assert.match(text, /0 of 2 done, 1 failed, 1 not run/);
          assert.match(text, /syntax error at or near "DEFALT"/);
          assert.match(text, /42601/);
          assert.match(text, /20260101000000_add_plan\.sql:4:24/);
          await caretIsUnder(page, 'DEFALT');
          await isAccessible();
          for (const address of ['/', '/runs', '/plan?direction=up', '/migrations/20250106091512']) {
            await page.goto(at(address));
            assert.match(await textOf(page, '#band'), /1 dirty/, address);
          }
          await page.goto(at('/'));
          await isAccessible();
          await page.getByRole('link', { name: 'Review 20260101000000_add_plan' }).click();
          await caretIsUnder(page, 'DEFALT');
          assert.match(await textOf(page, 'main'), /PostgreSQL undid all of it/);
          await isAccessible();
          assert.deepEqual(
            await dashboard.database.query(`SELECT FROM pg_tables WHERE tablename IN ('plans', 'later')`),
            [],
          );
        },
      );

      await t.test('the mended file is applied, and what follows it', async () => {
        await writeFile(path.join(dir, BROKEN), goose('CREATE TABLE plans (id int);', 'DROP TABLE plans;'));
        await page.goto(at('/migrations/20260101000000'));
        await page.getByRole('link', { name: 'Preview trying again' }).click();
        await page.getByRole('button', { name: 'Apply 1 migration' }).click();
        await runEnds(page);
        await page.goto(at('/plan?direction=up'));
        await page.getByRole('button', { name: 'Apply 1 migration' }).click();
        await runEnds(page);
        assert.match(await textOf(page, '#band'), /at 20260102000000, up to date/);
      });

      await t.test(
        'two are rolled back, then down to a version; an irreversible one has to be ticked',
        async () => {
          await page.goto(at('/plan?direction=down&steps=2'));
          assert.match(await textOf(page, 'main'), /2 migrations will be rolled back/);
          await isAccessible();
          await page.getByRole('button', { name: 'Roll back 2 migrations' }).click();
          await runEnds(page);
          await page.goto(at('/migrations/20251204075944'));
          await page.getByRole('link', { name: 'Preview rolling back the 2 migrations after it' }).click();
          await page.getByRole('checkbox').check();
          await isAccessible();
          await page.getByRole('button', { name: 'Roll back 2 migrations' }).click();
          await runEnds(page);
          await page.goto(at('/'));
          assert.match(await textOf(page, '#band'), /at 20251204075944, 4 pending/);
          const pending = await page
            .locator('section[aria-labelledby=pending-heading] tbody tr')
            .allInnerTexts();
          assert.deepEqual(
            pending.map((row) => /\d{14}/.exec(row)?.[0]),
            ['20251216103045', '20251222141733', '20260101000000', '20260102000000'],
          );
        },
      );

      await t.test(
        'a file that is gone, one that is changed and one that cannot be read need attention',
        async () => {
          await rm(path.join(dir, '20250109150544_create_torbox_pool_keys.sql'));
          await writeFile(
            path.join(dir, '20250114101933_seed_torbox_pool.sql'),
            goose('SELECT 1;', 'SELECT 1;'),
          );
          await writeFile(path.join(dir, LATER), 'no annotation\n');
          await page.goto(at('/'));
          const text = await textOf(page, '#attention');
          assert.match(text, /20250109150544[^]*missing/);
          assert.match(text, /20250114101933[^]*changed/);
          assert.match(text, /20260102000000[^]*invalid/);
          await isAccessible();
          for (const version of ['20250109150544', '20250114101933', '20260102000000']) {
            await page.goto(at(`/migrations/${version}`));
            await isAccessible();
          }
          await page.goto(at('/runs'));
          await isAccessible();
        },
      );

      assert.deepEqual(problems, [], 'the browser’s console is quiet');
    },
  );
}

async function textOf(page: Page, selector: string): Promise<string> {
  return page.locator(selector).first().innerText();
}

/** Waits until the run's page says how it ended; it reloads itself while the run goes on. */
async function runEnds(page: Page): Promise<void> {
  assert.match(page.url(), /\/runs\/\d+$/);
  const ended = page.locator('main h1 ~ .facts .state').filter({ hasText: /done|failed|interrupted/ });
  await ended.waitFor({ timeout: 20_000 });
}

/** The caret's line stands right under the failing one, and the caret under the first letter of `word`. */
async function caretIsUnder(page: Page, word: string): Promise<void> {
  const [line, caret] = await Promise.all([
    page.locator('.excerpt .hit').innerText(),
    page.locator('.excerpt .caret').innerText(),
  ]);
  const text = line.replace(/^\d+/, '').trimEnd();
  assert.equal(caret.trimEnd().length - 1, text.indexOf(word), `${line}${caret}`);
}
