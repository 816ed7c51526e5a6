// One run after the other, and what migrations, sessions, connections and listeners can do to it.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Pool } from 'pg';
import { folder, Migrator, type RunEvent, RunStopped } from '../../server/engine/index.ts';
import { createDatabase, query, serverUrl } from '../support/database.ts';
import { failureOf, summary, tables } from '../support/engine.ts';
import { goose, gooseWithoutTransaction, shop, writeMigrations } from '../support/migrations.ts';

test('what a migration leaves in its session does not reach the next one', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_dump.sql': goose(
      `SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.a (id int);\nSET standard_conforming_strings = off;`,
    ),
    '2_role.sql': goose(`CREATE TEMP TABLE a (x int);\nSET ROLE pg_monitor;`),
    '3_plain.sql': goose(`CREATE TABLE b AS SELECT * FROM a;\nSELECT 'a\\';`),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  assert.equal((await migrator.up()).current, 3n);
  assert.deepEqual(
    await database.query(`SELECT column_name FROM information_schema.columns WHERE table_name = 'b'`),
    [{ column_name: 'id' }],
  );
});

test('a migration that gives the lock back stops the run before the next one, which is none the worse for it', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_unlock.sql': goose('SELECT pg_advisory_unlock_all();'),
    '2_next.sql': gooseWithoutTransaction('CREATE TABLE next (id int);'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await migrator.up().catch((reason: unknown) => reason);
  assert.ok(error instanceof RunStopped && error.code === 'locked', String(error));
  assert.deepEqual(
    error.run.steps.map(({ outcome }) => outcome),
    ['done', 'not run'],
  );
  assert.equal(summary(await migrator.status()), '1 applied, 2 pending');
  assert.equal((await migrator.up()).current, 2n);
});

test('a migration that gives the lock back while another run waits is not applied twice', async (t) => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE counted (n int)');
  const dir = await writeMigrations({
    '1_unlock.sql': goose(
      'SELECT pg_advisory_unlock_all();\nINSERT INTO counted VALUES (1);\nSELECT pg_sleep(1);',
    ),
  });
  const pools = [new Pool({ connectionString: database.url }), new Pool({ connectionString: database.url })];
  for (const pool of pools) pool.on('error', () => {});
  const runs = await Promise.allSettled(
    pools.map((pool) => new Migrator({ pool, source: folder(dir) }).up()),
  );
  await Promise.all(pools.map((pool) => pool.end()));
  assert.ok(runs.some(({ status }) => status === 'rejected'));
  assert.ok((await database.query('SELECT FROM counted')).length <= 1);
});

test('two rollbacks at once roll back what was seen once: the second one looks again', async (t) => {
  const database = await createDatabase(t);
  const slow = Object.fromEntries(
    Object.entries(shop).map(([file, text]) => [file, `${text}SELECT pg_sleep(0.5);\n`]),
  );
  const source = folder(await writeMigrations(slow));
  const pools = [database.pool, new Pool({ connectionString: database.url })];
  pools[1]!.on('error', () => {});
  await new Migrator({ pool: database.pool, source }).up();
  const runs = await Promise.allSettled(pools.map((pool) => new Migrator({ pool, source }).down()));
  await pools[1]!.end();
  assert.deepEqual(runs.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  const refused = runs.find((run) => run.status === 'rejected')!;
  assert.equal((refused.reason as { code: string }).code, 'plan_changed');
  assert.equal(
    summary(await new Migrator({ pool: database.pool, source }).status()),
    '1 applied, 2 applied, 3 pending',
  );
});

test('a mistyped version does not roll back everything above it', async (t) => {
  const database = await createDatabase(t);
  const migrator = new Migrator({ pool: database.pool, source: folder(await writeMigrations(shop)) });
  await migrator.up();
  await assert.rejects(migrator.down({ to: 9n }), { code: 'unknown_version' });
  await assert.rejects(migrator.plan({ direction: 'down', to: 4n }), { message: /^There is no migration 4/ });
  assert.equal((await migrator.status()).current, 3n);
});

test('what the pool’s owner gives each connection, a role and a search_path, holds for migrations too', async (t) => {
  const database = await createDatabase();
  const role = `owner_of_${database.name}`;
  await database.query(
    `CREATE ROLE "${role}"; CREATE SCHEMA tenant AUTHORIZATION "${role}"; GRANT CREATE ON DATABASE "${database.name}" TO "${role}"`,
  );
  const pool = new Pool({ connectionString: database.url });
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.query(`SET search_path = tenant, public; SET ROLE "${role}"`));
  t.after(async () => {
    await pool.end();
    await database.drop();
    await query(serverUrl(), `DROP ROLE "${role}"`);
  });
  await new Migrator({ pool, source: folder(await writeMigrations(shop)) }).up();
  const rows = await database.query(
    `SELECT DISTINCT schemaname, tableowner FROM pg_tables WHERE tablename IN ('users', 'orders', 'schema_migrations') AND schemaname <> 'gander'`,
  );
  assert.deepEqual(rows, [{ schemaname: 'tenant', tableowner: role }]);
});

test('the record of a run survives the loss of its connection', async (t) => {
  const database = await createDatabase(t);
  const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle' AND datname = current_database() AND pid <> pg_backend_pid();`;
  const dir = await writeMigrations({
    '1_kill.sql': goose(kill),
    '2_bad.sql': goose(`${kill}\nSELECT 1/0;`),
    '3_never.sql': goose('SELECT 1;'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await failureOf(migrator.up());
  assert.equal(summary(await migrator.status()), '1 applied, 2 dirty rolled back, 3 pending');
  const run = await migrator.run(error.run.id!);
  assert.deepEqual(
    [run?.state, run?.list.map(({ state }) => state)],
    ['failed', ['done', 'failed', 'not run']],
  );
});

test('a listener that throws does not stop a migration', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ '1_notice.sql': goose(`DO $$ BEGIN RAISE NOTICE 'x'; END $$;`) });
  const onEvent = (): void => {
    throw new Error('a bug of the caller');
  };
  assert.equal(
    (await new Migrator({ pool: database.pool, source: folder(dir) }).up({ onEvent })).current,
    1n,
  );
});

test('a migration may select more rows than fit into memory', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_many.sql': goose(`SELECT repeat('x', 1000) FROM generate_series(1, 300000);`),
  });
  const before = process.memoryUsage().heapUsed;
  const { id } = await new Migrator({ pool: database.pool, source: folder(dir) }).up();
  assert.ok(process.memoryUsage().heapUsed - before < 150_000_000);
  const run = await new Migrator({ pool: database.pool, source: folder(dir) }).run(id!);
  assert.equal(run?.list[0]?.statements[0]?.rowCount, 300_000);
});

test('a failed migration whose file is deleted keeps its flag until somebody has said that nothing of it is left', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({ ...shop, '4_bad.sql': goose('SELEC 1;') });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  await failureOf(migrator.up());
  await rm(path.join(dir, '4_bad.sql'));
  assert.deepEqual((await migrator.up()).steps, []);
  assert.equal(
    summary(await migrator.status()),
    '1 applied, 2 applied, 3 applied, 4 dirty rolled back missing',
  );
  await migrator.resolve(4n, 'not applied');
  assert.equal(summary(await migrator.status()), '1 applied, 2 applied, 3 applied');
});

test('what goose rolled back and applied again is not rolled back with a Down that is out of date', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), table: 'goose_db_version' });
  await migrator.up();
  await database.query(
    'DELETE FROM goose_db_version WHERE version_id = 3; INSERT INTO goose_db_version (version_id, is_applied) VALUES (3, true)',
  );
  await rm(path.join(dir, '3_add_phone.sql'));
  const { migrations } = await migrator.status();
  assert.equal(migrations[2]?.applied, null);
  await assert.rejects(migrator.down(), { code: 'file_missing' });
});

test('a constraint that fails only at COMMIT undoes the migration', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_deferred.sql': goose(
      'CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);',
    ),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const error = await failureOf(migrator.up());
  assert.match(error.message, /violates foreign key constraint/);
  assert.equal(summary(await migrator.status()), '1 dirty rolled back');
  assert.equal(await tables(database), '');
});

test('ENVSUB values run but never reach an error, a notice or the journal', async (t) => {
  const database = await createDatabase(t);
  const secret = 'hunter2-is-secret';
  const text = `-- +goose Up\n-- +goose ENVSUB ON\nDO $$$$ BEGIN RAISE NOTICE 'is \${TOKEN}'; END $$$$;\nSELECT '\${TOKEN}'::int;\n-- +goose ENVSUB OFF\n`;
  const dir = await writeMigrations({ '1_secret.sql': text });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir, { env: { TOKEN: secret } }) });
  const events: RunEvent[] = [];
  const error = await failureOf(migrator.up({ onEvent: (event) => events.push(event) }));
  assert.match(error.message, /invalid input syntax for type integer: "\$\{TOKEN\}"/);
  assert.equal(error.where, '1_secret.sql:4:8');
  const notice = events.find((event) => event.type === 'notice');
  assert.equal(notice?.message, 'is ${TOKEN}');
  const rows = await database.query(
    'SELECT to_jsonb(s) AS row FROM gander.steps s UNION ALL SELECT to_jsonb(s) FROM gander.statements s UNION ALL SELECT to_jsonb(d) FROM gander.dirty d',
  );
  assert.equal(rows.length, 4);
  assert.ok(!JSON.stringify(rows).includes(secret));
  assert.ok(!inspect(error, { depth: 20 }).includes(secret), 'nor does the error, printed whole');
});

test('a run is in the journal: its steps, their statements with rows and notices, and what failed', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    ...shop,
    '4_seed.sql': goose(
      `INSERT INTO users (id) SELECT generate_series(1, 5);\nDO $$ BEGIN RAISE NOTICE 'hello'; END $$;`,
    ),
    '5_bad.sql': goose('SELECT 1;\nSELECT 1/0;'),
    '6_never.sql': goose('SELECT 1;'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), actor: 'ada' });
  const error = await failureOf(migrator.up());
  const run = await migrator.run(error.run.id!);
  assert.equal(run?.state, 'failed');
  assert.equal(run.actor, 'ada');
  assert.deepEqual(
    run.list.map(({ state }) => state),
    ['done', 'done', 'done', 'done', 'failed', 'not run'],
  );
  assert.deepEqual(
    run.list[3]?.statements.map(({ kind, rowCount, notices }) => [kind, rowCount, notices]),
    [
      ['insert', 5, []],
      ['do', null, ['hello']],
    ],
  );
  assert.deepEqual(
    run.list[4]?.statements.map(({ state }) => state),
    ['done', 'failed'],
  );
  assert.equal(run.list[4]?.failure?.message, 'division by zero');
  assert.deepEqual(
    (await migrator.runs({ limit: 10 })).map(({ id, done, steps }) => [id, done, steps]),
    [[run.id, 4, 6]],
  );
});

test('an aborted run cancels its statement, and that migration is undone', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_quick.sql': goose('CREATE TABLE quick (id int);'),
    '2_slow.sql': goose('CREATE TABLE slow (id int);\nSELECT pg_sleep(60);'),
  });
  const migrator = new Migrator({ pool: database.pool, source: folder(dir) });
  const abort = new AbortController();
  const started = performance.now();
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'step' && event.step.version === 2n) setTimeout(() => abort.abort(), 200);
  };
  const error = await failureOf(migrator.up({ signal: abort.signal, onEvent }));
  assert.ok(performance.now() - started < 10_000);
  assert.equal(error.run.steps[1]?.failure?.sqlstate, '57014');
  assert.equal(await tables(database), 'quick');
  assert.equal(summary(await migrator.status()), '1 applied, 2 dirty rolled back');
});

for (const table of ['schema_migrations', 'goose_db_version']) {
  test(`a statement that ends the transaction behind our back leaves “partial”, and never a migration that counts as applied (${table})`, async (t) => {
    const database = await createDatabase(t);
    const dir = await writeMigrations({
      '1_hidden.sql': goose('CREATE TABLE a (id int);\nSELECT 1;\nCREATE TABLE b (id int);'),
    });
    // No file can say it: reading refuses COMMIT. So it is put in after reading.
    const read = folder(dir);
    const source = {
      ...read,
      read: async () => {
        const contents = await read.read();
        const [migration] = contents.migrations;
        const up = migration!.script.up;
        const statements = up.statements.map((one) =>
          one.text === 'SELECT 1' ? { ...one, sql: 'COMMIT' } : one,
        );
        const script = { ...migration!.script, up: { ...up, statements } };
        return { ...contents, migrations: [{ ...migration!, script }] };
      },
    };
    const migrator = new Migrator({ pool: database.pool, source, table });
    const error = await failureOf(migrator.up());
    assert.match(error.message, /Statement 2 ended the migration’s own transaction/);
    assert.equal(summary(await migrator.status()), '1 dirty partial');
    assert.deepEqual(
      await database.query(
        `SELECT FROM ${table} WHERE version_id = 1 AND NOT coalesce((to_jsonb(${table}) ->> 'is_dirty')::boolean, false)`,
      ),
      [],
    );
    assert.deepEqual(await database.query('SELECT FROM gander.applied'), []);
  });
}
