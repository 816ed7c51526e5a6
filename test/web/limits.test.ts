// What is limited, and for how long: sessions, codes, ticks, locks, names.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { assets } from '../../server/web/assets.ts';
import { hashPassword, verifyPassword } from '../../server/store/passwords.ts';
import { ADMIN, openDashboard } from '../support/dashboard.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';
import { Visitor } from '../support/visitor.ts';

const dir = await writeMigrations(shop);
const dashboard = await openDashboard(dir, { admin: true });
const { database } = dashboard;

async function fingerprint(visitor: Visitor, plan: string): Promise<string> {
  return /name="fingerprint" value="([^"]+)"/.exec((await visitor.get(plan)).body)?.[1] ?? '';
}

test('a session that has run out is over', async () => {
  const visitor = await new Visitor(dashboard).signIn();
  assert.equal((await visitor.get('/')).status, 200);
  await database.query(`UPDATE gander.sessions SET expires_at = now() - interval '1 second'`);
  assert.equal((await visitor.get('/')).status, 303);
});

test('visitors who only look leave nothing in the database, and reading writes no session', async () => {
  await database.query('DELETE FROM gander.sessions');
  for (let visits = 0; visits < 20; visits += 1) await new Visitor(dashboard).get('/login');
  assert.deepEqual(await database.query('SELECT FROM gander.sessions'), []);
  const visitor = await new Visitor(dashboard).signIn();
  const [before] = await database.query('SELECT to_jsonb(s) AS row FROM gander.sessions s');
  await Promise.all(['/', '/runs', '/plan?direction=up'].map((page) => visitor.get(page)));
  assert.deepEqual(await database.query('SELECT to_jsonb(s) AS row FROM gander.sessions s'), [before]);
});

test('after signing in one comes to the page one wanted, and never to another site', async () => {
  const asked = await new Visitor(dashboard).get('/migrations/2?x=1');
  assert.equal(asked.headers.get('location'), '/login?to=%2Fmigrations%2F2%3Fx%3D1');
  for (const [to, expected] of [
    ['/migrations/2?x=1', '/migrations/2?x=1'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['/a\nb', '/'],
    ['', '/'],
  ] as const) {
    const { headers } = await new Visitor(dashboard).post(
      '/session',
      { email: ADMIN.email, password: ADMIN.password, to },
      '/login',
    );
    assert.equal(headers.get('location'), expected, to);
  }
});

test('a form sent after the session has ended says so, and leads to signing in', async () => {
  const visitor = await new Visitor(dashboard).signIn();
  await database.query('DELETE FROM gander.sessions');
  const { status, body } = await visitor.send(
    '/runs',
    { direction: 'up', _token: 'x' },
    { origin: dashboard.address },
  );
  assert.equal(status, 401);
  assert.match(body, /You are signed out, so nothing was done[^]*href="\/login"/);
});

test('a setup code is good for a day', async () => {
  const fresh = await openDashboard(dir);
  await fresh.database.query(`UPDATE gander.setup_codes SET created_at = now() - interval '25 hours'`);
  const typed = { code: fresh.code, email: ADMIN.email, password: ADMIN.password };
  const { status, body } = await new Visitor(fresh).post('/setup', typed, '/setup');
  assert.equal(status, 422);
  assert.match(body, /it is too old/);
  assert.deepEqual(await fresh.database.query('SELECT FROM gander.users'), []);
  await fresh.stop();
});

test('what has to be ticked does not run without its tick', async () => {
  const folder = await writeMigrations({
    '2_b.sql': goose('SELECT 2;'),
    '3_c.sql': goose('SELECT 3;', 'SELECT 3;'),
  });
  const own = await openDashboard(folder, { admin: true });
  const visitor = await new Visitor(own).signIn();
  const run = async (plan: string, fields: Record<string, string>): Promise<number> =>
    (await visitor.post('/runs', { ...fields, fingerprint: await fingerprint(visitor, plan) }, '/')).status;
  assert.equal(await run('/plan?direction=up', { direction: 'up' }), 303);
  while (!/up to date/.test((await visitor.get('/')).body));
  await writeFile(path.join(folder, '1_a.sql'), goose('SELECT 1;', 'SELECT 1;'));
  assert.equal(await run('/plan?direction=up', { direction: 'up' }), 422, 'out of order');
  assert.equal(
    await run('/plan?direction=down&steps=2', { direction: 'down', steps: '2', confirm: own.database.name }),
    422,
    'irreversible',
  );
  assert.equal((await own.database.query('SELECT FROM gander.runs')).length, 1);
  assert.equal(await run('/plan?direction=up', { direction: 'up', outOfOrder: 'yes' }), 303);
  await own.stop();
});

test('pressing “Apply” in two tabs at once runs it once, and tells the other at once', async () => {
  const folder = await writeMigrations({ '1_slow.sql': goose('SELECT pg_sleep(6);', 'SELECT 1;') });
  const own = await openDashboard(folder, { admin: true });
  const visitor = await new Visitor(own).signIn();
  const form = { direction: 'up', fingerprint: await fingerprint(visitor, '/plan?direction=up') };
  const started = performance.now();
  const replies = await Promise.all([visitor.post('/runs', form, '/'), visitor.post('/runs', form, '/')]);
  assert.ok(performance.now() - started < 5_000, 'nobody waits for the run');
  assert.deepEqual(
    replies.map(({ status }) => status).toSorted((a, b) => a - b),
    [303, 409],
  );
  assert.match(
    (await visitor.get('/plan?direction=up')).body,
    /Run 1 is going on\. Nothing else can be started/,
  );
  await own.stop();
});

test('hashing is bounded: too many at once are sent away, instead of keeping everybody waiting', async () => {
  const hash = await hashPassword(ADMIN.password);
  const checks = await Promise.allSettled(
    Array.from({ length: 60 }, () => verifyPassword(hash, 'wrong password')),
  );
  const refused = checks.filter(({ status }) => status === 'rejected').length;
  assert.ok(refused > 0 && refused < 30, `${refused} of 60`);
  assert.deepEqual(await verifyPassword(hash, ADMIN.password), { fits: true, rehashed: null });
});

test('an unknown address takes as long as a wrong password', async () => {
  const hash = await hashPassword(ADMIN.password);
  const time = async (stored: string | null): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const started = performance.now();
      await verifyPassword(stored, 'wrong password');
      times.push(performance.now() - started);
    }
    return times.toSorted((a, b) => a - b)[3]!;
  };
  const [unknown, wrong] = [await time(null), await time(hash)];
  assert.ok(unknown > wrong / 3 && unknown < wrong * 3, `${unknown} ms, ${wrong} ms`);
});

test('only today’s files may be kept by browsers for ever', async () => {
  const visitor = new Visitor(dashboard);
  assert.match((await visitor.get(assets['app.css']!)).headers.get('cache-control')!, /immutable/);
  assert.equal((await visitor.get('/assets/0000000000/app.css')).headers.get('cache-control'), 'no-cache');
});

test('a name that is not ours is refused: a site could have made it lead here', async () => {
  const { port } = new URL(dashboard.address);
  const ask = async (host: string): Promise<string> => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`GET /login HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    await once(socket, 'close');
    return text.split(' ')[1]!;
  };
  assert.equal(await ask('evil.example'), '421');
  assert.equal(await ask(`evil.example:${port}`), '421');
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, '10.0.0.5', '[::1]:3000'])
    assert.equal(await ask(host), '200', host);
});

test('with PUBLIC_URL only its own pages may send forms', async () => {
  const behind = await openDashboard(dir, { admin: true, env: { PUBLIC_URL: 'http://gander.example.com' } });
  const visitor = new Visitor(behind);
  const token = /name="_token" value="([^"]+)"/.exec((await visitor.get('/login')).body)![1]!;
  const typed = { email: ADMIN.email, password: ADMIN.password, _token: token };
  assert.equal((await visitor.send('/session', typed, { origin: behind.address })).status, 403);
  assert.equal((await visitor.send('/session', typed, { origin: 'http://gander.example.com' })).status, 303);
  await behind.stop();
});

test('an unreadable file is shown as it is now', async () => {
  const folder = await writeMigrations({ '1_bad.sql': 'SELECT 11;\n' });
  const own = await openDashboard(folder, { admin: true });
  const visitor = await new Visitor(own).signIn();
  assert.match((await visitor.get('/migrations/1')).body, />11</);
  await writeFile(path.join(folder, '1_bad.sql'), 'SELECT 99;\n');
  assert.match((await visitor.get('/migrations/1')).body, />99</);
  await own.stop();
});

test('visitors who are not signed in do not learn what the database said', async () => {
  const own = await openDashboard(dir, { admin: true });
  await own.database.query('ALTER TABLE gander.users RENAME TO hidden');
  const { status, body } = await new Visitor(own).get('/login');
  assert.equal(status, 500);
  assert.doesNotMatch(body, /gander\.users|42P01|relation/);
  assert.ok(
    own.printed.some((line) => /GET \/login: .*gander\.users/.test(line)),
    'it is in the log',
  );
  await own.database.query('ALTER TABLE gander.hidden RENAME TO users');
  await own.stop();
});
