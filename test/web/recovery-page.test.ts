// The recovery page itself: very long files, hostile names, the keyboard, and what it asks for before it does anything.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { gooseWithoutTransaction as loose } from '../support/migrations.ts';
import {
  apply,
  conclusionOn,
  findingsOn,
  isGood,
  openScene,
  review,
  runEnds,
  stateOf,
  waysOn,
} from '../support/scene.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const FILE = '1_m.sql';

test('a file of 5,000 statements is told of in a few lines, and the page stays small', { skip }, async () => {
  const statements = Array.from({ length: 2_500 }, (_one, at) => [
    `CREATE TABLE t${at} (n int, m text NOT NULL DEFAULT 'x');`,
    `CREATE INDEX t${at}_n ON t${at} (n);`,
  ]).flat();
  const scene = await openScene(
    browser!,
    { [FILE]: loose(statements.join('\n'), 'DROP TABLE t0;') },
    { setup: statements.slice(0, 3_001).join('\n') },
  );
  const { page, database, dashboard } = scene;
  await database.query(`CREATE TABLE schema_migrations (version_id bigint PRIMARY KEY, is_dirty boolean NOT NULL,
    tstamp timestamptz NOT NULL DEFAULT now()); INSERT INTO schema_migrations VALUES (1, true)`);
  await review(scene);
  assert.deepEqual(await findingsOn(page), ['1–3,001 done', '3,002–5,000 not done']);
  assert.equal(
    await conclusionOn(page),
    'Statements 1 to 3001 are in the database, 3002 to 5000 are not: it can go on with statement 3002.',
  );
  assert.deepEqual((await waysOn(page)).slice(0, 2), [
    'Go on with statement 3002',
    'Try it again from the start *',
  ]);
  assert.match(
    await page.locator('#way-retry').innerText(),
    /Statement 3 would fail: [^]*And so would the others, 4 to 3001\./,
  );
  assert.match(await page.locator('#way-applied').innerText(), /And so of the others, 3010 to 5000\./);
  await isGood(scene);
  const answer = await scene.context.request.get(`${dashboard.address}/migrations/1/recovery`);
  const { length } = await answer.body();
  assert.ok(length < 40_000, `${length} bytes`);
});

test(
  'names, comments and errors are text, whatever is in them, and none turns a line round',
  { skip },
  async () => {
    const evil = `<img src=x onerror=alert(1)>"'&amp;\u202Ez`;
    const name = `"${evil.replaceAll('"', '""')}"`;
    const text = `'${evil.replaceAll("'", "''")}'`;
    const scene = await openScene(browser!, {
      [FILE]: loose(
        `CREATE TABLE ${name} (n int);\nCOMMENT ON TABLE ${name} IS ${text};\nCREATE INDEX i ON ${name} (n);\nSELECT ${text}::int;`,
        `DROP TABLE ${name};`,
      ),
    });
    const { page, problems } = scene;
    page.on('dialog', (dialog) => assert.fail(dialog.message()));
    assert.equal(await apply(scene), 'failed');
    await review(scene);
    assert.deepEqual(await findingsOn(page), ['1 done', '2 done', '3 done', '4 cannot tell']);
    const shown = await page.locator('main').innerText();
    assert.match(shown, /The table "<img src=x onerror=alert\(1\)>""'&amp;\uFFFDz" is there\./);
    assert.match(shown, /invalid input syntax for type integer: "<img src=x/);
    assert.doesNotMatch(shown, /\u202E/);
    assert.equal(await page.locator('main img').count(), 0);
    await isGood(scene);
    assert.deepEqual(problems, []);
  },
);

test('a way out is taken with the keyboard alone, and not without a reason', { skip }, async () => {
  const file = (second: string): string => loose(`CREATE TABLE a (n int);\n${second}`, 'DROP TABLE a;');
  const scene = await openScene(browser!, { [FILE]: file('ALTER TABLE a ADD m nothing;') });
  const { page } = scene;
  assert.equal(await apply(scene), 'failed');
  await scene.write(FILE, file('ALTER TABLE a ADD m int;'));
  await review(scene);
  const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.id');
  for (let presses = 0; (await focused()) !== 'choose-resume-2'; presses++) {
    assert.ok(presses < 60, 'the ways out are reached');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Space');
  assert.equal(await page.locator('input[name=way]:checked').inputValue(), 'resume 2');
  for (let presses = 0; (await focused()) !== 'reason'; presses++) {
    assert.ok(presses < 20, 'the reason is reached');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type('  ');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('#reason-problem').waitFor();
  assert.match(await page.locator('#reason-problem').innerText(), /Say why/);
  assert.equal(await page.locator('input[name=way]:checked').inputValue(), 'resume 2', 'the choice is kept');
  await isGood(scene);
  await page.locator('#reason').focus();
  await page.keyboard.type('a typing error');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\/\d+$/);
  assert.equal(await runEnds(page), 'done');
  assert.equal(await stateOf(scene), 'applied');
});

test('what was ticked or chosen for other findings decides nothing', { skip }, async () => {
  const scene = await openScene(browser!, {
    [FILE]: loose('CREATE TABLE a (n int);\nCREATE TABLE b (n nothing);', 'DROP TABLE a;'),
  });
  const { page, database } = scene;
  assert.equal(await apply(scene), 'failed');
  await review(scene);
  const way = page.locator('#way-applied');
  await way.getByRole('radio').check();
  await way.getByRole('checkbox').check();
  await page.getByLabel('Why?').fill('made by hand');
  await database.query('DROP TABLE a');
  await page.getByRole('button', { name: 'Do it' }).click();
  assert.match(await page.getByRole('alert').innerText(), /is not what you saw, so nothing was done/);
  assert.match(await page.locator('#there').innerText(), /There is no table a\./);
  await isGood(scene);
  assert.equal(await stateOf(scene), 'dirty partial');
});

test('who may not run migrations reads all of it, and takes none of the ways', { skip }, async () => {
  const scene = await openScene(browser!, {
    [FILE]: loose('CREATE TABLE a (n int);\nCREATE TABLE b (n nothing);', 'DROP TABLE a;'),
  });
  const { page, database, dashboard } = scene;
  assert.equal(await apply(scene), 'failed');
  await review(scene);
  const token = await page.locator('form#ways input[name=_token]').inputValue();
  const findings = await page.locator('form#ways input[name=findings]').inputValue();
  await database.query(`UPDATE gander.users SET role = 'viewer'`);
  await page.reload();
  assert.match(await page.locator('#ways').innerText(), /one needs the role operator; yours is viewer/);
  assert.equal(await page.getByRole('button', { name: 'Do it' }).count(), 0);
  assert.equal(await page.locator('input[name=way]:enabled').count(), 0);
  await isGood(scene);
  const answer = await scene.context.request.post(`${dashboard.address}/migrations/1/resolution`, {
    form: { _token: token, findings, way: 'not applied', 'overrule not applied': 'meant', reason: 'no' },
    headers: { origin: dashboard.address },
  });
  assert.equal(answer.status(), 403);
  assert.equal(await stateOf(scene), 'dirty partial');
});

test(
  'while somebody else runs migrations no way can be taken, and the page says who it is',
  { skip },
  async (t) => {
    const scene = await openScene(browser!, {
      [FILE]: loose('CREATE TABLE a (n int);\nCREATE TABLE b (n nothing);', 'DROP TABLE a;'),
    });
    const { page, database } = scene;
    assert.equal(await apply(scene), 'failed');
    const holder = await database.pool.connect();
    t.after(() => holder.release(true));
    await holder.query(`SET application_name = 'goose'; SELECT pg_advisory_lock(4097083626)`);
    await scene.open('/migrations/1/recovery');
    assert.match(await page.locator('#ways').innerText(), /Migrations are being run by .*goose/);
    assert.equal(await page.locator('input[name=way]:enabled').count(), 0);
    await isGood(scene);
    await holder.query('SELECT pg_advisory_unlock(4097083626)');
    await page.reload();
    assert.equal(await page.getByRole('button', { name: 'Do it' }).count(), 1);
  },
);
