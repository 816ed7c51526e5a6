// goose and Gander on one database by turns, and where they part on purpose.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { folder, Migrator } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { summary } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../support/migrations.ts';
import { gooseRows, runGoose, withoutGoose as skip } from '../support/real-goose.ts';

/** Each makes one table, in one of the ways that there are. */
const FOUR = {
  '1_a.sql': goose('CREATE TABLE a ();', 'DROP TABLE a;'),
  '2_b.sql': gooseWithoutTransaction(
    'CREATE TABLE b (id int);\nCREATE INDEX CONCURRENTLY i ON b (id);',
    'DROP TABLE b;',
  ),
  '3_c.sql': goose(
    '-- +goose StatementBegin\nDO $$ BEGIN\n  CREATE TABLE c ();\nEND $$;\n-- +goose StatementEnd',
    '-- +goose StatementBegin\nDROP TABLE c;\n-- +goose StatementEnd',
  ),
  '20250101000000_d.sql': goose('CREATE TABLE d ();', 'DROP TABLE d;'),
};
const VERSIONS = ['1', '2', '3', '20250101000000'];

type Turn = 'goose up' | 'goose down' | 'Gander up' | 'Gander down';

const TURNS: readonly Turn[] = ['goose up', 'Gander up', 'goose down', 'Gander down'];

/** A row of turns in which every three of them come one after another, in every order (a de Bruijn sequence). */
function everyOrder(): Turn[] {
  const count = TURNS.length;
  const digits: number[] = Array<number>(3 * count).fill(0);
  const sequence: number[] = [];
  const extend = (at: number, period: number): void => {
    if (at > 3) {
      if (3 % period === 0) sequence.push(...digits.slice(1, period + 1));
      return;
    }
    digits[at] = digits[at - period]!;
    extend(at + 1, period);
    for (let digit = digits[at - period]! + 1; digit < count; digit++) {
      digits[at] = digit;
      extend(at + 1, at);
    }
  };
  extend(1, 1);
  return [...sequence, ...sequence.slice(0, 2)].map((digit) => TURNS[digit]!);
}

function migratorOf(database: TestDatabase, dir: string, table = 'goose_db_version'): Migrator {
  return new Migrator({ pool: database.pool, source: folder(dir), table, tableFormat: 'goose' });
}

async function take(turn: Turn, database: TestDatabase, dir: string): Promise<void> {
  if (turn === 'goose up') await runGoose(database, dir, ['up-by-one']);
  else if (turn === 'goose down') await runGoose(database, dir, ['down']);
  else if (turn === 'Gander up') await migratorOf(database, dir).up({ steps: 1 });
  else await migratorOf(database, dir).down();
}

describe('goose and Gander on one database', { skip }, () => {
  test('they can take turns in every order: each goes on where the other one stopped', async (t) => {
    const [database, dir] = [await createDatabase(t), await writeMigrations(FOUR)];
    const turns = everyOrder();
    assert.equal(turns.length, 4 ** 3 + 2);
    let applied = 0;
    for (const [index, turn] of turns.entries()) {
      applied = turn.endsWith('up') ? Math.min(applied + 1, 4) : Math.max(applied - 1, 0);
      await take(turn, database, dir);
      const told = turns.slice(0, index + 1).join(', ');
      assert.equal(await gooseRows(database), ['0', ...VERSIONS.slice(0, applied)].join(' '), told);
      assert.equal(await tablesIn(database), ['a', 'b', 'c', 'd'].slice(0, applied).join(' '), told);
      if (turn.startsWith('Gander')) continue;
      const { migrations } = await migratorOf(database, dir).status();
      assert.equal(migrations.filter(({ state }) => state === 'applied').length, applied, told);
    }
  });

  test('up-to, down-to and reset of goose are where Gander’s are', async (t) => {
    const [ours, theirs] = [await createDatabase(t), await createDatabase(t)];
    const dir = await writeMigrations(FOUR);
    const migrator = migratorOf(ours, dir);
    const steps: readonly [string[], () => Promise<unknown>][] = [
      [['up-to', '2'], () => migrator.up({ to: 2n })],
      [['up-to', '1'], () => migrator.up({ to: 1n })],
      [['up-to', '999'], () => migrator.up({ to: 999n })],
      [['down-to', '2'], () => migrator.down({ to: 2n })],
      [['up'], () => migrator.up()],
      [['up'], () => migrator.up()],
      [['down-to', '1'], () => migrator.down({ to: 1n })],
      [['reset'], () => migrator.down({ to: 0n })],
      [['reset'], () => migrator.down({ to: 0n })],
    ];
    for (const [words, run] of steps) {
      await run();
      assert.equal((await runGoose(theirs, dir, words)).code, 0);
      assert.equal(await gooseRows(ours), await gooseRows(theirs), words.join(' '));
      assert.equal(await tablesIn(ours), await tablesIn(theirs), words.join(' '));
    }
  });

  test('a history table of another name and schema is one for both', async (t) => {
    const [database, dir] = [await createDatabase(t), await writeMigrations(FOUR)];
    await database.query('CREATE SCHEMA ops');
    await runGoose(database, dir, ['up-by-one', '-table', 'ops.versions']);
    await migratorOf(database, dir, 'ops.versions').up({ steps: 1 });
    await runGoose(database, dir, ['up-by-one', '-table', 'ops.versions']);
    assert.equal(await gooseRows(database, 'ops.versions'), '0 1 2 3');
    assert.equal(await tablesIn(database), 'a b c');
    await migratorOf(database, dir, 'ops.versions').down({ to: 0n });
    assert.equal(await gooseRows(database, 'ops.versions'), '0');
  });

  test('late migrations: both refuse, and told to apply them both do so first, in order, before the new ones', async (t) => {
    const [ours, theirs] = [await createDatabase(t), await createDatabase(t)];
    const early = await writeMigrations(pick(FOUR, '1_a.sql', '3_c.sql'));
    await migratorOf(ours, early).up();
    await runGoose(theirs, early, ['up']);
    const dir = await writeMigrations({ ...FOUR, '4_late.sql': goose('CREATE TABLE late ();') });
    await assert.rejects(migratorOf(ours, dir).up(), { code: 'out_of_order' });
    assert.match((await runGoose(theirs, dir, ['up'])).err, /found 1 missing migrations/);
    await migratorOf(ours, dir).up({ outOfOrder: true });
    await runGoose(theirs, dir, ['up', '-allow-missing']);
    assert.equal(await gooseRows(ours), '0 1 3 2 4 20250101000000');
    assert.equal(await gooseRows(theirs), await gooseRows(ours));
  });

  test('after a late migration: goose rolls back what was applied last, and of more than one too little; Gander rolls back the newest versions', async (t) => {
    const [ours, theirs] = [await createDatabase(t), await createDatabase(t)];
    for (const files of [
      ['1_a.sql', '4_d.sql'],
      ['1_a.sql', '2_b.sql', '3_c.sql', '4_d.sql'],
    ]) {
      const four = { ...FOUR, '4_d.sql': FOUR['20250101000000_d.sql'] };
      const dir = await writeMigrations(pick(four, ...files));
      await migratorOf(ours, dir).up({ outOfOrder: true });
      await runGoose(theirs, dir, ['up', '-allow-missing']);
    }
    const dir = await writeMigrations({
      ...pick(FOUR, '1_a.sql', '2_b.sql', '3_c.sql'),
      '4_d.sql': FOUR['20250101000000_d.sql'],
    });
    assert.equal(await gooseRows(ours), '0 1 4 2 3');
    assert.match((await runGoose(ours, dir, ['version'])).err, /version 3/);
    assert.equal((await migratorOf(ours, dir).status()).current, 4n);
    await runGoose(theirs, dir, ['down-to', '2']);
    assert.equal(await gooseRows(theirs), '0 1 4 2');
    await migratorOf(ours, dir).down({ to: 2n });
    assert.equal(await gooseRows(ours), '0 1 2');
  });

  test('a row without a file: invisible in goose’s status, missing in Gander’s; goose cannot go down, Gander can', async (t) => {
    const [database, dir] = [await createDatabase(t), await writeMigrations(FOUR)];
    await migratorOf(database, dir).up();
    await rm(path.join(dir, '20250101000000_d.sql'));
    assert.doesNotMatch((await runGoose(database, dir, ['status'])).err, /20250101000000/);
    assert.match(summary(await migratorOf(database, dir).status()), /, 20250101000000 applied missing$/);
    assert.match((await runGoose(database, dir, ['down'])).err, /no current version found/);
    await migratorOf(database, dir).down();
    assert.equal(await gooseRows(database), '0 1 2 3');
    assert.equal((await runGoose(database, dir, ['down'])).code, 0);
    assert.equal(await tablesIn(database), 'a b');
  });

  test('a history of an old goose, with a row for each rollback: the newest row of a version counts; goose itself forgets to apply such a one again', async (t) => {
    const [database, dir] = [await createDatabase(t), await writeMigrations(FOUR)];
    await database.query(`
      CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
      INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true), (2, false), (1, false), (1, true);
      CREATE TABLE a ();`);
    assert.match((await runGoose(database, dir, ['version'])).err, /version 1\n/);
    assert.equal(
      summary(await migratorOf(database, dir).status()),
      '1 applied, 2 pending, 3 pending, 20250101000000 pending',
    );
    // goose takes the row of a rollback for that of an application here, and would go on with 3.
    assert.match((await runGoose(database, dir, ['up-to', '2'])).err, /no migrations to run/);
    await migratorOf(database, dir).up({ steps: 1 });
    assert.equal(await tablesIn(database), 'a b');
    assert.match((await runGoose(database, dir, ['version'])).err, /version 2\n/);
    assert.equal((await runGoose(database, dir, ['up'])).code, 0);
    assert.equal((await runGoose(database, dir, ['down-to', '1'])).code, 0);
    assert.equal(await tablesIn(database), 'a');
    await migratorOf(database, dir).down();
    assert.equal(await gooseRows(database), '0');
  });
});

/** On a connection that is there: this is asked after every turn. */
async function tablesIn({ pool }: TestDatabase): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version' ORDER BY 1",
  );
  return rows.map(({ name }) => name).join(' ');
}

function pick(files: Readonly<Record<string, string>>, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, files[name]!]));
}
