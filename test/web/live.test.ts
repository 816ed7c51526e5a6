// The stream of a run: everybody who watches sees the same, from the stored record on, through whichever dashboard.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import express from 'express';
import { Client, Pool } from 'pg';
import { SessionStore } from '../../server/store/sessions.ts';
import { EventStreams } from '../../server/web/event-streams.ts';
import { createDatabase } from '../support/database.ts';
import { openDashboard } from '../support/dashboard.ts';
import { listenTo, newest } from '../support/events.ts';
import { goose, gooseWithoutTransaction, writeMigrations } from '../support/migrations.ts';
import { Visitor } from '../support/visitor.ts';
import { until } from '../support/wait.ts';

/** Starts what is pending. @returns the run's address */
async function apply(visitor: Visitor, to = ''): Promise<string> {
  const plan = (await visitor.get(`/plan?direction=up&to=${to}`)).body;
  const fingerprint = /name="fingerprint" value="([^"]+)"/.exec(plan)?.[1] ?? '';
  const { headers } = await visitor.post('/runs', { direction: 'up', to, fingerprint }, '/');
  return headers.get('location') ?? '';
}

/** The stream that a run's page opens; null when the run is over. */
async function streamOf(visitor: Visitor, run: string): Promise<string | null> {
  const { body } = await visitor.get(run);
  return /data-events="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? null;
}

test('a stream tells what happens to whoever watches, also through another dashboard, and ends with the run', async () => {
  const dir = await writeMigrations({
    '1_a.sql': goose('CREATE TABLE a (id int);'),
    '2_slow.sql': goose('SELECT 1;\nSELECT pg_sleep(1);'),
    '3_bad.sql': goose('SELEC;'),
    '4_never.sql': goose('SELECT 1;'),
  });
  const own = await openDashboard(dir, { admin: true });
  const other = await openDashboard(dir, { database: own.database, admin: true });
  const visitor = await new Visitor(own).signIn();
  const elsewhere = await new Visitor(other).signIn();
  const run = await apply(visitor);
  const streams = await Promise.all([
    listenTo(own, visitor, (await streamOf(visitor, run))!),
    listenTo(other, elsewhere, (await streamOf(elsewhere, run))!),
  ]);
  for (const stream of streams) {
    await stream.ended;
    assert.equal(stream.status, 200);
    assert.match(stream.headers.get('content-type')!, /^text\/event-stream/);
    assert.equal(stream.headers.get('cache-control'), 'no-cache, no-transform');
    assert.equal(stream.headers.get('x-accel-buffering'), 'no');
    assert.equal(stream.headers.get('content-encoding'), null, 'a compressed stream is kept back');
    assert.match(newest(stream, 'run-overall'), /2 of 4 done, 1 failed, 1 not run/);
    assert.match(newest(stream, 'run-now'), /syntax error at or near &#34;SELEC&#34;/);
    assert.match(newest(stream, 'step-4') || newest(stream, 'run-list'), /not run/);
    assert.equal(stream.heard.at(-1)?.type, 'end');
    assert.match(newest(stream, 'band'), /1 dirty/);
  }
  await Promise.all([own.stop(), other.stop()]);
});

test('no page stays at “running”, whenever its stream is opened', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 15 }, (_, index) => [
      `${index + 1}_m.sql`,
      gooseWithoutTransaction(`SELECT pg_sleep(${index * 0.04});`),
    ]),
  );
  const own = await openDashboard(await writeMigrations(files), { admin: true });
  const visitor = await new Visitor(own).signIn();
  for (let version = 1; version <= 15; version++) {
    const address = await streamOf(visitor, await apply(visitor, String(version)));
    if (address === null) continue;
    const stream = await listenTo(own, visitor, address);
    await stream.ended;
    assert.match(newest(stream, 'run-overall'), /1 of 1 done/, `run ${version}`);
  }
  await own.stop();
});

test('who comes again is told what is new only; who comes late is told everything', async () => {
  const dir = await writeMigrations({ '1_slow.sql': goose('SELECT 1;\nSELECT pg_sleep(4);') });
  const own = await openDashboard(dir, { admin: true });
  const visitor = await new Visitor(own).signIn();
  const run = await apply(visitor);
  const first = await listenTo(own, visitor, `${run}/events`);
  await until('it has been told of the long statement', () =>
    first.heard.some(({ data: { parts } }) => /Statement 2/.test(JSON.stringify(parts ?? {}))),
  );
  const { id, data } = first.heard.at(-1)!;
  assert.deepEqual(Object.keys(first.heard[0]!.data.parts!).toSorted(), [
    'run-head',
    'run-list',
    'run-now',
    'run-overall',
  ]);
  assert.ok(data.parts);
  first.close();
  const again = await listenTo(own, visitor, `${run}/events`, { 'last-event-id': id });
  await until('it is told', () => again.heard.length > 0);
  assert.deepEqual(Object.keys(again.heard[0]!.data.parts!), ['run-now']);
  await again.ended;
  const late = await listenTo(own, visitor, `${run}/events`, { 'last-event-id': id });
  await late.ended;
  assert.match(newest(late, 'run-overall'), /1 of 1 done/);
  assert.equal(late.heard.at(-1)?.type, 'end');
  await own.stop();
});

test('a stream is for those who are signed in, and of runs that are there', async () => {
  const own = await openDashboard(await writeMigrations(), { admin: true });
  const stranger = new Visitor(own);
  assert.equal((await stranger.get('/runs/1/events', { accept: 'text/event-stream' })).status, 401);
  const visitor = await new Visitor(own).signIn();
  assert.equal((await visitor.get('/runs/1/events', { accept: 'text/event-stream' })).status, 404);
  await own.stop();
});

test('a stream ends with the session, and when the user may not come in any more or has another role', async () => {
  const database = await createDatabase();
  const dashboard = await openDashboard(await writeMigrations(), { database, admin: true });
  await dashboard.stop();
  const pool = new Pool({ connectionString: database.url });
  pool.on('error', () => {});
  const store = new SessionStore(pool);
  const stopping = new AbortController();
  const streams = new EventStreams((ids) => store.signedIn(ids), stopping.signal, 30);
  const app = express();
  const [user] = await database.query<{ id: string }>('SELECT id::text FROM gander.users');
  app.get('/:session', (request, response) => {
    Object.assign(request, { sessionID: request.params.session });
    streams.answer({ request, response, is: { userId: user!.id, role: 'admin' } }, () => () => {});
  });
  const server = createServer(app).listen(0);
  await once(server, 'listening');
  const at = { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const nobody = new Visitor(at);
  const signIn = (id: string): Promise<void> =>
    new Promise((resolve) =>
      store.set(id, { cookie: { expires: new Date(Date.now() + 60_000) }, userId: user!.id } as never, () =>
        resolve(),
      ),
    );
  for (const id of ['out', 'over', 'other', 'off']) await signIn(id);
  const open = async (id: string): Promise<Awaited<ReturnType<typeof listenTo>>> => {
    const stream = await listenTo(at, nobody, `/${id}`);
    await until('a heartbeat', () => stream.text().includes(':\n\n'));
    return stream;
  };
  const out = await open('out');
  await new Promise((resolve) => store.destroy('out', resolve));
  await out.ended;
  const over = await open('over');
  await database.query(`UPDATE gander.sessions SET expires_at = now() - interval '1 second'`);
  await over.ended;
  await database.query(`UPDATE gander.sessions SET expires_at = now() + interval '1 hour'`);
  const other = await open('other');
  await database.query(`UPDATE gander.users SET role = 'viewer'`);
  await other.ended;
  await database.query(`UPDATE gander.users SET role = 'admin'`);
  const off = await open('off');
  await database.query('UPDATE gander.users SET disabled_at = now()');
  await off.ended;
  await database.query('UPDATE gander.users SET disabled_at = NULL');
  const last = await open('over');
  stopping.abort();
  await last.ended;
  server.close();
  await pool.end();
});

test('when the connection that listens is lost, nothing is missed', async () => {
  const dir = await writeMigrations({
    '1_slow.sql': goose('SELECT pg_sleep(1);'),
    '2_next.sql': goose('SELECT pg_sleep(0.5);'),
  });
  const own = await openDashboard(dir, { admin: true });
  const visitor = await new Visitor(own).signIn();
  const run = await apply(visitor);
  const stream = await listenTo(own, visitor, `${run}/events`);
  await until('it is told', () => stream.heard.length > 0);
  const listeners = `FROM pg_stat_activity WHERE query LIKE 'LISTEN gander_runs%' AND datname = current_database()`;
  assert.equal((await own.database.query(`SELECT ${listeners}`)).length, 1, 'one for all who watch');
  await own.database.query(`SELECT pg_terminate_backend(pid) ${listeners}`);
  await stream.ended;
  assert.match(newest(stream, 'run-overall'), /2 of 2 done/);
  await own.stop();
});

test('two hundred who watch one run cost little: memory, and one question for all of them', async (t) => {
  const dir = await writeMigrations({ '1_slow.sql': goose('SELECT pg_sleep(60);') });
  const own = await openDashboard(dir, { admin: true });
  const visitor = await new Visitor(own).signIn();
  const run = await apply(visitor);
  await until('it runs', async () => /pg_sleep|select/.test((await visitor.get(run)).body));
  const before = process.memoryUsage().rss;
  const streams = await Promise.all(
    Array.from({ length: 200 }, () => listenTo(own, visitor, `${run}/events`)),
  );
  await until('all are told', () => streams.every(({ heard }) => heard.length > 0));
  const asked = await countQueries(10_000);
  const megabytes = (process.memoryUsage().rss - before) / 1e6;
  t.diagnostic(`${megabytes.toFixed(0)} MB, both ends of 200 streams; ${asked} questions in 10 s`);
  assert.ok(megabytes < 150, `${megabytes} MB`);
  assert.ok(asked <= 5, `${asked} questions in 10 s`);
  await visitor.post(`${run}/cancellation`, {}, '/');
  await Promise.all(streams.map(({ ended }) => ended));
  for (const stream of streams) assert.match(newest(stream, 'run-now'), /was cancelled/);
  await own.stop();
});

/** How many queries this process, and so its dashboard, sends within so many milliseconds. */
async function countQueries(ms: number): Promise<number> {
  const client = Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const { query } = client;
  let count = 0;
  client.query = function counted(...args) {
    count++;
    return query.apply(this, args);
  };
  await new Promise((resolve) => setTimeout(resolve, ms));
  client.query = query;
  return count;
}
