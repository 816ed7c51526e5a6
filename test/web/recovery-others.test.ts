// Out of dirty in a real browser, when somebody has changed the folder or the database meanwhile.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { goose, gooseWithoutTransaction as loose } from '../support/migrations.ts';
import { runGoose, withoutGoose } from '../support/real-goose.ts';
import {
  apply,
  conclusionOn,
  findingsOn,
  isGood,
  openScene,
  review,
  stateOf,
  take,
  waysOn,
} from '../support/scene.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const FILE = '1_m.sql';
const HALF = loose(
  'CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\nALTER TABLE a ADD COLUMN m nothing;',
  'DROP TABLE a;',
);

// 12
test(
  'the file is deleted after it failed half-way: what ran is still known, and is undone by its own Down',
  { skip },
  async () => {
    const scene = await openScene(browser!, { [FILE]: HALF });
    const { page, database } = scene;
    assert.equal(await apply(scene), 'failed');
    await rm(path.join(scene.dir, FILE));
    await review(scene);
    assert.deepEqual(await findingsOn(page), ['1 done', '2 cannot tell', '3 not done']);
    assert.match(
      await page.locator('#there').innerText(),
      /The file is gone: these are the statements that ran\./,
    );
    assert.deepEqual(await waysOn(page), [
      'Go on with statement 3 *',
      'Try it again from the start *',
      'Undo it: run its Down',
      'It is done: record it as applied',
      'It never happened: record it as not applied',
    ]);
    assert.match(
      await page.locator('#way-resume-3').innerText(),
      /Its file is gone from the folder: put it back\./,
    );
    await isGood(scene);
    assert.equal(
      await take(scene, 'Undo it: run its Down', { confirm: database.name, reason: 'given up' }),
      'done',
    );
    assert.deepEqual(await database.query("SELECT FROM pg_tables WHERE tablename = 'a'"), []);
    assert.equal(await stateOf(scene), '', 'nobody knows it any more');
    assert.match(await page.locator('#band').innerText(), /nothing/i);
  },
);

test('the file is put back after it was deleted: it goes on where it stopped', { skip }, async () => {
  const scene = await openScene(browser!, { [FILE]: HALF });
  const { page, database } = scene;
  assert.equal(await apply(scene), 'failed');
  await rm(path.join(scene.dir, FILE));
  await review(scene);
  await scene.write(FILE, HALF.replace('nothing', 'int'));
  await page.reload();
  assert.equal(await take(scene, 'Go on with statement 3'), 'done');
  assert.equal(await stateOf(scene), 'applied');
  assert.deepEqual(await database.query('SELECT n, m FROM a'), [{ n: 1, m: null }]);
});

test(
  'the file of a transaction that was undone is deleted: it is forgotten, and nothing is left of it',
  { skip },
  async () => {
    const scene = await openScene(browser!, { [FILE]: goose('CREATE TABLE a (n nothing);') });
    const { page } = scene;
    assert.equal(await apply(scene), 'failed');
    await rm(path.join(scene.dir, FILE));
    await review(scene);
    assert.deepEqual(await waysOn(page), [
      'Try it again from the start *',
      'It is done: record it as applied',
      'It never happened: record it as not applied',
    ]);
    assert.equal(await take(scene, 'It never happened: record it as not applied'), 'done');
    assert.equal(await stateOf(scene), '');
  },
);

// 13
test(
  'a done statement is edited after the failure: it does not go on over that, nor is it called done, until it is put back',
  { skip },
  async () => {
    const scene = await openScene(browser!, { [FILE]: HALF });
    const { page, database } = scene;
    assert.equal(await apply(scene), 'failed');
    await scene.write(
      FILE,
      HALF.replace('CREATE TABLE a (n int)', 'CREATE TABLE a (n bigint)').replace('nothing', 'int'),
    );
    await review(scene);
    assert.match(
      await page.locator('#there').innerText(),
      /These are the statements that ran; 1_m\.sql says something else now\./,
    );
    assert.deepEqual(await waysOn(page), [
      'Go on with statement 3 *',
      'Try it again from the start *',
      'Undo it: run its Down',
      'It is done: record it as applied',
      'It never happened: record it as not applied',
    ]);
    assert.match(
      await page.locator('#way-retry').innerText(),
      /Statement 1 is half done: The table a is there, but n is of the type integer\./,
    );
    assert.match(
      await page.locator('#way-applied').innerText(),
      /The database says otherwise:\s+Statement 1: The table a is there, but n is of the type integer\./,
    );
    assert.match(
      await page.locator('#way-resume-3').innerText(),
      /Statement 1 has been done, but the file says something else there now: put it back as it was/,
    );
    await isGood(scene);
    await scene.write(FILE, HALF.replace('nothing', 'int'));
    await page.reload();
    assert.equal(await take(scene, 'Go on with statement 3'), 'done');
    assert.equal(await stateOf(scene), 'applied');
    assert.deepEqual(await database.query('SELECT n, m FROM a'), [{ n: 1, m: null }]);
  },
);

// 18
test(
  'somebody sets the flag by hand while the dashboard runs: the page looks for what the file says',
  { skip },
  async () => {
    const scene = await openScene(browser!, {
      [FILE]: loose('CREATE TABLE a (n int);\nCREATE INDEX a_n ON a (n);', 'DROP TABLE a;'),
    });
    const { page, database } = scene;
    assert.equal(await apply(scene), 'done');
    await database.query('DROP INDEX a_n; UPDATE schema_migrations SET is_dirty = true');
    await review(scene);
    assert.match(await page.locator('#happened').innerText(), /Somebody or something else flagged it/);
    assert.deepEqual(await findingsOn(page), ['1 done', '2 not done']);
    await isGood(scene);
    assert.equal(await take(scene, 'Go on with statement 2'), 'done');
    assert.equal(await stateOf(scene), 'applied');
  },
);

test(
  'goose fails half-way while the dashboard runs, and knows no dirty: what it left is found when it is applied',
  { skip: skip || withoutGoose },
  async () => {
    const scene = await openScene(browser!, {});
    const { page, database, dir } = scene;
    await scene.write(FILE, HALF);
    assert.notEqual((await runGoose(database, dir, ['up'])).code, 0);
    assert.equal(await stateOf(scene), 'pending');
    await scene.write(FILE, HALF.replace('nothing', 'int'));
    assert.equal(await apply(scene), 'failed');
    await review(scene);
    assert.match(await page.locator('#happened').innerText(), /relation "a" already exists/);
    assert.deepEqual(await findingsOn(page), ['1 done', '2 cannot tell', '3 not done']);
    assert.match(
      await conclusionOn(page),
      /somebody or something else did it\. Statement 1 is in the database; whether statement 2 happened cannot be told/,
    );
    assert.deepEqual((await waysOn(page)).slice(0, 2), ['Go on with statement 2', 'Go on with statement 3']);
    assert.equal(await take(scene, 'Go on with statement 3'), 'done');
    assert.equal(await stateOf(scene), 'applied');
    assert.deepEqual(await database.query('SELECT n, m FROM a'), [{ n: 1, m: null }]);
  },
);
