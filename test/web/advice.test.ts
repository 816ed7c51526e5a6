// Advice on the pages: at the statements it is about, in words, folded, and never as HTML.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { axe, browserMissing, launchBrowser } from '../support/browser.ts';
import { goose, gooseWithoutTransaction } from '../support/migrations.ts';
import { openScene, type Scene } from '../support/scene.ts';

const HOSTILE = 'x"><script>alert(1)</script>';

const FILES = {
  '1_users.sql': goose(
    'CREATE TABLE users (id bigint PRIMARY KEY, email text, age int);\nCREATE VIEW mails AS SELECT email FROM users;',
    'DROP VIEW mails;\nDROP TABLE users;',
  ),
  '2_changes.sql': `-- +gander ALLOW rename: the code says both <b>names</b>\n${goose(
    `CREATE INDEX users_email ON users (email);
ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();
ALTER TABLE users RENAME COLUMN age TO years;
CREATE TABLE "${HOSTILE.replaceAll('"', '""')}" (at timestamp);
ALTER TABLE users DROP COLUMN email;`,
    'SELECT f();',
  )}`,
  '3_built.sql': gooseWithoutTransaction(
    'CREATE INDEX CONCURRENTLY users_id ON users (id);',
    'DROP INDEX users_id;',
  ),
};

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());

const SETUP = `
  CREATE TABLE schema_migrations (version_id bigint PRIMARY KEY, is_dirty boolean NOT NULL, tstamp timestamptz NOT NULL);
  INSERT INTO schema_migrations VALUES (1, false, now());
  CREATE TABLE users (id bigint PRIMARY KEY, email text, age int);
  CREATE VIEW mails AS SELECT email FROM users;
  INSERT INTO users SELECT i, i FROM generate_series(1, 30000) i;
  ANALYZE users;`;

// Its dashboard lives as long as the file.
const scene: Scene = browser === null ? (null as never) : await openScene(browser, FILES, { setup: SETUP });

describe('advice in the browser', { skip: browserMissing }, () => {
  test('a plan tells how much there is to look at, and each finding stands at its statement', async () => {
    const { page } = scene;
    await scene.open('/plan?direction=up');
    assert.match(
      await page.locator('#advice').innerText(),
      /Advice: 1 error, 2 warnings, each at its statement below/,
    );
    const statements = page.locator('.step').first().locator('.does > li');
    const found = await Promise.all(
      (await statements.all()).map(async (one) =>
        (await one.locator('.finding > summary').allInnerTexts()).map((text) =>
          text.replaceAll(/\s+/g, ' ').trim(),
        ),
      ),
    );
    assert.match(
      found[0]!.join(),
      /^warning Nobody can write to users \(about 30,000 rows, .*\) until the index is built\.$/,
    );
    assert.match(found[1]!.join(), /^warning Each row gets a value of its own/);
    assert.deepEqual([found[2], found[3]], [[], []]);
    assert.match(found[4]!.join(), /^error It fails: the view public\.mails uses users\.email \(2BP01\)\.$/);
    assert.equal(await page.locator('.step').nth(1).locator('.finding').count(), 0);
  });

  test('a finding opens to what to write instead, the lock, its line and PostgreSQL’s manual', async () => {
    const { page } = scene;
    await scene.open('/plan?direction=up');
    const finding = page.locator('.finding').first();
    assert.equal(await finding.locator('pre').isVisible(), false);
    await finding.locator('summary').click();
    assert.match(
      await finding.locator('pre').innerText(),
      /CREATE INDEX CONCURRENTLY users_email ON users \(email\);/,
    );
    assert.match(
      await finding.innerText(),
      /It takes SHARE on users: writes wait until the transaction ends\./,
    );
    const manual = finding.getByRole('link', { name: 'PostgreSQL’s manual' });
    assert.match((await manual.getAttribute('href')) ?? '', /^https:\/\/www\.postgresql\.org\/docs\//);
    const line = finding.getByRole('link', { name: 'Line 3' });
    assert.equal(await page.locator((await line.getAttribute('href'))!).count(), 1);
  });

  test('notes, and what is allowed with its reason, are folded', async () => {
    const { page } = scene;
    await scene.open('/plan?direction=up');
    const folded = page.locator('.step details.folded').first();
    assert.equal((await folded.locator('> summary').innerText()).trim(), '1 note, 1 allowed');
    await folded.locator('> summary').click();
    await folded
      .locator('.finding', { hasText: 'years' })
      .or(folded.locator('.finding', { hasText: 'users.age' }))
      .locator('summary')
      .click();
    assert.match(await folded.innerText(), /Allowed: the code says both <b>names<\/b>/);
    assert.match(await folded.innerText(), /at of "x""><script>alert\(1\)<\/script>"/);
  });

  test('a pending migration’s page tells what applying it would do, an applied one’s what rolling back would', async () => {
    const { page } = scene;
    await scene.open('/migrations/2');
    assert.match(await page.locator('#advice h2').innerText(), /Before it is applied/);
    assert.equal(await page.locator('#advice > .finding').count(), 3);
    const href = await page.locator('#advice .finding a').first().getAttribute('href');
    assert.equal(href, '#up-L3');
    assert.ok(await page.locator('#up-L3.marked').count());
    await scene.open('/migrations/1');
    assert.match(await page.locator('#advice h2').innerText(), /If it is rolled back/);
    assert.match(await page.locator('#advice').innerText(), /All rows of users \(about 30,000 rows/);
    await scene.open('/migrations/3');
    assert.equal(await page.locator('#advice').count(), 0);
  });

  test('nothing is wrong with the pages: no violation, no error, no script of others, wide and narrow, light and dark', async () => {
    const { page, problems } = scene;
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const address of ['/plan?direction=up', '/migrations/2']) {
          await scene.open(address);
          await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
          assert.deepEqual(await axe(page), [], `${address} ${width} ${colorScheme}`);
          const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
          assert.ok(overflow <= 0, `${address} is ${overflow} px too wide at ${width}`);
        }
      }
    }
    assert.deepEqual(problems, []);
  });

  test('where the catalogs cannot be asked in time, the advice from before is shown, or none, and that is said', async (t) => {
    const client = await scene.database.pool.connect();
    t.after(() => client.release(true));
    await client.query('BEGIN; LOCK TABLE pg_catalog.pg_inherits IN ACCESS EXCLUSIVE MODE');
    await scene.open('/plan?direction=up');
    assert.match(await scene.page.locator('main').innerText(), /This is how things stood[^]*Advice: 1 error/);
    await scene.open('/plan?direction=up&to=2');
    assert.match(await scene.page.locator('main').innerText(), /cannot be told just now/);
    assert.equal(await scene.page.getByRole('button', { name: /^Apply 1/ }).count(), 1);
  });

  test('while somebody keeps everybody from a table the advice is told all the same', async (t) => {
    const client = await scene.database.pool.connect();
    t.after(() => client.release(true));
    await client.query('BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
    await scene.open('/plan?direction=up');
    assert.equal(await scene.page.locator('#advice').count(), 1);
  });
});
