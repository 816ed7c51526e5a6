// Out of dirty in a real browser, where half of something was committed that looks like one thing.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { goose, gooseWithoutTransaction as loose } from '../support/migrations.ts';
import {
  apply,
  choose,
  conclusionOn,
  findingsOn,
  isGood,
  openScene,
  review,
  rollBack,
  stateOf,
  take,
  waysOn,
} from '../support/scene.ts';

const browser = browserMissing === false ? await launchBrowser() : null;
after(() => browser?.close());
const skip = browserMissing;

const FILE = '1_m.sql';

const BLOCK = `-- +goose StatementBegin
DO $$ BEGIN
  INSERT INTO a VALUES (1);
  COMMIT;
  INSERT INTO a VALUES (1 / (SELECT count(*) - 1 FROM a));
END $$;
-- +goose StatementEnd`;

// 15
test(
  'a COMMIT that is hidden in a block, in a transaction: PostgreSQL refuses it, and nothing is left',
  { skip },
  async () => {
    const scene = await openScene(browser!, {
      [FILE]: goose(`CREATE TABLE a (n int);\n${BLOCK}`, 'DROP TABLE a;'),
    });
    const { page } = scene;
    assert.equal(await apply(scene), 'failed');
    await review(scene);
    assert.match(await page.locator('#happened').innerText(), /invalid transaction termination/);
    assert.deepEqual(await findingsOn(page), ['1 not done', '2 cannot tell']);
    assert.match(await conclusionOn(page), /^PostgreSQL undid all of it/);
    await isGood(scene);
    await scene.write(
      FILE,
      loose(`CREATE TABLE a (n int);\n${BLOCK.replace('count(*) - 1', 'count(*)')}`, 'DROP TABLE a;'),
    );
    await page.reload();
    assert.equal(await take(scene, 'Try it again from the start'), 'done');
    assert.equal(await stateOf(scene), 'applied');
  },
);

test(
  'a COMMIT that is hidden in a block, without a transaction: nobody says that it did not happen but a person who has looked',
  { skip },
  async () => {
    const file = loose(`CREATE TABLE a (n int);\n${BLOCK}\nCREATE INDEX a_n ON a (n);`, 'DROP TABLE a;');
    const scene = await openScene(browser!, { [FILE]: file });
    const { page, database } = scene;
    assert.equal(await apply(scene), 'failed');
    assert.equal(await stateOf(scene), 'dirty partial');
    await review(scene);
    assert.deepEqual(await findingsOn(page), ['1 done', '2 cannot tell', '3 not done']);
    assert.equal(
      await conclusionOn(page),
      'Statement 1 is in the database; whether statement 2 happened cannot be told from here: somebody has to look, and say so.',
    );
    assert.deepEqual(await waysOn(page), [
      'Go on with statement 2',
      'Go on with statement 3',
      'Try it again from the start *',
      'Undo it: run its Down',
      'It is done: record it as applied',
      'It never happened: record it as not applied',
    ]);
    await isGood(scene);
    assert.deepEqual(await database.query('SELECT n FROM a'), [{ n: 1 }]);
    await database.query('INSERT INTO a VALUES (2)');
    assert.equal(await take(scene, 'Go on with statement 3', { reason: 'did the rest by hand' }), 'done');
    assert.equal(await stateOf(scene), 'applied');
    assert.deepEqual(await database.query('SELECT n FROM a'), [{ n: 1 }, { n: 2 }]);
  },
);

// 17
test('a Down fails half-way: the rollback goes on where it stopped', { skip }, async () => {
  const file = (third: string): string =>
    loose(
      'CREATE TABLE a (n int);\nCREATE TABLE b (n int);',
      `DROP TABLE b;\nDELETE FROM a;\n${third}\nDROP TABLE a;`,
    );
  const scene = await openScene(browser!, { [FILE]: file('ALTER TABLE a DROP COLUMN m;') });
  const { page, database } = scene;
  assert.equal(await apply(scene), 'done');
  assert.equal(await rollBack(scene), 'failed');
  assert.equal(await stateOf(scene), 'dirty partial');
  await review(scene);
  assert.match(await page.locator('#happened').innerText(), /Rolling it back failed\./);
  assert.deepEqual(await findingsOn(page), ['1 done', '2 cannot tell', '3 cannot tell', '4 not done']);
  assert.equal(
    await conclusionOn(page),
    'Statements 1 and 2 are done; whether statement 3 happened cannot be told from here: somebody has to look, and say so.',
  );
  assert.deepEqual(await waysOn(page), [
    'Go on with statement 3',
    'Go on with statement 4',
    'Try the rollback again from the start *',
    'It is all there still: leave it applied',
    'It is undone: record it as not applied',
  ]);
  await isGood(scene);
  await scene.write(FILE, file('ALTER TABLE a DROP COLUMN n;'));
  await page.reload();
  assert.deepEqual(await findingsOn(page), ['1 done', '2 cannot tell', '3 not done', '4 not done']);
  assert.equal(await take(scene, 'Go on with statement 3'), 'done');
  assert.equal(await stateOf(scene), 'pending');
  assert.deepEqual(await database.query("SELECT FROM pg_tables WHERE tablename IN ('a', 'b')"), []);
});

test(
  'a Down fails half-way, and nobody wants it any more: what it dropped is made again, and it stays applied',
  { skip },
  async () => {
    const scene = await openScene(browser!, {
      [FILE]: loose(
        'CREATE TABLE a (n int);\nCREATE TABLE b (n int);',
        'DROP TABLE b;\nALTER TABLE a DROP n, DROP m;\nDROP TABLE a;',
      ),
    });
    const { page, database } = scene;
    assert.equal(await apply(scene), 'done');
    const before = await database.query('SELECT actor, run_id, applied_at FROM gander.applied');
    assert.equal(await rollBack(scene), 'failed');
    await review(scene);
    await choose(scene, 'It is all there still: leave it applied');
    await page.getByRole('button', { name: 'Do it' }).click();
    assert.match(
      await page.locator('#way-applied').innerText(),
      /The database says otherwise:\s+Statement 2 of its Up: There is no table b\./,
    );
    await database.query('CREATE TABLE b (n int)');
    await page.reload();
    await review(scene);
    assert.equal(await take(scene, 'It is all there still: leave it applied'), 'done');
    assert.equal(await stateOf(scene), 'applied');
    assert.deepEqual(
      await database.query('SELECT actor, run_id, applied_at FROM gander.applied'),
      before,
      'since when, and by whom, is not forgotten',
    );
  },
);
