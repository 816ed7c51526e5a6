// Out of dirty in a real browser: what failed is seen, what is there is found, and a way out is taken to its end.
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { startEmbedded } from '../../server/embedded.ts';
import { browserMissing, launchBrowser } from '../support/browser.ts';
import { onServer } from '../support/database.ts';
import { goose, gooseWithoutTransaction as loose } from '../support/migrations.ts';
import {
  apply,
  choose,
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

// 1
for (const [what, text, message, mended] of [
  [
    'a type error',
    'ALTER TABLE users ADD COLUMN born date DEFAULT 5;',
    /is of type date but default expression is of type integer/,
    'ALTER TABLE users ADD COLUMN born date;',
  ],
  [
    'NOT NULL over rows that are there',
    'ALTER TABLE users ADD COLUMN born date NOT NULL;',
    /column "born" of relation "users" contains null values/,
    "ALTER TABLE users ADD COLUMN born date NOT NULL DEFAULT '2000-01-01';",
  ],
] as const) {
  test(
    `a transactional migration fails of ${what}: nothing is left, the file is mended, and it is tried again`,
    { skip },
    async () => {
      const scene = await openScene(
        browser!,
        { [FILE]: goose(`CREATE TABLE log (line text);\n${text}`, 'DROP TABLE log;') },
        { setup: 'CREATE TABLE users (id int); INSERT INTO users VALUES (1)' },
      );
      assert.equal(await apply(scene), 'failed');
      await review(scene);
      const { page } = scene;
      assert.match(await page.locator('#happened').innerText(), message);
      assert.match(
        await page.locator('#happened').innerText(),
        /It ran in one transaction, and PostgreSQL rolled it back\./,
      );
      assert.deepEqual(await findingsOn(page), ['1 not done', '2 not done']);
      assert.match(await conclusionOn(page), /^PostgreSQL undid all of it/);
      assert.deepEqual(await waysOn(page), [
        'Try it again from the start',
        'It is done: record it as applied',
        'It never happened: record it as not applied',
      ]);
      await isGood(scene);
      await scene.write(FILE, goose(`CREATE TABLE log (line text);\n${mended}`, 'DROP TABLE log;'));
      await page.reload();
      assert.match(
        await page.locator('#there').innerText(),
        /1_m\.sql has been edited since: these are its statements as they are now/,
      );
      assert.equal(
        await take(scene, 'Try it again from the start', { reason: 'the file is mended' }),
        'done',
      );
      assert.equal(await stateOf(scene), 'applied');
      assert.deepEqual(scene.problems, []);
    },
  );
}

// 2
for (const javaScript of [true, false]) {
  test(
    `the third of four statements fails without a transaction: it goes on there (${javaScript ? 'in a browser' : 'with scripts switched off'})`,
    { skip },
    async () => {
      const up = (third: string): string =>
        loose(
          `CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\n${third}\nCREATE INDEX CONCURRENTLY a_m ON a (m);`,
          'DROP TABLE a;',
        );
      const scene = await openScene(
        browser!,
        { [FILE]: up('ALTER TABLE a ADD COLUMN m nothing;') },
        { javaScript },
      );
      const { page, database } = scene;
      assert.equal(await apply(scene), 'failed');
      assert.equal(await stateOf(scene), 'dirty partial');
      await review(scene);
      assert.deepEqual(await findingsOn(page), ['1 done', '2 cannot tell', '3 not done', '4 not done']);
      assert.equal(
        await conclusionOn(page),
        'Statements 1 and 2 are in the database, 3 and 4 are not: it can go on with statement 3.',
      );
      assert.deepEqual(await waysOn(page), [
        'Go on with statement 3',
        'Try it again from the start *',
        'Undo it: run its Down',
        'It is done: record it as applied',
        'It never happened: record it as not applied',
      ]);
      if (javaScript) await isGood(scene);
      await scene.write(FILE, up('ALTER TABLE a ADD COLUMN m int;'));
      await page.reload();
      assert.equal(await take(scene, 'Go on with statement 3', { reason: 'a typing error' }), 'done');
      assert.deepEqual(await database.query('SELECT n, m FROM a'), [{ n: 1, m: null }]);
      assert.equal(await stateOf(scene), 'applied');
      const rows = await database.query(
        `SELECT o.way, o.reason, r.actor, r.state FROM gander.resolutions o JOIN gander.runs r ON r.id = o.run_id`,
      );
      assert.deepEqual(rows, [
        { way: 'resume', reason: 'a typing error', actor: 'ada@example.com', state: 'done' },
      ]);
    },
  );
}

const DUPLICATES = `CREATE TABLE users (id int, email text); INSERT INTO users VALUES (1, 'a'), (2, 'a')`;
const UNIQUE = loose(
  "CREATE TABLE log (line text);\nCREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email);\nCOMMENT ON INDEX users_email IS 'one each';",
  'DROP TABLE log;',
);

// 3
for (const [how, label] of [
  ['dropped', 'Drop the invalid index public.users_email and go on with statement 2'],
  ['rebuilt', 'Rebuild the invalid index public.users_email and go on with statement 3'],
] as const) {
  test(
    `a unique index over duplicates is left invalid; they are removed, it is ${how}, and the migration goes on`,
    { skip },
    async () => {
      const scene = await openScene(browser!, { [FILE]: UNIQUE }, { setup: DUPLICATES });
      const { page, database } = scene;
      assert.equal(await apply(scene), 'failed');
      await review(scene);
      assert.deepEqual(await findingsOn(page), ['1 done', '2 half done', '3 not done']);
      assert.match(
        await conclusionOn(page),
        /statement 2 is half done: The index users_email on users is there but invalid/,
      );
      const ways = await waysOn(page);
      assert.deepEqual(ways.slice(2), [
        'Go on with statement 2 *',
        'Try it again from the start *',
        'Undo it: run its Down',
        'It is done: record it as applied *',
        'It never happened: record it as not applied',
      ]);
      const closed = page.locator('#way-resume-2');
      assert.match(await closed.innerText(), /DROP INDEX CONCURRENTLY public\.users_email;/, 'with the SQL');
      await isGood(scene);
      // While the duplicates are there it fails again, and can be looked at again.
      if (how === 'rebuilt') {
        assert.equal(await take(scene, label), 'failed');
        await review(scene);
        assert.match(
          await page.locator('#there').innerText(),
          /Beside it is public\.users_email_ccnew, which is invalid/,
        );
      }
      await database.query('DELETE FROM users WHERE id = 2');
      assert.equal(await take(scene, label, { reason: 'user 2 was a double' }), 'done');
      assert.equal(await stateOf(scene), 'applied');
      assert.deepEqual(await database.query('SELECT FROM pg_index WHERE NOT indisvalid'), []);
    },
  );
}

// 4
test(
  'IF NOT EXISTS is not fooled by an invalid index: not when it is tried again, nor when it is called done',
  { skip },
  async () => {
    const text = loose('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);');
    const scene = await openScene(browser!, { [FILE]: text }, { setup: DUPLICATES });
    const { page, database } = scene;
    assert.equal(await apply(scene), 'failed');
    await database.query('DELETE FROM users WHERE id = 2');
    await review(scene);
    assert.deepEqual(await waysOn(page), [
      'Drop the invalid index public.users_email and go on with statement 1',
      'Rebuild the invalid index public.users_email',
      'Try it again from the start *',
      'It is done: record it as applied *',
      'It never happened: record it as not applied',
    ]);
    await choose(scene, 'It never happened: record it as not applied');
    await page.getByRole('button', { name: 'Do it' }).click();
    assert.match(await page.locator('#way-not-applied').innerText(), /The database says otherwise: tick/);
    await isGood(scene);
    assert.equal(
      await take(scene, 'It never happened: record it as not applied', { overrule: true }),
      'done',
    );
    assert.equal(await apply(scene), 'failed');
    assert.match(
      await page.locator('main').innerText(),
      /The index users_email on users is there but invalid/,
    );
    await review(scene);
    assert.equal(
      await take(scene, 'Drop the invalid index public.users_email and go on with statement 1'),
      'done',
    );
    assert.equal(await stateOf(scene), 'applied');
    assert.deepEqual(
      await database.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_email'::regclass"),
      [{ indisvalid: true }],
    );
  },
);

// 10
test(
  'SET NOT NULL and VALIDATE half way through a file: what is so already is told from what is not',
  { skip },
  async () => {
    const text = loose(
      `ALTER TABLE users ADD CONSTRAINT named CHECK (name IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT named;
ALTER TABLE users ALTER name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT named;`,
      'ALTER TABLE users ALTER name DROP NOT NULL;',
    );
    const scene = await openScene(
      browser!,
      { [FILE]: text },
      { setup: 'CREATE TABLE users (name text); INSERT INTO users VALUES (NULL)' },
    );
    const { page, database } = scene;
    assert.equal(await apply(scene), 'failed');
    await review(scene);
    assert.deepEqual(await findingsOn(page), ['1 done', '2 not done', '3 not done', '4 not done']);
    assert.match(
      await page.locator('#there').innerText(),
      /The constraint named on users is not validated\./,
    );
    assert.match(await page.locator('#there').innerText(), /The column name of users takes NULL\./);
    assert.equal(
      await conclusionOn(page),
      'Statement 1 is in the database, 2 to 4 are not: it can go on with statement 2.',
    );
    await database.query(`UPDATE users SET name = 'x'`);
    assert.equal(await take(scene, 'Go on with statement 2'), 'done');
    assert.equal(await stateOf(scene), 'applied');
  },
);

// 11
test(
  'a value that is used in the transaction that adds it: undone as a whole, and applied once it has none',
  { skip },
  async () => {
    const up = `ALTER TYPE mood ADD VALUE 'glad';\nINSERT INTO people VALUES ('glad');`;
    const scene = await openScene(
      browser!,
      { [FILE]: goose(up, 'DELETE FROM people;') },
      { setup: `CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE people (mood mood)` },
    );
    const { page } = scene;
    assert.equal(await apply(scene), 'failed');
    await review(scene);
    assert.match(
      await page.locator('#happened').innerText(),
      /unsafe use of new value "glad" of enum type mood/,
    );
    assert.match(await page.locator('#there').innerText(), /mood has the labels sad\./);
    await scene.write(FILE, loose(up, 'DELETE FROM people;'));
    await page.reload();
    assert.equal(await take(scene, 'Try it again from the start'), 'done');
    assert.equal(await stateOf(scene), 'applied');
  },
);

// 16
test(
  'no space is left while an index is built: it is left invalid, and built when there is space',
  { skip },
  async () => {
    const index = 'CREATE INDEX CONCURRENTLY log_line ON log (line);';
    const text = (space: string): string =>
      loose(
        `SET temp_file_limit = '${space}';\nSET maintenance_work_mem = '1MB';\n${index}`,
        'DROP INDEX log_line;',
      );
    const scene = await openScene(
      browser!,
      { [FILE]: text('100kB') },
      {
        setup: `CREATE TABLE log AS SELECT md5(i::text) AS line FROM generate_series(1, 50000) i; ALTER TABLE log SET (parallel_workers = 0)`,
      },
    );
    const { page } = scene;
    assert.equal(await apply(scene), 'failed');
    await review(scene);
    assert.match(await page.locator('#happened').innerText(), /SQLSTATE 53400/);
    assert.deepEqual(await findingsOn(page), ['1 cannot tell', '2 cannot tell', '3 half done']);
    await scene.write(FILE, text('-1'));
    await page.reload();
    assert.match(
      await page.locator('#way-repair-drop').innerText(),
      /Drop the invalid index public\.log_line/,
    );
    assert.equal(await take(scene, 'Rebuild the invalid index public.log_line'), 'done');
    assert.equal(await stateOf(scene), 'applied');
  },
);

test(
  'the disk is full in the middle of a transaction: nothing is left behind',
  { skip: skip || (process.platform !== 'linux' && 'there is no /dev/full') },
  async () => {
    const scene = await openScene(browser!, {
      [FILE]: goose(`CREATE TABLE a (n int);\nCOPY (SELECT 1) TO '/dev/full';`, 'DROP TABLE a;'),
    });
    assert.equal(await apply(scene), 'failed');
    await review(scene);
    assert.match(await scene.page.locator('#happened').innerText(), /No space left on device/);
    assert.match(await scene.page.locator('#happened').innerText(), /SQLSTATE 53100/);
    assert.deepEqual(await findingsOn(scene.page), ['1 not done', '2 cannot tell']);
    assert.match(await conclusionOn(scene.page), /^PostgreSQL undid all of it/);
  },
);

test(
  'the server has no memory left for locks: nothing is left behind, and it goes in smaller steps',
  { skip },
  async (t) => {
    const server = await startEmbedded({
      folder: await mkdtemp(path.join(tmpdir(), 'gander-small-')),
      settings: { fsync: 'off', max_connections: '20', max_locks_per_transaction: '10' },
    });
    t.after(() => server.stop());
    const database = onServer(server.url);
    const tables = (from: number, to: number): string =>
      `-- +goose StatementBegin\nDO $$ BEGIN FOR i IN ${from}..${to} LOOP EXECUTE 'CREATE TABLE t' || i || ' (n int)'; END LOOP; END $$;\n-- +goose StatementEnd`;
    const scene = await openScene(browser!, { [FILE]: goose(tables(1, 2000)) }, { database });
    assert.equal(await apply(scene), 'failed');
    await review(scene);
    assert.match(
      await scene.page.locator('#happened').innerText(),
      /SQLSTATE 53200[\s\S]*out of shared memory[\s\S]*max_locks_per_transaction/,
    );
    assert.match(await conclusionOn(scene.page), /^PostgreSQL undid all of it/);
    await scene.write(FILE, loose(`${tables(1, 100)}\n${tables(101, 200)}`));
    await scene.page.reload();
    assert.equal(await take(scene, 'Try it again from the start'), 'done');
    assert.equal(await stateOf(scene), 'applied');
    assert.deepEqual(await database.query("SELECT count(*)::int FROM pg_class WHERE relname ~ '^t[0-9]+$'"), [
      { count: 200 },
    ]);
  },
);
