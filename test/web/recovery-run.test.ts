// Between a run and a recovery: a run that failed leads to where it is reviewed, and the run that leads out says what it is.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { goose, gooseWithoutTransaction as loose } from '../support/migrations.ts';
import { apply, isGood, openScene, stateOf, take } from '../support/scene.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const HOSTILE = `</q><script>alert(1)</script><b onclick="x">"a typing' error"`;

test(
  'a run that failed leads to where it is reviewed; the run that leads out says which way it is, and why',
  { skip },
  async () => {
    const text = (second: string): string => loose(`CREATE TABLE a (n int);\n${second}`, 'DROP TABLE a;');
    const scene = await openScene(browser!, { '1_m.sql': text('SELEC;') });
    const { page } = scene;
    const main = page.locator('main');
    assert.equal(await apply(scene), 'failed');
    assert.match(await main.innerText(), /Nothing else runs until somebody has seen what is there/);
    await main.getByRole('link', { name: 'Review it' }).click();
    await page.waitForURL(/\/migrations\/1\/recovery$/);
    await scene.write('1_m.sql', text('SELECT 1;'));
    await page.reload();
    assert.equal(await take(scene, 'Go on with statement 2', { reason: HOSTILE }), 'done');
    assert.match(await main.innerText(), /^Run 2: Recovery of 1$/m);
    assert.match(
      await main.innerText(),
      /^Found before\s+Statement 1 is in the database[^]*^Way out\s+Go on with statement 2$/m,
    );
    assert.ok((await main.innerText()).includes(`Reason\n${HOSTILE}`));
    await isGood(scene);
    const report = await (await page.request.get(`${page.url()}/report`)).text();
    assert.match(report, /^Run 2 on .*: Recovery of 1: done$/m);
    assert.ok(report.includes(`Reason: ${HOSTILE}`));
    await scene.open('/runs');
    const [recovery, failure] = await page.locator('tbody tr').all();
    assert.match(await recovery!.innerText(), /Recovery of 1\s+Go on with statement 2: /);
    assert.ok((await recovery!.innerText()).includes(HOSTILE));
    assert.match(await failure!.innerText(), /\bApply\b/);
    await isGood(scene);
    await page.getByRole('link', { name: 'Apply' }).click();
    assert.match(await main.innerText(), /It is not dirty any more\./);
    await main.getByRole('link', { name: 'Open the migration' }).click();
    await page.waitForURL(/\/migrations\/1$/);
    assert.deepEqual(scene.problems, []);
  },
);

test('a recovery that fails leads to the review again, and not to a plan', { skip }, async () => {
  const scene = await openScene(browser!, { '1_m.sql': goose('SELECT 1 / 0;', 'SELECT 1;') });
  const { page } = scene;
  assert.equal(await apply(scene), 'failed');
  assert.equal(await page.getByRole('link', { name: 'Preview again' }).count(), 1);
  await page.getByRole('link', { name: 'Review it' }).click();
  assert.equal(await take(scene, 'Try it again from the start'), 'failed');
  assert.equal(await page.getByRole('link', { name: 'Preview again' }).count(), 0);
  await page.getByRole('link', { name: 'Review it' }).click();
  await scene.write('1_m.sql', goose('SELECT 1 / 1;', 'SELECT 1;'));
  await page.reload();
  assert.equal(await take(scene, 'Try it again from the start'), 'done');
  assert.equal(await stateOf(scene), 'applied');
});
