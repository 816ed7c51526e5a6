// What is found of dirty migrations in a real database, and what comes of each way out.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { Pool } from 'pg';
import { type Findings, folder, type GanderError, Migrator } from '../../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { failureOf, summary, tables } from '../../support/engine.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../../support/migrations.ts';

interface Project {
  readonly database: TestDatabase;
  readonly migrator: Migrator;
  readonly file: string;
  /** Writes another Up, in a file without a transaction. */
  readonly mend: (up: string, down?: string) => Promise<void>;
}

async function project(
  text: string,
  options: { setup?: string; table?: string; env?: Record<string, string> } = {},
): Promise<Project> {
  const database = await createDatabase();
  if (options.setup !== undefined) await database.query(options.setup);
  const dir = await writeMigrations({ '1_m.sql': text });
  const file = path.join(dir, '1_m.sql');
  const source = folder(dir, { env: options.env ?? {} });
  const migrator = new Migrator({ pool: database.pool, source, table: options.table, actor: 'ada' });
  return { database, migrator, file, mend: (up, down) => writeFile(file, gooseWithoutTransaction(up, down)) };
}

const loose = gooseWithoutTransaction;

function outline({ statements }: Findings): string[] {
  return statements.map(({ recorded, verdict, standing }) => `${recorded}, ${verdict}: ${standing}`);
}

function waysOf({ ways }: Findings): string[] {
  return ways.map(({ way, from, repair, first, overrules }) =>
    [
      repair?.how ?? way,
      from ?? '',
      first.length > 0 ? 'first' : '',
      overrules.length > 0 ? `(${overrules.map(({ number }) => number).join()})` : '',
    ]
      .filter(Boolean)
      .join(' '),
  );
}

const DUPLICATES = 'CREATE TABLE a AS SELECT 1 AS n FROM generate_series(1, 2)';

test('each statement is told with its outcome, with what is in the database, and with the question that was asked', async () => {
  const { migrator, database } = await project(
    loose(
      'CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\nCREATE TABLE b (m nothing);\nCREATE TABLE c ();',
      'DROP TABLE a;',
    ),
  );
  await failureOf(migrator.up());
  const findings = await migrator.findings(1n);
  assert.deepEqual(outline(findings), [
    'done, done: in',
    'done, cannot tell: in',
    'failed, not done: out',
    'not run, not done: out',
  ]);
  assert.equal(
    findings.conclusion,
    'Statements 1 and 2 are in the database, 3 and 4 are not: it can go on with statement 3.',
  );
  assert.deepEqual(waysOf(findings), [
    'resume 3',
    'retry first (2)',
    'down',
    'applied (3,4)',
    'not applied (1)',
  ]);
  const [first, second] = findings.statements;
  assert.equal(first?.does, 'creates table a');
  assert.equal(first.found, 'The table a is there.');
  assert.match(second?.found ?? '', /It is about data/);
  const rows = await database.query(first.looks[0]!.query!);
  assert.equal(rows.length, 1, 'a person can ask the same');
});

test('who may only read sees all of it, also while somebody holds the table, and nothing is written', async (t) => {
  const { database, file } = await project(loose('CREATE TABLE a (n int);\nCREATE TABLE b (n nothing);'));
  const owner = new Migrator({ pool: database.pool, source: folder(path.dirname(file)) });
  await failureOf(owner.up());
  const role = `${database.name}_reader`;
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA gander, public TO ${role};
    GRANT SELECT ON ALL TABLES IN SCHEMA gander, public TO ${role}`);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'x';
  const pool = new Pool({
    connectionString: url.href,
    max: 1,
    lock_timeout: 300,
    options: '-c default_transaction_read_only=on',
  });
  const holder = await database.pool.connect();
  t.after(async () => {
    holder.release(true);
    await pool.end();
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
  await holder.query('BEGIN; LOCK TABLE a');
  const reader = new Migrator({ pool, source: folder(path.dirname(file)) });
  await reader.findings(1n);
  const started = performance.now();
  const findings = await reader.findings(1n);
  const took = performance.now() - started;
  assert.deepEqual(outline(findings), ['done, done: in', 'failed, not done: out']);
  assert.ok(took < 400, `${Math.round(took)} ms`);
});

test('there are no findings of what is not dirty', async () => {
  const { migrator } = await project(goose('SELECT 1;'));
  await assert.rejects(migrator.findings(1n), {
    code: 'invalid_request',
    message: /1_m is pending, not dirty/,
  });
  await assert.rejects(migrator.findings(2n), { code: 'unknown_version' });
});

test('a transaction that PostgreSQL undid has left nothing, and can only be tried again', async () => {
  const { migrator } = await project(goose('CREATE TABLE a (n int);\nSELECT 1 / 0;', 'DROP TABLE a;'));
  await failureOf(migrator.up());
  const findings = await migrator.findings(1n);
  assert.deepEqual(outline(findings), ['undone, not done: out', 'failed, cannot tell: out']);
  assert.match(findings.conclusion, /^PostgreSQL undid all of it/);
  assert.deepEqual(waysOf(findings), ['retry', 'applied (1)', 'not applied']);
});

test('a block that failed in a transaction has left nothing, whatever it holds', async () => {
  const { migrator } = await project(
    goose(
      "-- +goose StatementBegin\nDO $$ BEGIN CREATE TABLE a (n int); RAISE 'no'; END $$;\n-- +goose StatementEnd",
    ),
  );
  await failureOf(migrator.up());
  const findings = await migrator.findings(1n);
  assert.deepEqual(outline(findings), ['failed, cannot tell: out']);
  assert.match(findings.conclusion, /^PostgreSQL undid all of it/);
});

test('an invalid index is dropped, and the migration goes on: one run, with who did it and why', async () => {
  const { database, migrator } = await project(
    loose('CREATE TABLE b ();\nCREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);\nCREATE TABLE c ();'),
    { setup: DUPLICATES },
  );
  await failureOf(migrator.up());
  const findings = await migrator.findings(1n);
  assert.deepEqual(waysOf(findings).slice(0, 3), ['drop 2', 'rebuild 3', 'resume 2 first']);
  await database.query('DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)');
  const run = await migrator.resolve(1n, 'repair', {
    repair: 'drop',
    findings: findings.fingerprint,
    actor: 'grace',
    reason: ' duplicates are gone ',
  });
  assert.equal(summary(await migrator.status()), '1 applied');
  const record = await migrator.run(run.id!);
  assert.equal(record?.actor, 'grace');
  assert.deepEqual(record.resolution, {
    version: 1n,
    way: 'repair',
    label: 'Drop the invalid index public.a_n and go on with statement 2',
    reason: 'duplicates are gone',
    conclusion: findings.conclusion,
    overruled: [],
  });
  assert.deepEqual(
    record.list.map(({ action, state, statements }) => [
      action,
      state,
      statements.map((one) => `${one.kind} ${one.state}`),
    ]),
    [
      ['repair', 'done', ['drop index concurrently done']],
      ['run', 'done', ['create table earlier', 'create unique index concurrently done', 'create table done']],
    ],
  );
  const [listed, ...others] = await migrator.runsOf(1n, 10);
  assert.deepEqual(
    [listed?.id, listed?.stepState, others.length],
    [run.id, 'done', 1],
    'a run of two steps is one run',
  );
});

test('an invalid index that is rebuilt counts as built; while the duplicates are there it fails again, and leaves one more', async () => {
  const { database, migrator } = await project(
    loose('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "A_n" ON a (n);\nCREATE TABLE c ();'),
    { setup: DUPLICATES },
  );
  await failureOf(migrator.up());
  const error = await failureOf(migrator.resolve(1n, 'repair', { repair: 'rebuild' }));
  assert.match(error.message, /could not create unique index/);
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  const [record] = await migrator.runs({ limit: 1 });
  assert.equal(record?.state, 'failed');
  const findings = await migrator.findings(1n);
  assert.match(findings.statements[0]?.found ?? '', /Beside it is public."A_n_ccnew", which is invalid/);
  await database.query('DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)');
  await migrator.resolve(1n, 'repair', { repair: 'rebuild' });
  assert.equal(summary(await migrator.status()), '1 applied');
  assert.equal(await tables(database), 'a c');
  assert.deepEqual(await database.query('SELECT FROM pg_index WHERE NOT indisvalid'), []);
});

test('where more than one thing may set it right it has to be said which, and nothing else', async () => {
  const { migrator } = await project(loose('CREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);'), {
    setup: DUPLICATES,
  });
  await failureOf(migrator.up());
  await assert.rejects(migrator.resolve(1n, 'repair'), {
    code: 'invalid_request',
    next: 'One of: drop, rebuild.',
  });
  await assert.rejects(migrator.resolve(1n, 'repair', { repair: 'finish' }), { code: 'invalid_request' });
});

test('what is half done is set right alone where it cannot be gone on', async () => {
  const { migrator, database, file } = await project(
    loose('CREATE TABLE b ();\nCREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);'),
    { setup: DUPLICATES },
  );
  await failureOf(migrator.up());
  await rm(file);
  const findings = await migrator.findings(1n);
  assert.deepEqual(waysOf(findings).slice(0, 2), ['drop', 'rebuild']);
  await migrator.resolve(1n, 'repair', { repair: 'drop' });
  assert.deepEqual(await database.query('SELECT FROM pg_index WHERE NOT indisvalid'), []);
  assert.equal(summary(await migrator.status()), '1 dirty partial missing');
  assert.deepEqual(outline(await migrator.findings(1n)), ['done, done: in', 'failed, not done: out']);
});

test('a partial migration is undone by its own Down, and counts as pending', async () => {
  const { database, migrator } = await project(
    loose('CREATE TABLE a ();\nCREATE TABLE b (n nothing);', 'DROP TABLE IF EXISTS b;\nDROP TABLE a;'),
  );
  await failureOf(migrator.up());
  const run = await migrator.resolve(1n, 'down', { reason: 'start over' });
  assert.equal(run.direction, 'down');
  assert.equal(summary(await migrator.status()), '1 pending');
  assert.equal(await tables(database), '');
});

test('a Down that would stop over what was never made is told to, before anybody runs it', async () => {
  const { migrator } = await project(
    loose('CREATE TABLE a ();\nCREATE TABLE b (n nothing);', 'DROP TABLE b;\nDROP TABLE a;'),
  );
  await failureOf(migrator.up());
  const down = (await migrator.findings(1n)).ways.find(({ way }) => way === 'down');
  assert.match(
    down?.first[0]?.what ?? '',
    /Statement 1 of its Down \(line 7\) would fail: There is no table b\./,
  );
});

test('a migration without a Down cannot be undone by it', async () => {
  const { migrator } = await project(loose('CREATE TABLE a ();\nCREATE TABLE b (n nothing);'));
  await failureOf(migrator.up());
  await assert.rejects(migrator.resolve(1n, 'down'), { code: 'irreversible' });
  assert.ok(!waysOf(await migrator.findings(1n)).includes('down'));
});

test('what a person says has to agree with the database, or each statement that does not has to be named', async () => {
  const { migrator } = await project(
    loose('CREATE TABLE a ();\nCREATE TABLE b (n nothing);\nCREATE TABLE c ();'),
  );
  await failureOf(migrator.up());
  for (const overrule of [[], [2], [1, 2]]) {
    await assert.rejects(migrator.resolve(1n, 'applied', { overrule }), (error: GanderError) => {
      assert.equal(error.code, 'dirty');
      assert.match(error.message, /Statement 3: There is no table c\./);
      assert.match(error.next ?? '', /--overrule (2,)?3\./);
      return true;
    });
  }
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  const run = await migrator.resolve(1n, 'applied', { overrule: [2, 3], reason: 'made elsewhere' });
  assert.equal(summary(await migrator.status()), '1 applied');
  assert.deepEqual((await migrator.run(run.id!))?.resolution?.overruled, [2, 3]);
});

test('of two people the second one is told what the first one did; and findings that have changed decide nothing', async () => {
  const { migrator, database } = await project(loose('CREATE TABLE a ();\nCREATE TABLE b (n nothing);'));
  await failureOf(migrator.up());
  const { fingerprint } = await migrator.findings(1n);
  assert.equal((await migrator.findings(1n)).fingerprint, fingerprint, 'looking again changes nothing');
  await database.query('DROP TABLE a');
  await assert.rejects(migrator.resolve(1n, 'not applied', { findings: fingerprint }), {
    code: 'plan_changed',
    message: /^What 1_m has left in the database is not what you saw/,
  });
  const seen = (await migrator.findings(1n)).fingerprint;
  const run = await migrator.resolve(1n, 'not applied', { findings: seen, actor: 'grace' });
  await assert.rejects(migrator.resolve(1n, 'not applied', { findings: seen, actor: 'ada' }), {
    code: 'plan_changed',
    message: `grace has resolved it meanwhile (run ${run.id}): 1_m is pending, and nothing was done.`,
  });
  await assert.rejects(migrator.resolve(1n, 'not applied'), { code: 'invalid_request' });
});

for (const table of ['schema_migrations', 'goose_db_version']) {
  test(`what goose left half-done is found when Gander runs into it, and gone on with (${table})`, async () => {
    const up = 'CREATE TABLE a (n int);\nCREATE TABLE b (n int);\nCREATE TABLE c (n int);';
    const { migrator, database } = await project(loose(up), {
      setup: 'CREATE TABLE a (n int); CREATE TABLE b (n int)',
      table,
    });
    await failureOf(migrator.up());
    const findings = await migrator.findings(1n);
    assert.deepEqual(outline(findings), ['failed, done: in', 'not run, done: in', 'not run, not done: out']);
    assert.match(
      findings.conclusion,
      /somebody or something else did it\. Statements 1 and 2 are in the database, 3 is not/,
    );
    await migrator.resolve(1n, 'resume');
    assert.equal(summary(await migrator.status()), '1 applied');
    assert.equal(await tables(database), 'a b c');
  });
}

test('a flag that was set by hand is looked into by the file, and gone on with from where a person says', async () => {
  const { migrator, database } = await project(
    loose('CREATE TABLE a ();\nINSERT INTO t VALUES (1);\nCREATE TABLE b ();'),
    {
      setup: `CREATE TABLE a (); CREATE TABLE t (n int);
      CREATE TABLE schema_migrations (version_id bigint PRIMARY KEY, is_dirty boolean NOT NULL, tstamp timestamptz NOT NULL DEFAULT now());
      INSERT INTO schema_migrations VALUES (1, true)`,
    },
  );
  const findings = await migrator.findings(1n);
  assert.equal(findings.of, 'the file');
  assert.deepEqual(outline(findings), [
    'unknown, done: in',
    'unknown, cannot tell: unknown',
    'unknown, not done: out',
  ]);
  assert.deepEqual(waysOf(findings).slice(0, 2), ['resume 2', 'resume 3']);
  await assert.rejects(migrator.resolve(1n, 'resume'), {
    code: 'invalid_request',
    message: /no record of how far/,
  });
  await migrator.resolve(1n, 'resume', { from: 2 });
  assert.equal(summary(await migrator.status()), '1 applied');
  assert.equal((await database.query('SELECT FROM t')).length, 1);
});

test('the file is gone: what ran is known, and its Down too', async () => {
  const { migrator, database, file } = await project(
    loose('CREATE TABLE a ();\nCREATE TABLE b (n nothing);', 'DROP TABLE a;'),
  );
  await failureOf(migrator.up());
  await rm(file);
  const findings = await migrator.findings(1n);
  assert.equal(findings.of, 'what ran');
  assert.deepEqual(waysOf(findings), [
    'resume 2 first',
    'retry first',
    'down',
    'applied (2)',
    'not applied (1)',
  ]);
  await assert.rejects(migrator.resolve(1n, 'retry'), {
    code: 'file_missing',
    message: 'The file of 1_m is gone.',
  });
  await migrator.resolve(1n, 'down');
  assert.equal(await tables(database), '');
  assert.equal(summary(await migrator.status()), '');
});

test('what is done was edited since: that is said, and it cannot be gone on with', async () => {
  const { migrator, mend } = await project(loose('CREATE TABLE a ();\nCREATE TABLE b (n nothing);'));
  await failureOf(migrator.up());
  await mend('CREATE TABLE a (n int);\nCREATE TABLE b (n int);');
  const findings = await migrator.findings(1n);
  const resume = findings.ways.find(({ way }) => way === 'resume');
  assert.match(
    resume?.first[0]?.what ?? '',
    /Statement 1 has been done, but the file says something else there now/,
  );
  await assert.rejects(migrator.resolve(1n, 'resume'), { code: 'changed' });
  await mend('CREATE TABLE a ();\nCREATE TABLE b (n int);');
  await migrator.resolve(1n, 'resume');
  assert.equal(summary(await migrator.status()), '1 applied');
});

test('a statement that failed and was mended is looked for as it is now, and counts as not run', async () => {
  const { migrator, mend } = await project(
    loose('CREATE TABLE a (n int);\nDROP TABLE nowhere;\nCREATE TABLE c (n int);'),
    { setup: 'CREATE TABLE b (n int)' },
  );
  await failureOf(migrator.up());
  const before = await migrator.findings(1n);
  assert.deepEqual(outline(before).slice(1), ['failed, cannot tell: unknown', 'not run, not done: out']);
  assert.equal(before.statements[1]?.found, 'There is no table nowhere. It may have been so before.');
  await mend('CREATE TABLE a (n int);\nDROP TABLE b;\nCREATE TABLE c (n int);');
  const now = await migrator.findings(1n);
  assert.equal(now.of, 'the file');
  assert.equal(now.source, '1_m.sql has been edited since: these are its statements as they are now.');
  assert.deepEqual(
    now.outcomes.map(({ recorded, does }) => `${recorded}: ${does}`),
    ['done: creates table a', 'failed: drops table nowhere', 'not run: creates table c'],
  );
  assert.deepEqual(outline(now), ['done, done: in', 'not run, not done: out', 'not run, not done: out']);
  await migrator.resolve(1n, 'resume');
  assert.equal(summary(await migrator.status()), '1 applied');
});

test('what the file says now is what is held against the database, before it is called applied', async () => {
  const { migrator, database, mend } = await project(
    loose('CREATE TABLE a (n int);\nCREATE TABLE b (n nothing);'),
  );
  await failureOf(migrator.up());
  await database.query('CREATE TABLE b (n int)');
  await mend('CREATE TABLE a (n int, m int);\nCREATE TABLE b (n int);\nCREATE TABLE c (n int);');
  const findings = await migrator.findings(1n);
  assert.equal(findings.of, 'what ran');
  assert.deepEqual(waysOf(findings).slice(-2), ['applied (1,3)', 'not applied (1,2)']);
  await assert.rejects(migrator.resolve(1n, 'applied', { overrule: [3] }), {
    code: 'dirty',
    message: 'The database does not agree. Statement 1: The table a is there, but without m.',
  });
  await database.query('ALTER TABLE a ADD m int; CREATE TABLE c (n int)');
  await migrator.resolve(1n, 'applied');
  assert.equal(summary(await migrator.status()), '1 applied');
});

test('a file that was edited to bear being run again is run again', async () => {
  const { migrator, database, mend } = await project(
    loose('CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\nCREATE TABLE b (n nothing);'),
  );
  await failureOf(migrator.up());
  await mend('CREATE TABLE IF NOT EXISTS a (n int);\nINSERT INTO a VALUES (2);\nCREATE TABLE b (n int);');
  const retry = (await migrator.findings(1n)).ways.find(({ way }) => way === 'retry');
  assert.deepEqual(retry?.first, []);
  assert.match(retry.consequences, /Statement 2 would be done twice, if it happened\./);
  assert.match(retry.consequences, /What statements 1 and 2 did stays as it is/);
  await assert.rejects(migrator.resolve(1n, 'retry'), { code: 'dirty' });
  await migrator.resolve(1n, 'retry', { overrule: [2] });
  assert.equal(summary(await migrator.status()), '1 applied');
  assert.deepEqual(await database.query('SELECT n FROM a ORDER BY n'), [{ n: 1 }, { n: 2 }]);
});

test('a file that runs in a transaction now is not gone on with in the middle', async () => {
  const { migrator, file } = await project(loose('CREATE TABLE a (n int);\nCREATE TABLE b (n nothing);'));
  await failureOf(migrator.up());
  await writeFile(file, goose('CREATE TABLE a (n int);\nCREATE TABLE b (n int);'));
  const resume = (await migrator.findings(1n)).ways.find(({ way }) => way === 'resume');
  assert.equal(resume?.first[0]?.what, 'It runs in a transaction: there is no half of it to go on from.');
});

test('what is recorded as applied while its file is gone is what ran, and can be rolled back', async () => {
  const { migrator, database, file } = await project(
    loose('CREATE TABLE a (n int);\nCREATE TABLE b (n nothing);', 'DROP TABLE b;\nDROP TABLE a;'),
  );
  await failureOf(migrator.up());
  await rm(file);
  await database.query('CREATE TABLE b (n int)');
  await migrator.resolve(1n, 'applied', { overrule: [2] });
  assert.equal(summary(await migrator.status()), '1 applied missing');
  await migrator.down();
  assert.equal(await tables(database), '');
});

test('the flag stays when everything ran, and the database still does not agree', async () => {
  const { migrator, mend } = await project(loose('CREATE TABLE IF NOT EXISTS a (n int, m int);\nSELECT x;'), {
    setup: 'CREATE TABLE a (n int)',
  });
  await failureOf(migrator.up());
  await mend('CREATE TABLE IF NOT EXISTS a (n int, m int);\nSELECT 1;');
  const error = await failureOf(migrator.resolve(1n, 'retry'));
  assert.match(
    error.message,
    /All of its statements ran, but the database does not agree\. Statement 1: The table a is there, but without m\./,
  );
  assert.equal(summary(await migrator.status()), '1 dirty partial');
  await assert.rejects(migrator.resolve(1n, 'applied'), { code: 'dirty' });
  await migrator.resolve(1n, 'applied', { overrule: [1] });
  assert.equal(summary(await migrator.status()), '1 applied');
});

for (const table of ['schema_migrations', 'goose_db_version']) {
  test(`the flag stays also when a transaction was committed, and the database does not agree (${table})`, async () => {
    const up = 'CREATE TABLE IF NOT EXISTS a (n int, m int);\nCREATE TABLE b (n int);\nSELECT x;';
    const { migrator, database, file } = await project(goose(up), { setup: 'CREATE TABLE a (n int)', table });
    await failureOf(migrator.up());
    await writeFile(file, goose(up.replace('x', '1')));
    const error = await failureOf(migrator.resolve(1n, 'retry'));
    assert.match(
      error.message,
      /the database does not agree\. Statement 1: The table a is there, but without m\./,
    );
    assert.equal(summary(await migrator.status()), '1 dirty partial');
    const findings = await migrator.findings(1n);
    assert.deepEqual(outline(findings), [
      'unknown, half done: half',
      'unknown, done: in',
      'unknown, cannot tell: unknown',
    ]);
    await database.query('ALTER TABLE a ADD m int');
    await migrator.resolve(1n, 'applied');
    assert.equal(summary(await migrator.status()), '1 applied');
  });
}

test('what was done before a retry that failed at once is not forgotten, and not done twice', async () => {
  const { migrator, mend, database } = await project(
    loose('GRANT SELECT ON t TO PUBLIC;\nCREATE TABLE a ();\nSELECT x;'),
    { setup: 'CREATE TABLE t (n int)' },
  );
  await failureOf(migrator.up());
  await mend('GRANT SELECT ON nowhere TO PUBLIC;\nCREATE TABLE a ();\nSELECT 1;');
  await failureOf(migrator.resolve(1n, 'retry'));
  const findings = await migrator.findings(1n);
  assert.equal(findings.statements[1]?.recorded, 'done');
  await mend('GRANT SELECT ON t TO PUBLIC;\nCREATE TABLE a ();\nSELECT 1;');
  await migrator.resolve(1n, 'resume', { from: 3 });
  assert.equal(await tables(database), 'a t');
});

test('a retry of data that is done has to be meant', async () => {
  const { migrator, mend, database } = await project(loose('INSERT INTO t VALUES (1);\nSELECT x;'), {
    setup: 'CREATE TABLE t (n int)',
  });
  await failureOf(migrator.up());
  await mend('INSERT INTO t VALUES (1);\nSELECT 1;');
  await assert.rejects(migrator.resolve(1n, 'retry'), {
    code: 'dirty',
    message: 'Statement 1 has been done, or may have been, and would be done again',
  });
  await database.query('DELETE FROM t');
  await migrator.resolve(1n, 'retry', { overrule: [1] });
  assert.equal((await database.query('SELECT FROM t')).length, 1);
});

test('a rollback that stopped half-way is told as one, and goes on down', async () => {
  const { migrator, database } = await project(
    loose('CREATE TABLE a ();\nCREATE TABLE b ();', 'DROP TABLE b;\nDROP TABLE a;'),
  );
  await migrator.up();
  await database.query('CREATE VIEW v AS SELECT 1 AS one FROM a');
  await failureOf(migrator.down());
  const findings = await migrator.findings(1n);
  assert.equal(
    findings.conclusion,
    'Statement 1 is done, 2 is not: the rollback can go on with statement 2.',
  );
  assert.deepEqual(waysOf(findings), ['resume 2', 'retry first', 'applied (2)', 'not applied (2)']);
  await database.query('DROP VIEW v');
  await migrator.resolve(1n, 'resume');
  assert.equal(summary(await migrator.status()), '1 pending');
});

test('what was never whole is not called applied because its Down failed too', async () => {
  const { migrator, database } = await project(
    loose('CREATE TABLE a (n int);\nCREATE TABLE b (n nothing);', 'DROP TABLE a;'),
  );
  await failureOf(migrator.up());
  await database.query('CREATE VIEW v AS SELECT n FROM a');
  await failureOf(migrator.resolve(1n, 'down'));
  const findings = await migrator.findings(1n);
  assert.equal(findings.dirty.direction, 'down');
  assert.deepEqual(waysOf(findings).slice(-2), ['applied (2)', 'not applied (1)']);
  await assert.rejects(migrator.resolve(1n, 'applied'), {
    code: 'dirty',
    message: 'The database does not agree. Statement 2 of its Up: There is no table b.',
  });
  await database.query('DROP VIEW v');
  await migrator.resolve(1n, 'retry');
  assert.equal(summary(await migrator.status()), '1 pending');
});

test('what the environment put into the file is not shown', async () => {
  const { migrator } = await project(
    '-- +goose NO TRANSACTION\n-- +goose ENVSUB ON\n-- +goose Up\nCREATE TABLE a ();\nCOMMENT ON TABLE a IS \'${TOKEN}\';\nCREATE TABLE "${TOKEN}" (n nothing);\n',
    { env: { TOKEN: 'hunter2-hunter2' } },
  );
  await failureOf(migrator.up());
  const findings = await migrator.findings(1n);
  assert.doesNotMatch(
    JSON.stringify(findings, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    /hunter2/,
  );
  assert.equal(findings.statements[2]?.found, 'There is no table "${TOKEN}".');
});
