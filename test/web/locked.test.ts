// Pages answer at once while somebody holds the locks of what they are made of: with what was read before, marked as such.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GanderError } from '../../server/engine/index.ts';
import { LastAnswers } from '../../server/store/last-answers.ts';
import { openDashboard } from '../support/dashboard.ts';
import { shop, writeMigrations } from '../support/migrations.ts';
import { type Reply, Visitor } from '../support/visitor.ts';
import { until } from '../support/wait.ts';

const dashboard = await openDashboard(await writeMigrations(shop), { admin: true });
after(() => dashboard.stop());
const { database } = dashboard;
const visitor = await new Visitor(dashboard).signIn();

const SEEN = [
  '/',
  '/migrations/1',
  '/plan?direction=down',
  '/runs',
  '/runs/1',
  '/runs/1/steps/0',
  '/runs/1/report',
  '/schema',
  '/schema/1',
  '/login',
  '/readyz',
];
const UNSEEN = ['/migrations/2', '/plan?direction=down&to=1', '/runs/1?page=2', '/runs/1/steps/1'];

await apply();
for (const page of SEEN) await visitor.get(page);

async function apply(): Promise<void> {
  const plan = (await visitor.get('/plan?direction=up')).body;
  const fingerprint = /name="fingerprint" value="([^"]+)"/.exec(plan)?.[1] ?? '';
  await visitor.post('/runs', { direction: 'up', fingerprint }, '/');
  await until('it is applied', async () => /up to date/.test((await visitor.get('/')).body));
}

/** Asks for pages while `sql` has been done in a transaction that is open. @returns the replies, with how long each took */
async function whileOpen(
  sql: string,
  pages: readonly string[],
): Promise<(Reply & { readonly page: string; readonly ms: number })[]> {
  const holder = await database.pool.connect();
  await holder.query(`BEGIN; ${sql}`);
  const replies = [];
  for (const page of pages) {
    const started = performance.now();
    const reply = await visitor.get(page);
    replies.push({ ...reply, page, ms: performance.now() - started });
  }
  await holder.query('ROLLBACK');
  holder.release();
  return replies;
}

const OWN = [
  'runs',
  'steps',
  'statements',
  'applied',
  'dirty',
  'texts',
  'actions',
  'schema_changes',
  'schema_objects',
  'users',
  'sessions',
  'setup_codes',
];
const TABLES = [
  'users',
  'orders',
  'schema_migrations',
  ...OWN.map((name) => `gander.${name}`),
  'gander.schema_migrations',
  'pg_catalog.pg_class',
  'pg_catalog.pg_attribute',
];

describe('every page answers at once, and none with a failure, while somebody has locked', () => {
  for (const table of TABLES) {
    test(table, async (t) => {
      const replies = await whileOpen(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`, [...SEEN, ...UNSEEN]);
      for (const { page, status, body } of replies) {
        assert.ok(status === 200 || (page === '/login' && status === 303), `${page}: ${status}`);
        if (SEEN.includes(page)) assert.doesNotMatch(body, /<h1>In a moment/, page);
      }
      const times = replies.map(({ ms }) => ms).toSorted((a, b) => a - b);
      const [median, worst] = [times[Math.floor(times.length / 2)]!, times.at(-1)!];
      t.diagnostic(`${median.toFixed(0)} ms, at worst ${worst.toFixed(0)} ms`);
      assert.ok(median < 400, `${median} ms`);
      assert.ok(worst < 2_000, `${worst} ms`);
    });
  }
});

test('what is not true for certain is marked, with its age; the form of a page that was never seen comes by itself', async () => {
  const replies = await whileOpen('LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE', [
    '/',
    '/plan?direction=down&to=2',
  ]);
  assert.match(replies[0]!.body, /This is how things stood[^]*<time datetime/);
  assert.match(replies[1]!.body, /<h1>In a moment[^]*comes by itself/);
  assert.match(replies[1]!.body, /data-live/);
  await until('it is true again', async () => !/how things stood/.test((await visitor.get('/')).body));
});

test('while a migration makes thousands of tables, pages answer with what is true', async () => {
  const many = `DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE heavy_%s (id int PRIMARY KEY)', i); END LOOP; END $$`;
  for (const { page, status, body, ms } of await whileOpen(many, SEEN)) {
    assert.ok(status === 200 || status === 303, `${page}: ${status}`);
    assert.doesNotMatch(body, /how things stood/, page);
    assert.ok(ms < 2_000, `${page}: ${ms} ms`);
  }
});

test('nothing is changed by what was read before: who is signed out cannot act, though his pages are still shown', async () => {
  const other = await new Visitor(dashboard).signIn();
  const { body } = await other.get('/');
  const token = /name="_token" value="([^"]+)"/.exec(body)![1]!;
  await database.query('DELETE FROM gander.sessions');
  const holder = await database.pool.connect();
  await holder.query('BEGIN; LOCK TABLE gander.sessions IN ACCESS EXCLUSIVE MODE');
  assert.equal((await other.get('/')).status, 200);
  const fields = { _token: token, direction: 'down', fingerprint: 'x' };
  const refused = await other.send('/runs', fields, { origin: dashboard.address });
  assert.equal(refused.status, 503);
  await holder.query('ROLLBACK');
  holder.release();
  const sent = await other.send('/runs', fields, { origin: dashboard.address });
  assert.equal(sent.status, 401);
  await until('he has to sign in', async () => (await other.get('/')).status === 303);
});

describe('the last answer', () => {
  const busy = (): Promise<never> => Promise.reject(new GanderError('busy', 'locked'));

  test('does when the question cannot be answered, and only then', async () => {
    const answers = new LastAnswers(10);
    await assert.rejects(answers.ask('a', busy), { code: 'busy' });
    assert.deepEqual(await answers.ask('a', async () => 1), { value: 1, asOf: null });
    const { value, asOf } = await answers.ask('a', busy);
    assert.ok(value === 1 && asOf !== null);
    await assert.rejects(
      answers.ask('b', () => Promise.reject(new GanderError('unreachable', 'away'))),
      { code: 'unreachable' },
    );
  });

  test('is given without asking for a second after, and then asked for anew', async () => {
    const answers = new LastAnswers(10);
    await answers.ask('a', async () => 1);
    await answers.ask('a', busy);
    assert.equal((await answers.ask('a', async () => 2)).value, 1);
    await sleep(1_050);
    assert.deepEqual(await answers.ask('a', async () => 2), { value: 2, asOf: null });
  });

  test('does when there is none in time', async () => {
    const answers = new LastAnswers(10);
    await answers.ask('a', async () => 1);
    const started = performance.now();
    const { value, asOf } = await answers.ask('a', () => sleep(10_000, 2, { ref: false }));
    assert.ok(value === 1 && asOf !== null && performance.now() - started < 3_000);
  });

  test('gives way to newer ones; that there is nothing is no answer to keep', async () => {
    const answers = new LastAnswers(2);
    for (const key of ['a', 'b', 'c']) await answers.ask(key, async () => key);
    await assert.rejects(answers.ask('a', busy));
    assert.equal((await answers.ask('c', busy)).value, 'c');
    await answers.ask('b', async () => null);
    await assert.rejects(answers.ask('b', busy));
  });
});
