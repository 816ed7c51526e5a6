// Two people see the same dirty migration and act on it: one of them does it, and the other one is told who and what.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { hashPassword } from '../../server/store/passwords.ts';
import { browserMissing, launchBrowser, type OpenedPage, openPage } from '../support/browser.ts';
import { gooseWithoutTransaction as loose } from '../support/migrations.ts';
import { apply, choose, isGood, openScene, runEnds, type Scene, stateOf } from '../support/scene.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const BOB = { email: 'bob@example.com', password: 'correct horse battery' } as const;
const RECOVERY = '/migrations/1/recovery';

/** A migration that has failed at its second statement, and two people who look at that, each in a browser of his own. */
async function two(mended: string): Promise<{ ada: Scene; bob: OpenedPage }> {
  const text = (second: string): string => loose(`CREATE TABLE a (n int);\n${second}`, 'DROP TABLE a;');
  const ada = await openScene(browser!, { '1_m.sql': text('SELEC;') });
  assert.equal(await apply(ada), 'failed');
  await ada.write('1_m.sql', text(mended));
  await ada.database.query(
    `INSERT INTO gander.users (email, role, password_hash) VALUES ($1, 'operator', $2)`,
    [BOB.email, await hashPassword(BOB.password)],
  );
  const bob = await openPage(browser!);
  await bob.page.goto(`${ada.dashboard.address}/login`);
  await bob.page.getByLabel('E-mail address').fill(BOB.email);
  await bob.page.getByLabel('Password').fill(BOB.password);
  await bob.page.getByRole('button', { name: 'Sign in' }).click();
  await bob.page.locator('#band').waitFor();
  await ada.open(RECOVERY);
  await bob.page.goto(ada.dashboard.address + RECOVERY);
  return { ada, bob };
}

/** Does what has been chosen. @returns what the other one's action has come to: '' where it is this one's that runs */
async function press({ page }: Pick<Scene, 'page'>): Promise<string> {
  await page.getByRole('button', { name: 'Do it' }).click();
  const refusal = page.getByRole('alert');
  await refusal.or(page.getByRole('heading', { name: 'Run 2: Recovery of 1' })).waitFor();
  return (await refusal.count()) === 0 ? '' : refusal.innerText();
}

test(
  'one is quicker: the other is told who has resolved it, in which run, and that nothing was done',
  { skip },
  async () => {
    const { ada, bob } = await two(`INSERT INTO a VALUES (1);`);
    await choose(ada, 'Go on with statement 2');
    await choose(bob, 'It never happened: record it as not applied', { overrule: true });
    await ada.page.getByRole('button', { name: 'Do it' }).click();
    assert.equal(await runEnds(ada.page), 'done');
    await bob.page.getByRole('button', { name: 'Do it' }).click();
    const said = await bob.page.getByRole('alert').innerText();
    assert.match(
      said,
      /ada@example\.com has resolved it meanwhile \(run 2\): 1_m is applied, and nothing was done/,
    );
    assert.match(await bob.page.locator('main').innerText(), /m is applied, not dirty/);
    await isGood(bob);
    await bob.page.getByRole('link', { name: 'To the migration' }).click();
    assert.match(await bob.page.locator('main').innerText(), /applied/);
    assert.deepEqual(await ada.database.query('SELECT n FROM a'), [{ n: 1 }]);
    assert.deepEqual(await ada.database.query('SELECT count(*)::int AS runs FROM gander.runs'), [
      { runs: 2 },
    ]);
    assert.equal(await stateOf(ada), 'applied');
  },
);

test(
  'the other one acts while it runs: he is told that it runs, is led to it, and sees it end',
  { skip },
  async () => {
    const { ada, bob } = await two(`INSERT INTO a SELECT 1 FROM pg_sleep(4);`);
    await choose(ada, 'Go on with statement 2');
    await choose(bob, 'Go on with statement 2');
    await ada.page.getByRole('button', { name: 'Do it' }).click();
    await ada.page.waitForURL(/\/runs\/2$/);
    await bob.page.getByRole('button', { name: 'Do it' }).click();
    assert.match(
      await bob.page.locator('main').innerText(),
      /ada@example\.com .*\(run 2\): 1_m is running, and nothing was done[^]*It is running/,
    );
    await isGood(bob);
    await bob.page.locator('main').getByRole('link', { name: 'Watch run 2' }).click();
    assert.equal(await runEnds(bob.page), 'done');
    assert.equal(await runEnds(ada.page), 'done');
    assert.deepEqual(await ada.database.query('SELECT n FROM a'), [{ n: 1 }]);
    assert.equal(await stateOf(ada), 'applied');
  },
);

test('both press at the same moment: it is done once, and both see how it ended', { skip }, async () => {
  const { ada, bob } = await two(`INSERT INTO a VALUES (1);`);
  await choose(ada, 'Go on with statement 2');
  await choose(bob, 'Go on with statement 2');
  const [first, second] = await Promise.all([press(ada), press(bob)]);
  assert.equal([first, second].filter((said) => said === '').length, 1, `${first} ${second}`);
  // He comes before the other one's run has its row, or after.
  assert.match(
    first || second,
    /^Migrations are being run by gander run|^(?:ada|bob)@example\.com has resolved it meanwhile \(run 2\)/,
  );
  await ada.open('/runs/2');
  assert.equal(await runEnds(ada.page), 'done');
  assert.deepEqual(await ada.database.query('SELECT n FROM a'), [{ n: 1 }]);
  assert.equal(await stateOf(ada), 'applied');
});
