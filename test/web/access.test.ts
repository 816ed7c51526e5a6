// Who may do what, and what is refused: requests that a browser would never send among them.
import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { packageRoot } from '../../server/package-root.ts';
import { hashPassword } from '../../server/store/passwords.ts';
import { routes } from '../../server/web/routes.ts';
import { ADMIN, openDashboard } from '../support/dashboard.ts';
import { createDatabase, query, serverUrl } from '../support/database.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';
import { Visitor } from '../support/visitor.ts';

const dir = await writeMigrations(shop);
const dashboard = await openDashboard(dir, { admin: true });
const OURS = { origin: dashboard.address };

function example(route: string): string {
  return route.replace(':version', '1').replace(':id', '1');
}

async function tokenOf(visitor: Visitor, page: string): Promise<string> {
  return /name="_token" value="([^"]+)"/.exec((await visitor.get(page)).body)![1]!;
}

describe('nobody in particular', () => {
  for (const { method, path: route, access } of routes) {
    test(`${method.toUpperCase()} ${route} ${access === 'anyone' || access === 'machine' ? 'answers' : 'asks to sign in'}`, async () => {
      const visitor = new Visitor(dashboard);
      const { status, headers, body } =
        method === 'get'
          ? await visitor.get(example(route))
          : await visitor.post(example(route), {}, '/login');
      if (access === 'anyone' || access === 'machine') assert.ok(status < 500 && status !== 401, `${status}`);
      else if (method === 'get')
        assert.deepEqual([status, headers.get('location')?.split('?')[0]], [303, '/login']);
      else assert.deepEqual([status, /Please sign in/.test(body)], [401, true]);
      assert.doesNotMatch(body, /create_users|schema_migrations/, 'nothing of the database is shown');
    });
  }

  test('any other address asks to sign in too: it does not tell what exists', async () => {
    for (const address of ['/nowhere', '/admin', '/.env', '/migrations', '/assets/../package.json']) {
      const { status, headers } = await new Visitor(dashboard).get(address);
      assert.ok(
        status === 404 || headers.get('location')?.startsWith('/login') === true,
        `${address}: ${status}`,
      );
    }
  });

  test('is told in JSON where JSON is asked for', async () => {
    const { status, body } = await new Visitor(dashboard).get('/', { accept: 'application/json' });
    assert.equal(status, 401);
    assert.equal(JSON.parse(body).error.heading, 'Please sign in');
  });
});

describe('forged requests', () => {
  const fields = { direction: 'up', to: '', steps: '' };

  test('without a token, or with another session’s, are refused', async () => {
    const visitor = await new Visitor(dashboard).signIn();
    const stranger = await tokenOf(new Visitor(dashboard), '/login');
    for (const token of [{}, { _token: '' }, { _token: stranger }, { _token: 'x'.repeat(32) }]) {
      const { status, body } = await visitor.send('/runs', { ...fields, ...token }, OURS);
      assert.equal(status, 403);
      assert.match(body, /This form is not valid any more/);
    }
  });

  test('from another site are refused, even with the right token', async () => {
    const visitor = await new Visitor(dashboard).signIn();
    const _token = await tokenOf(visitor, '/plan?direction=up');
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: dashboard.address.replace('127.0.0.1', 'localhost') },
      { 'sec-fetch-site': 'cross-site', ...OURS },
      { 'sec-fetch-site': 'same-site', ...OURS },
      { 'sec-fetch-site': 'none', ...OURS },
      { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
      {},
    ];
    for (const headers of foreign) {
      const { status, body } = await visitor.send('/runs', { ...fields, _token }, headers);
      assert.equal(status, 403, JSON.stringify(headers));
      assert.match(body, /came from another site/);
    }
  });

  test('on signing in and setting up are refused like any other', async () => {
    for (const address of ['/session', '/setup']) {
      assert.equal(
        (await new Visitor(dashboard).send(address, { email: ADMIN.email, password: ADMIN.password }, OURS))
          .status,
        403,
      );
    }
  });

  test('have changed nothing', async () => {
    assert.deepEqual(await dashboard.database.query('SELECT FROM gander.runs'), []);
  });
});

describe('signing in', () => {
  test('gives a new session: an id planted before is worth nothing afterwards', async () => {
    const visitor = await new Visitor(dashboard).signIn();
    const planted = `gander=${visitor.session}`;
    await visitor.post('/session', { email: ADMIN.email, password: ADMIN.password }, '/');
    assert.notEqual(`gander=${visitor.session}`, planted);
    const response = await fetch(dashboard.address, {
      headers: { cookie: planted, accept: 'text/html' },
      redirect: 'manual',
    });
    assert.equal(response.headers.get('location'), '/login');
  });

  test('a session ends on the server when its user signs out', async () => {
    const visitor = await new Visitor(dashboard).signIn();
    const cookie = visitor.cookie;
    assert.equal((await visitor.post('/session/end', {}, '/')).status, 303);
    const response = await fetch(dashboard.address, {
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
    });
    assert.equal(response.status, 303);
  });

  test('the table of sessions holds neither the cookie nor anything to sign in with', async () => {
    const visitor = await new Visitor(dashboard).signIn();
    const id = decodeURIComponent(visitor.session).slice(2).split('.')[0]!;
    const rows = await dashboard.database.query('SELECT to_jsonb(s) AS row FROM gander.sessions s');
    assert.ok(rows.length > 0 && !JSON.stringify(rows).includes(id));
  });

  test('says the same for an unknown address as for a wrong password', async () => {
    const answers = await Promise.all(
      [
        { email: 'nobody@example.com', password: ADMIN.password },
        { email: ADMIN.email, password: 'wrong password' },
      ].map(async (typed) => {
        const { status, body } = await new Visitor(dashboard).post('/session', typed, '/login');
        return [status, /role="alert"[^]*?<\/p>/.exec(body)?.[0] ?? /wrong/.exec(body)?.[0]];
      }),
    );
    assert.deepEqual(answers[0], answers[1]);
    assert.equal(answers[0]![0], 422);
  });

  test('a disabled user is out at once', async () => {
    const hash = await hashPassword(ADMIN.password);
    await dashboard.database.query(
      `INSERT INTO gander.users (email, role, password_hash) VALUES ('gone@example.com', 'admin', $1)`,
      [hash],
    );
    const visitor = new Visitor(dashboard);
    await visitor.post('/session', { email: 'gone@example.com', password: ADMIN.password }, '/login');
    assert.equal((await visitor.get('/')).status, 200);
    await dashboard.database.query(
      `UPDATE gander.users SET disabled_at = now() WHERE email = 'gone@example.com'`,
    );
    assert.equal((await visitor.get('/')).status, 303);
    assert.equal(
      (await visitor.post('/session', { email: 'gone@example.com', password: ADMIN.password }, '/login'))
        .status,
      422,
    );
  });

  test('a viewer sees, but does not run', async () => {
    const hash = await hashPassword(ADMIN.password);
    await dashboard.database.query(
      `INSERT INTO gander.users (email, role, password_hash) VALUES ('eve@example.com', 'viewer', $1)`,
      [hash],
    );
    const visitor = new Visitor(dashboard);
    await visitor.post('/session', { email: 'eve@example.com', password: ADMIN.password }, '/login');
    assert.equal((await visitor.get('/plan?direction=up')).status, 200);
    const { status, body } = await visitor.post('/runs', { direction: 'up' }, '/');
    assert.equal(status, 403);
    assert.match(body, /This needs the role operator, and yours is viewer/);
  });
});

describe('setting up', () => {
  test('is over once there is an administrator, whatever the code', async () => {
    assert.equal((await new Visitor(dashboard).get('/setup')).status, 410);
    const { status, body } = await new Visitor(dashboard).post(
      '/setup',
      { code: 'AAAA-BBBB-CCCC', email: 'a@b', password: 'x'.repeat(12) },
      '/login',
    );
    assert.equal(status, 410);
    assert.match(body, /has been set up already/);
  });

  test('ten people with the right code at once: one becomes the administrator', async () => {
    const fresh = await openDashboard(dir);
    const statuses = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const typed = { code: fresh.code, email: `first${index}@example.com`, password: ADMIN.password };
        return (await new Visitor(fresh).post('/setup', typed, '/setup')).status;
      }),
    );
    assert.equal(statuses.filter((status) => status === 303).length, 1, String(statuses));
    assert.equal((await fresh.database.query('SELECT FROM gander.users')).length, 1);
    await fresh.stop();
  });

  test('says at each field what is wrong with it, and keeps what was typed', async () => {
    const fresh = await openDashboard(dir);
    const { status, body } = await new Visitor(fresh).post(
      '/setup',
      { code: '', email: 'no address', password: 'short' },
      '/setup',
    );
    assert.equal(status, 422);
    for (const expected of [
      'Type the code that was printed',
      'Type an e-mail address',
      'Take 12 to 128 characters',
      'value="no address"',
    ]) {
      assert.ok(body.includes(expected), expected);
    }
    assert.ok(!body.includes('short'), 'a password is not printed back');
    await fresh.stop();
  });
});

describe('requests that make no sense', () => {
  const asked: readonly [string, number][] = [
    ['/migrations/999', 404],
    ['/migrations/abc', 404],
    ['/migrations/%00', 404],
    ['/migrations/%E0%A4%A', 400],
    ['/runs/0', 404],
    ['/runs/99999999999999999999', 404],
    ['/runs/1%27', 404],
    ['/plan?direction=sideways', 400],
    ['/plan?direction=up&to=abc', 400],
    ['/plan?direction=up&to=99999999999999999999', 400],
    ['/plan?direction[]=up&direction[]=down', 200],
    ['/?q=%3Cscript%3Ealert(1)%3C/script%3E&page=-1&state=__proto__', 200],
    ['/?page=99999999999', 200],
    ['/nowhere', 404],
    ['/assets/0000000000/app.css', 200],
    ['/assets/0000000000/..%2fpackage.json', 404],
    ['/assets/x', 404],
  ];

  test('get a sentence, never a stack and never a 5xx', async () => {
    const visitor = await new Visitor(dashboard).signIn();
    for (const [address, expected] of asked) {
      const { status, body } = await visitor.get(address);
      assert.equal(status, expected, `${address}: ${body.slice(0, 300)}`);
      assert.doesNotMatch(body, /node_modules|\.js:\d+|<script>alert/, address);
    }
  });

  test('a body that is too large, or not a form, is refused', async () => {
    const visitor = await new Visitor(dashboard).signIn();
    assert.equal((await visitor.send('/runs', { x: 'y'.repeat(100_000) }, OURS)).status, 413);
    assert.equal(
      (await visitor.send('/runs', {}, { ...OURS, 'content-type': 'application/json' })).status,
      403,
    );
  });
});

test('text in migrations is text in pages, whatever it says', async () => {
  const evil = `<img src=x onerror=alert(1)>"'</code><script>alert(2)</script>\${7*7}<%= 7*7 %>`;
  const hostile = await writeMigrations({
    [`1_${evil.replaceAll('/', '∕')}.sql`]: goose(
      `-- ${evil}\nSELECT '${evil.replaceAll("'", "''")}';\nSELECT * FROM "${evil.replaceAll('"', '""')}";`,
      'SELECT 1;',
    ),
  });
  const shown = await openDashboard(hostile, { admin: true });
  const visitor = await new Visitor(shown).signIn();
  const { headers } = await visitor.post(
    '/runs',
    { direction: 'up', fingerprint: await fingerprint(visitor) },
    '/plan?direction=up',
  );
  const pages = [
    '/',
    '/migrations/1',
    '/plan?direction=up',
    '/runs',
    headers.get('location')!,
    `/?q=${encodeURIComponent(evil)}`,
  ];
  for (const page of pages) {
    const { body } = await visitor.get(page);
    assert.doesNotMatch(body, /<img|<script>alert|>49</, page);
  }
  assert.match((await visitor.get('/migrations/1')).body, /&lt;img src=x/);
  await shown.stop();
});

async function fingerprint(visitor: Visitor): Promise<string> {
  return /name="fingerprint" value="([^"]+)"/.exec((await visitor.get('/plan?direction=up')).body)![1]!;
}

test('a plan that is no longer what was seen is shown anew, and nothing is run', async () => {
  const visitor = await new Visitor(dashboard).signIn();
  const seen = await fingerprint(visitor);
  await writeFile(path.join(dir, '4_more.sql'), goose('SELECT 4;', 'SELECT 4;'));
  const { status, body } = await visitor.post('/runs', { direction: 'up', fingerprint: seen }, '/');
  assert.equal(status, 409);
  assert.match(body, /What would run now is not the plan that you saw, so nothing was run/);
  assert.match(body, /Apply 4 migrations/);
  assert.equal(
    (await visitor.post('/runs', { direction: 'up' }, '/')).status,
    409,
    'and none without a plan',
  );
  await rm(path.join(dir, '4_more.sql'));
  assert.deepEqual(await dashboard.database.query('SELECT FROM gander.runs'), []);
});

test('rolling back everything asks for the name of the database', async () => {
  const whole = await openDashboard(dir, { admin: true });
  const visitor = await new Visitor(whole).signIn();
  await visitor.post('/runs', { direction: 'up', fingerprint: await fingerprint(visitor) }, '/');
  for (let ready = false; !ready;) ready = /up to date/.test((await visitor.get('/')).body);
  const plan = (await visitor.get('/plan?direction=down&to=0')).body;
  const form = {
    direction: 'down',
    to: '0',
    fingerprint: /name="fingerprint" value="([^"]+)"/.exec(plan)![1]!,
  };
  const refused = await visitor.post('/runs', form, '/');
  assert.equal(refused.status, 422);
  assert.match(refused.body, /the database’s name has to be typed/);
  const name = /Type <b>([^<]+)<\/b>/.exec(plan)![1]!;
  assert.equal((await visitor.post('/runs', { ...form, confirm: name }, '/')).status, 303);
  await whole.stop();
});

test('while the database is away every page says so, and it comes back by itself', async () => {
  const database = await createDatabase();
  const away = await openDashboard(dir, { admin: true, database });
  const visitor = await new Visitor(away).signIn();
  await query(serverUrl(), `ALTER DATABASE ${database.name} WITH ALLOW_CONNECTIONS false`);
  await query(
    serverUrl(),
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}'`,
  );
  for (const page of ['/', '/runs', '/login', '/plan?direction=up']) {
    const { status, body } = await visitor.get(page);
    assert.equal(status, 503, `${page} ${body.slice(0, 200)}`);
    assert.match(body, /database cannot be reached/i);
    assert.doesNotMatch(body, /node_modules|password/i);
  }
  assert.equal((await visitor.get('/healthz')).status, 200);
  assert.equal((await visitor.get('/readyz')).status, 503);
  await query(serverUrl(), `ALTER DATABASE ${database.name} WITH ALLOW_CONNECTIONS true`);
  assert.equal((await visitor.get('/')).status, 200);
  await away.stop();
});

test('an empty folder says how to make the first migration, a missing one what to do about it, twins are both named', async () => {
  const folder = await writeMigrations();
  const own = await openDashboard(folder, { admin: true });
  const visitor = await new Visitor(own).signIn();
  assert.match((await visitor.get('/')).body, /No migrations yet[^]*gander create NAME/);
  assert.match((await visitor.get('/plan?direction=up')).body, /Nothing to do/);
  await writeFile(path.join(folder, '1_a.sql'), goose('SELECT 1;'));
  await writeFile(path.join(folder, '01_b.sql'), goose('SELECT 1;'));
  assert.match((await visitor.get('/')).body, /01_b\.sql and 1_a\.sql have the same version, 1/);
  assert.match((await visitor.get('/plan?direction=up')).body, /have the same version, 1/);
  await rm(folder, { recursive: true });
  const { status, body } = await visitor.get('/');
  assert.equal(status, 503);
  assert.match(body, /The migrations folder .* does not exist[^]*GANDER_MIGRATIONS/);
  await own.stop();
});

test('every answer carries the strict headers, and what is secret is not kept by anyone', async () => {
  const { headers } = await new Visitor(dashboard).get('/login');
  assert.match(headers.get('content-security-policy')!, /default-src 'none';.*frame-ancestors 'none'/);
  assert.doesNotMatch(headers.get('content-security-policy')!, /unsafe/);
  assert.equal(headers.get('x-frame-options'), 'DENY');
  assert.equal(headers.get('x-powered-by'), null);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.match(headers.getSetCookie()[0]!, /^gander-form=[\w-]{24}; Path=\/; HttpOnly; SameSite=Strict$/);
  const visitor = new Visitor(dashboard);
  await visitor.get('/login');
  const signedIn = await visitor.post('/session', { email: ADMIN.email, password: ADMIN.password }, '/login');
  const [cookie] = signedIn.headers.getSetCookie();
  assert.match(cookie!, /^gander=.*; Path=\/; Expires=.*; HttpOnly; SameSite=Lax$/);
  const hours = (Date.parse(/Expires=([^;]+)/.exec(cookie!)![1]!) - Date.now()) / 3_600_000;
  assert.ok(hours > 11.9 && hours < 12.1, `${hours} hours`);
});

test('behind https the cookie is Secure and belongs to this host alone', async () => {
  const behind = await openDashboard(dir, {
    admin: true,
    env: { PUBLIC_URL: 'https://gander.example.com', TRUST_PROXY: '1' },
  });
  const response = await fetch(`${behind.address}/login`, { headers: { 'x-forwarded-proto': 'https' } });
  assert.match(
    response.headers.getSetCookie()[0]!,
    /^__Host-gander-form=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
  assert.match(response.headers.get('strict-transport-security')!, /max-age=31536000/);
  await behind.stop();
});

test('templates print nothing unescaped but the layout’s body, includes and highlighted SQL', async () => {
  const views = path.join(packageRoot, 'views');
  const files = (await readdir(views, { recursive: true })).filter((name) => name.endsWith('.ejs'));
  for (const file of files) {
    const text = await readFile(path.join(views, file), 'utf8');
    const raw = [...text.matchAll(/<%-\s*(.*?)\s*-?%>/gs)]
      .map((match) => match[1]!)
      .filter((code) => !/^include\(|^body$|^\w+\.html$|^html$/.test(code));
    assert.deepEqual(raw, [], file);
  }
});

after(() => dashboard.stop());
