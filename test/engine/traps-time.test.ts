// Numbers and time (postgres-traps.md, 27–29).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, types } from 'pg';
import { folder, Migrator, type RunEvent } from '../../server/engine/index.ts';
import { gander } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { failureOf, summary } from '../support/engine.ts';
import { goose, gooseWithoutTransaction as loose, writeMigrations } from '../support/migrations.ts';

const TABLES = ['schema_migrations', 'goose_db_version'] as const;
/** Two versions that are one and the same as a double. */
const LARGE = ['9007199254740992', '9007199254740993'] as const;

for (const table of TABLES) {
  // 27
  test(`two versions that JavaScript takes for the same number are two, whatever parsers the service has set (${table})`, async (t) => {
    const database = await createDatabase(t);
    // What services do so that count(*) is a number, and dates are what they like.
    const parsers = {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        PARSERS.get(oid) ?? types.getTypeParser(oid, format),
    };
    const pool = new Pool({ connectionString: database.url, types: parsers });
    pool.on('error', () => {});
    const dir = await writeMigrations({
      [`${LARGE[0]}_a.sql`]: goose('CREATE TABLE a ();', 'DROP TABLE a;'),
      [`${LARGE[1]}_b.sql`]: goose('CREATE TABLE b ();', 'DROP TABLE b;'),
      '9007199254740994_c.sql': loose('CREATE TABLE c ();\nSELECT 1/0;'),
    });
    const migrator = new Migrator({ pool, source: folder(dir), table });
    const error = await failureOf(migrator.up());
    assert.equal(
      summary(await migrator.status()),
      `${LARGE[0]} applied, ${LARGE[1]} applied, 9007199254740994 dirty partial`,
    );
    const state = await migrator.status();
    assert.ok(Math.abs(state.migrations[0]!.appliedAt!.getTime() - Date.now()) < 60_000);
    const run = await migrator.run(error.run.id!);
    assert.deepEqual(
      run?.list.map(({ version }) => version.toString()),
      [...LARGE, '9007199254740994'],
    );
    await assert.rejects(migrator.resolve(9_007_199_254_740_994n, 'not applied'), /The table c is there/);
    await database.query('DROP TABLE c');
    await migrator.resolve(9_007_199_254_740_994n, 'not applied');
    assert.equal((await migrator.down()).current, BigInt(LARGE[0]));
    assert.equal(
      summary(await migrator.status()),
      `${LARGE[0]} applied, ${LARGE[1]} pending, 9007199254740994 pending`,
    );
    await pool.end();
  });

  // 28
  test(`when something was applied is right, whatever zones server, database and machine are in (${table})`, async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({ '1_a.sql': goose('CREATE TABLE a ();') });
    await database.query(`ALTER DATABASE ${database.name} SET timezone = 'America/New_York'`);
    const before = Date.now();
    const place = ['--dir', dir, '--database', database.url, '--table', table];
    assert.equal((await gander(['up', ...place], { env: { TZ: 'Asia/Tokyo' } })).code, 0);
    for (const TZ of ['UTC', 'America/Los_Angeles']) {
      const { out } = await gander(['status', '--json', ...place], { env: { TZ } });
      const at = new Date(JSON.parse(out).migrations[0].appliedAt).getTime();
      assert.ok(at >= before - 1000 && at <= Date.now() + 1000, `${TZ}: ${new Date(at).toISOString()}`);
      const shown = await gander(['status', ...place], { env: { TZ } });
      const day = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
      assert.match(
        shown.out,
        new RegExp(`^applied +${day}:\\d\\dZ +1_a`, 'm'),
        'as UTC, for everybody the same',
      );
    }
  });
}

/** int8 and numeric as numbers, times as they stand, JSON as text. */
const PARSERS = new Map<number, (text: string) => unknown>([
  [types.builtins.INT8, Number],
  [types.builtins.NUMERIC, Number],
  [types.builtins.TIMESTAMPTZ, (text) => text],
  [types.builtins.TIMESTAMP, (text) => text],
  [types.builtins.JSON, (text) => text],
  [types.builtins.JSONB, (text) => text],
]);

// 29
test('a long migration is applied at its end, not at its beginning, and took as long as it took', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_slow.sql': goose(
      'SELECT pg_sleep(0.6);\nCREATE TABLE a AS SELECT clock_timestamp() AS at;\nSELECT pg_sleep(0.2);',
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const { id } = await migrator.up();
  const [created] = await database.query<{ at: Date }>('SELECT at FROM a');
  const state = await migrator.status();
  const { appliedAt, applied } = state.migrations[0]!;
  assert.ok(appliedAt!.getTime() >= created!.at.getTime(), 'after what it did');
  assert.ok(applied!.tookMs! >= 800 && applied!.tookMs! < 30_000, `${applied!.tookMs} ms`);
  const run = await migrator.run(id!);
  const statements = run?.list[0]?.statements.map(({ tookMs }) => tookMs!) ?? [];
  // The end of one is the beginning of the next: heard late on a busy machine, it is the next one's loss.
  assert.ok(
    statements[0]! >= 600 && statements[1]! + statements[2]! >= 190 && statements[2]! < statements[0]!,
    String(statements),
  );
  assert.ok(run!.finishedAt!.getTime() - run!.startedAt.getTime() >= 790);
});

// 29
test('a clock that is put back does not change the order of runs, nor what took how long', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_a.sql': goose('SELECT pg_sleep(0.2);', 'SELECT 1;'),
    '2_b.sql': goose('SELECT 1;', 'SELECT 1;'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), table: 'goose_db_version' });
  await migrator.up();
  await database.query(`UPDATE gander.runs SET started_at = now() + interval '1 day'`);
  await migrator.down();
  // The newest row of a version counts, by its number: this one was written while the clock was wrong.
  await database.query(
    `INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (2, false, now() - interval '1 day'), (2, true, now() - interval '2 days')`,
  );
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied');
  const runs = await migrator.runs({ limit: 10 });
  assert.deepEqual(
    runs.map(({ direction }) => direction),
    ['down', 'up'],
  );
  t.mock.method(Date, 'now', () => 0);
  const results: number[] = [];
  const onEvent = (event: RunEvent): void =>
    void (event.type === 'ended' && results.push(event.result.tookMs));
  await migrator.down({ to: 0n, onEvent });
  assert.ok(
    results.every((tookMs) => tookMs > 0 && tookMs < 60_000),
    String(results),
  );
});
