// What ran against what the file says now: the page of a changed file.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { goose } from '../support/migrations.ts';
import { apply, isGood, openScene } from '../support/scene.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const COLUMNS = Array.from({ length: 20 }, (_one, at) => `  c${at} int,`).join('\n');
const RAN = goose(`CREATE TABLE users (\n${COLUMNS}\n  phone text\n);`, 'DROP TABLE users;');

test(
  'a changed file leads to what changed, side by side and unified, without scripts',
  { skip },
  async () => {
    const scene = await openScene(browser!, { '1_users.sql': RAN }, { javaScript: false });
    const { page, open, write } = scene;
    assert.equal(await apply(scene), 'done');
    await write('1_users.sql', RAN.replace('phone text', 'mobile text'));
    await open('/migrations/1');
    await page.getByRole('link', { name: 'See what changed' }).click();
    assert.match(await page.locator('#up').innerText(), /\d+ lines are the same/);
    assert.equal(await page.locator('#up td.gone').innerText(), '−\n  phone text');
    assert.equal(await page.locator('#up td.come').innerText(), '+\n  mobile text');
    assert.deepEqual(
      [await page.locator('#up del').innerText(), await page.locator('#up ins').innerText()],
      ['phon', 'mobil'],
    );
    assert.match(await page.locator('#down').innerText(), /unchanged/);
    await page.getByRole('link', { name: 'Unified' }).click();
    assert.equal(await page.locator('.unified td.gone').innerText(), '−\n  phone text');
    await page.getByRole('link', { name: 'All lines' }).click();
    assert.match(page.url(), /view=unified&context=all$/);
    assert.match(await page.locator('#up').innerText(), /c0 int/);
    const at = { ...scene, address: scene.dashboard.address };
    const scripted = await openScene(browser!, {}, { at });
    for (const view of ['split', 'unified']) {
      await scripted.open(`/migrations/1/diff?view=${view}`);
      await isGood(scripted);
    }
  },
);

test('what is in a file is text, and one that did not change says so', { skip }, async () => {
  const evil = `-- <img src=x onerror=alert(1)>\u202E&amp;`;
  const scene = await openScene(browser!, { '1_a.sql': goose('SELECT 1;', 'SELECT 2;') });
  const { page, open, write } = scene;
  page.on('dialog', (dialog) => assert.fail(dialog.message()));
  assert.equal(await apply(scene), 'done');
  await open('/migrations/1/diff');
  assert.match(await page.locator('main').innerText(), /The file is what ran/);
  await write('1_a.sql', goose(`${evil}\nSELECT 1;`, 'SELECT 3;'));
  await open('/migrations/1/diff');
  assert.equal(
    await page.locator('#up td.come').innerText(),
    '+\n-- <img src=x onerror=alert(1)>\uFFFD&amp;',
  );
  assert.equal(await page.locator('#down ins').innerText(), '3');
  assert.equal(await page.locator('main img').count(), 0);
  assert.deepEqual(scene.problems, []);
});

test('two files of 50,000 lines do not hold a page up', { skip }, async (t) => {
  const lines = Array.from({ length: 50_000 }, (_one, at) => `-- ${at}`);
  const scene = await openScene(browser!, { '1_a.sql': goose(`${lines.join('\n')}\nSELECT 1;`) });
  assert.equal(await apply(scene), 'done');
  await scene.write('1_a.sql', goose(`${lines.map((line) => `${line}x`).join('\n')}\nSELECT 1;`));
  const address = `${scene.dashboard.address}/migrations/1/diff`;
  await scene.context.request.get(address);
  const begun = performance.now();
  const answer = await scene.context.request.get(address);
  const ms = performance.now() - begun;
  const { length } = await answer.body();
  t.diagnostic(`${ms.toFixed(0)} ms, ${length} bytes`);
  assert.equal(answer.status(), 200);
  assert.match(await answer.text(), /more rows, which are too many/);
  assert.ok(ms < 3_000 && length < 1_500_000, `${ms} ms, ${length} bytes`);
});
