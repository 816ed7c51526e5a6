// What a rollback costs, on the plan's page; and what has to be agreed to because of it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { openDashboard } from '../support/dashboard.ts';
import { goose, writeMigrations } from '../support/migrations.ts';
import { apply, isGood, openScene, runEnds } from '../support/scene.ts';
import { Visitor } from '../support/visitor.ts';
import { until } from '../support/wait.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const FILES = {
  '1_create_users.sql': goose(
    'CREATE TABLE users (id bigint PRIMARY KEY, phone text);\nCREATE VIEW phones AS SELECT phone FROM users;',
    'DROP TABLE users;',
  ),
  '2_once.sql': goose('CREATE TABLE once ();'),
  '3_audit.sql': goose('CREATE TABLE audit (id bigint);', 'DROP TABLE audit;'),
  '4_seed.sql': goose(
    'INSERT INTO users SELECT i FROM generate_series(1, 1500) i;',
    'DELETE FROM users WHERE id <= 1500;',
  ),
};

test(
  'the page says what is lost, what cannot be told and what fails, and counts without scripts',
  { skip },
  async () => {
    const scene = await openScene(browser!, FILES, { javaScript: false });
    const { page, database, open } = scene;
    assert.equal(await apply(scene), 'done');
    await database.query('ANALYZE users');
    await open('/plan?direction=down&to=0');
    const cost = page.locator('#cost');
    const text = await cost.innerText();
    assert.match(
      text,
      /irreversible 2_once has no Down[^]*Data is lost\.[^]*deletes from users[^]*cannot be told/,
    );
    assert.match(text, /drops table audit\s*empty/);
    assert.match(text, /drops table users\s*about 1,500 rows[^]*data lost/);
    assert.match(text, /fails As things are, PostgreSQL will refuse this[^]*view public\.phones/);
    await cost.getByRole('link', { name: 'Count exactly' }).click();
    assert.match(await cost.innerText(), /drops table users\s*1,500 rows, counted/);
    assert.match(page.url(), /direction=down&to=0&steps=&count=exactly#cost$/);
    const { page: scripted, open: go } = await openScene(
      browser!,
      {},
      { at: { ...scene, address: scene.dashboard.address } },
    );
    await go('/plan?direction=down&to=0');
    await isGood({ page: scripted });
  },
);

test('a name with markup is text', { skip }, async () => {
  const evil = '"<img src=x onerror=alert(1)>"';
  const scene = await openScene(browser!, {
    '1_evil.sql': goose(
      `CREATE TABLE ${evil} (); CREATE VIEW v AS SELECT FROM ${evil};`,
      `DROP TABLE ${evil};`,
    ),
  });
  scene.page.on('dialog', (dialog) => assert.fail(dialog.message()));
  assert.equal(await apply(scene), 'done');
  await scene.open('/plan?direction=down');
  assert.match(await scene.page.locator('#cost').innerText(), /drops table <img src=x onerror=alert\(1\)>/);
  assert.equal(await scene.page.locator('main img').count(), 0);
  assert.deepEqual(scene.problems, []);
});

test('what is asked for is in proportion: nothing, a tick, the name of the database', { skip }, async () => {
  const scene = await openScene(browser!, FILES);
  const { page, database, open } = scene;
  assert.equal(await apply(scene), 'done');
  await open('/plan?direction=down&steps=1');
  await isGood(scene);
  assert.equal(await page.locator('#confirm').count(), 0);
  await page.getByRole('checkbox', { name: /cannot be told/ }).check();
  await page.getByRole('button', { name: /^Roll back/ }).click();
  assert.equal(await runEnds(page), 'done');
  await open('/plan?direction=down&steps=1');
  assert.match(await page.locator('#cost').innerText(), /No data is lost/);
  await database.query('INSERT INTO audit VALUES (1)');
  await page.getByRole('button', { name: /^Roll back/ }).click();
  assert.match(
    await page.locator('[role=alert]').innerText(),
    /Data is lost\. So the database’s name has to be typed/,
  );
  await page.locator('#confirm').fill(database.name);
  await page.getByRole('button', { name: /^Roll back/ }).click();
  assert.equal(await runEnds(page), 'done');
});

test('the server asks for it, whatever the page did', async () => {
  const dashboard = await openDashboard(await writeMigrations(FILES), { admin: true });
  const { database } = dashboard;
  const visitor = await new Visitor(dashboard).signIn();
  const fingerprint = async (plan: string): Promise<string> =>
    /name="fingerprint" value="([^"]+)"/.exec((await visitor.get(plan)).body)![1]!;
  const send = async (fields: Record<string, string>): Promise<number> => {
    const plan = `/plan?direction=${fields['direction']}&steps=${fields['steps'] ?? ''}`;
    return (await visitor.post('/runs', { ...fields, fingerprint: await fingerprint(plan) }, '/')).status;
  };
  assert.equal(await send({ direction: 'up' }), 303);
  await until('it is done', async () => /up to date/.test((await visitor.get('/')).body));
  const down = { direction: 'down', steps: '1' };
  assert.equal(await send(down), 422, 'a tick');
  assert.equal(await send({ ...down, untold: 'yes' }), 303);
  await until('it is done', async () => /at 3, 1 pending/.test((await visitor.get('/')).body));
  await database.query('INSERT INTO audit VALUES (1)');
  assert.equal(await send({ ...down, untold: 'yes', confirm: 'audit' }), 422, 'the name');
  const holder = await database.pool.connect();
  await holder.query('BEGIN; LOCK TABLE audit');
  await database.pool.query('SELECT 1');
  assert.equal(await send(down), 422, 'the name, where nobody can look');
  await holder.query('ROLLBACK');
  holder.release();
  assert.equal((await database.query('SELECT FROM gander.runs WHERE direction = $1', ['down'])).length, 1);
  assert.equal(await send({ ...down, confirm: database.name }), 303);
});
