// The schema's pages: as it is, as it was, what was changed and by which migration.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { openDashboard } from '../support/dashboard.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';
import { apply, isGood, openScene, rollBack, type Scene } from '../support/scene.ts';
import { Visitor } from '../support/visitor.ts';

const HOSTILE = `"<img src=x onerror=alert(1)>"`;

const FILES = {
  ...shop,
  '4_hostile.sql': goose(
    `CREATE TABLE ${HOSTILE} ("</code>" text DEFAULT '<script>alert(1)</script>');
COMMENT ON TABLE ${HOSTILE} IS '</pre><script>alert(2)</script>';`,
    `DROP TABLE ${HOSTILE};`,
  ),
  '5_nothing.sql': goose('SELECT 1;', 'SELECT 1;'),
};

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;
const scene: Scene | null = browser === null ? null : await openScene(browser, FILES);

test(
  'before anything is recorded the schema is shown, and that nothing is known of it',
  { skip },
  async () => {
    await scene!.open('/schema');
    assert.match(await scene!.page.locator('main').innerText(), /is not known yet/);
    await isGood(scene!);
    assert.equal(await apply(scene!), 'done');
  },
);

test('a migration’s page says what it changed, in words and line by line', { skip }, async () => {
  await scene!.open('/migrations/3');
  const section = scene!.page.locator('#schema');
  assert.match(await section.innerText(), /adds column phone text to users/);
  await section.locator('.change > summary').click();
  assert.deepEqual(await section.locator('.diff .add').allInnerTexts(), ['+\nadded:\n  phone text']);
  await isGood(scene!);
  await scene!.open('/migrations/5');
  assert.match(await scene!.page.locator('#schema').innerText(), /the schema was the same before and after/);
  await scene!.open('/migrations/3#schema');
  await scene!.page.getByRole('link', { name: 'The whole schema after it' }).click();
  assert.match(scene!.page.url(), /\/schema\/3$/);
});

test(
  'the schema as it is has every table, with the migration that made or last changed each column',
  { skip },
  async () => {
    await scene!.open('/schema');
    const users = scene!.page
      .locator('.group > .object')
      .filter({ has: scene!.page.locator('> summary', { hasText: 'public.users' }) });
    assert.match(await users.locator('> summary').innerText(), /2 columns, 1 constraint\s+3$/);
    await users.locator('> summary').click();
    assert.deepEqual(await users.locator('tbody tr').allInnerTexts(), [
      'id\tbigint NOT NULL\t1',
      'phone\ttext\t3',
    ]);
    await users.getByRole('link', { name: '3' }).last().click();
    assert.match(scene!.page.url(), /\/migrations\/3#schema$/);
    await scene!.open('/schema');
    await scene!.page.locator('#picture > summary').click();
    assert.deepEqual(await scene!.page.locator('.told li').allTextContents(), [
      'public.orders refers to public.users',
    ]);
    for (const one of await scene!.page.locator('.group > .object > summary').all()) await one.click();
    await isGood(scene!);
  },
);

test('the schema after a migration is what it was then', { skip }, async () => {
  await scene!.open('/schema/1');
  assert.match(
    await scene!.page.locator('.group').first().innerText(),
    /Tables\s+1\s+public\.users 1 column/,
  );
  await scene!.page.getByRole('link', { name: 'What has changed since' }).click();
  assert.match(scene!.page.url(), /\/schema\/1\.\.\.5$/);
  assert.match(await scene!.page.locator('main').innerText(), /creates table orders \(2 columns/);
  const marks = await scene!.page
    .locator('.entity')
    .evaluateAll((all) => all.map((one) => one.textContent?.replaceAll(/\s+/g, ' ').trim()));
  assert.deepEqual(marks.toSorted(), [
    '<img src=x oner… new </code>',
    'orders new id user_id',
    'users changed id phone',
  ]);
  await isGood(scene!);
  await scene!.page.getByRole('link', { name: 'The other way round' }).click();
  assert.match(await scene!.page.locator('main').innerText(), /drops table orders \(2 columns/);
  await scene!.open('/schema/5...5');
  assert.match(await scene!.page.locator('main').innerText(), /Nothing: the schema was the same/);
});

test('hostile names, defaults and comments stay text', { skip }, async () => {
  await scene!.open('/schema');
  for (const one of await scene!.page.locator('.group > .object > summary').all()) await one.click();
  assert.match(await scene!.page.locator('main').innerText(), /<img src=x onerror=alert\(1\)>/);
  await scene!.open('/migrations/4');
  for (const one of await scene!.page.locator('.change > summary').all()) await one.click();
  assert.match(await scene!.page.locator('main').innerText(), /<script>alert\(2\)<\/script>/);
  assert.deepEqual(scene!.problems, []);
});

test('what somebody has changed by hand is said, and what was rolled back', { skip }, async () => {
  await scene!.database.query('ALTER TABLE orders ADD COLUMN by_hand text');
  await scene!.open('/schema');
  assert.match(await scene!.page.locator('#drift').innerText(), /adds column by_hand text to orders/);
  await isGood(scene!);
  assert.equal(await rollBack(scene!), 'done');
  await scene!.open('/migrations/5');
  assert.match(await scene!.page.locator('#schema').innerText(), /It has been rolled back since/);
  await scene!.open('/schema');
  assert.equal(await scene!.page.locator('#drift').count(), 0, 'it is recorded now');
  const orders = scene!.page
    .locator('.group > .object')
    .filter({ has: scene!.page.locator('> summary', { hasText: 'public.orders' }) });
  assert.match(await orders.locator('> summary').innerText(), /not by a migration/);
});

test(
  'while somebody has locked what has to be read, what was recorded is shown, and soon',
  { skip },
  async () => {
    const client = await scene!.database.pool.connect();
    await client.query('BEGIN; LOCK TABLE users, orders IN ACCESS EXCLUSIVE MODE');
    await scene!.open('/schema');
    const text = await scene!.page.locator('main').innerText();
    await client.query('ROLLBACK');
    client.release();
    assert.match(text, /As it was recorded last: it is locked just now|As it is now/);
    assert.match(text, /public\.users/);
  },
);

test('all of it works without scripts', { skip }, async () => {
  const plain = await openScene(browser!, FILES, {
    javaScript: false,
    at: { address: scene!.dashboard.address, database: scene!.database, dir: scene!.dir },
  });
  await plain.open('/schema/3...4');
  await plain.page.locator('.change > summary').first().click();
  assert.equal(await plain.page.locator('.diff').first().isVisible(), true);
});
test('versions that are none, and those of which nothing is recorded, are not there', async () => {
  const dashboard = await openDashboard(await writeMigrations(shop), { admin: true });
  const visitor = await new Visitor(dashboard).signIn();
  for (const path of [
    '/schema/1',
    '/schema/x',
    '/schema/1...',
    '/schema/1...2',
    '/schema/99999999999999999999',
  ]) {
    const { status, body } = await visitor.get(path);
    assert.equal(status, 404, path);
    assert.match(body, /To the schema/);
  }
  assert.equal((await new Visitor(dashboard).get('/schema')).status, 303);
});
