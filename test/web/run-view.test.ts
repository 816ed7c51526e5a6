// What a run's page says, made by pure functions: waits, progress, causes, and what became of a run whose server stopped.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type {
  CurrentStep,
  Holder,
  LockWait,
  RunPages,
  ShownStatement,
  ShownStep,
} from '../../server/engine/index.ts';
import { elapsed } from '../../server/web/format.ts';
import { behindOf, progressView, waitView } from '../../server/web/run/activity-view.ts';
import { causeOf } from '../../server/web/run/causes.ts';
import { nowView } from '../../server/web/run/now-view.ts';
import { runView } from '../../server/web/run/run-view.ts';

const holder: Holder = {
  pid: 42,
  startedAt: '1700000000.123456',
  application: 'psql',
  user: 'app',
  address: '10.0.0.5',
  kind: 'client backend',
  state: 'idle in transaction',
  transactionMs: 61_000,
  query: 'SELECT secret',
};
const wait: LockWait = {
  type: 'relation',
  mode: 'AccessExclusiveLock',
  relation: 'public.users',
  ms: 5,
  holders: [holder],
};
const all = { runId: '7', showsQueries: true, mayEnd: true };
const none = { runId: '7', showsQueries: false, mayEnd: false };

describe('a wait is said in words', () => {
  const cases: readonly [Partial<LockWait>, RegExp][] = [
    [{}, /^It waits for an ACCESS EXCLUSIVE lock on public\.users\.$/],
    [{ mode: 'ShareUpdateExclusiveLock' }, /^It waits for a SHARE UPDATE EXCLUSIVE lock on public\.users\.$/],
    [{ type: 'transactionid', relation: null }, /another transaction to end/],
    [{ type: 'virtualxid', relation: null }, /older transactions to end, as what is done CONCURRENTLY/],
    [{ type: 'tuple' }, /a row of public\.users/],
    [{ type: 'advisory', relation: null }, /an advisory lock/],
    [{ type: 'extend', mode: 'ExclusiveLock' }, /an EXCLUSIVE lock on public\.users \(extend\)/],
  ];
  for (const [part, expected] of cases)
    test(part.type ?? part.mode ?? 'relation', () =>
      assert.match(waitView({ ...wait, ...part }, all).sentence, expected),
    );
});

test('who holds a lock is named; only who may act on it sees what he runs, and how to end him', () => {
  const [seen] = waitView(wait, all).holders;
  assert.deepEqual(seen, {
    name: 'psql',
    facts: ['process 42', 'user app', 'from 10.0.0.5'],
    state: 'idle in transaction',
    elapsedMs: 61_000,
    query: 'SELECT secret',
    endHref: '/runs/7/termination?pid=42&started=1700000000.123456',
  });
  const [hidden] = waitView(wait, none).holders;
  assert.deepEqual([hidden?.query, hidden?.endHref], [null, null]);
  const vacuum = { ...holder, application: null, kind: 'autovacuum worker' };
  assert.equal(waitView({ ...wait, holders: [vacuum] }, all).holders[0]?.name, 'autovacuum worker');
  const prepared = waitView({ ...wait, holders: [{ ...holder, pid: 0 }] }, all).holders[0];
  assert.match(`${prepared?.name} ${prepared?.facts.join()}`, /prepared transaction.*ROLLBACK PREPARED/);
  assert.equal(prepared?.endHref, null);
});

test('who waits in turn is counted, up to a hundred', () => {
  const behind = (number: number): string | null =>
    behindOf({ statementMs: null, wait: null, progress: null, behind: number });
  assert.deepEqual([0, 1, 2, 100].map(behind), [
    null,
    'One session waits behind it.',
    '2 sessions wait behind it.',
    'More than 100 sessions wait behind it.',
  ]);
});

test('progress is said with what PostgreSQL counts, and without an end where nobody knows it', () => {
  const index = {
    command: 'CREATE INDEX',
    phase: 'building index: scanning table',
    done: 250,
    total: 1_000,
    unit: 'blocks',
  };
  assert.deepEqual(progressView(index), {
    words: 'CREATE INDEX · building index: scanning table · 25 %, 250 of 1,000 blocks',
    value: 250,
    max: 1_000,
  });
  const copy = { command: 'COPY FROM', phase: null, done: 2_500_000, total: 10_000_000, unit: 'bytes' };
  assert.equal(progressView(copy).words, 'COPY FROM · 25 %, 2.5 MB of 10.0 MB');
  assert.deepEqual(progressView({ ...copy, total: null, unit: 'rows' }), {
    words: 'COPY FROM · 2,500,000 rows',
    value: null,
    max: 1,
  });
  assert.equal(
    progressView({ ...index, done: 0, total: null }).words,
    'CREATE INDEX · building index: scanning table',
  );
});

test('the common errors have a cause each of its own, and a remedy; an unknown one has that of its class, or none', () => {
  const common =
    '23505 23502 23503 23514 42P07 42701 42703 42P01 42704 42710 42883 42601 42501 55P03 57014 40P01 40001 22P02 25001 2BP01 53100 53200 57P01';
  const causes = common.split(' ').map((code) => causeOf(code));
  for (const cause of causes) assert.match(`${cause?.means}|${cause?.todo}`, /^[A-Z].*\.\|[A-Z].*\.$/);
  assert.equal(new Set(causes.map((cause) => cause?.means)).size, causes.length);
  assert.match(causeOf('23001')!.means, /constraint/);
  assert.equal(causeOf('ZZ999'), null);
  assert.equal(causeOf(null), null);
});

const statement = (position: number, state: ShownStatement['state']): ShownStatement => ({
  position,
  count: 1,
  line: position + 1,
  kind: 'select',
  object: null,
  state,
  tookMs: null,
  rowCount: null,
  notices: [],
  noticeCount: 0,
});

function step(position: number, part: Partial<ShownStep>): ShownStep {
  return {
    position,
    version: BigInt(position + 1),
    name: 'm',
    file: null,
    action: 'run',
    transaction: true,
    state: 'done',
    startedAt: null,
    tookMs: null,
    failure: null,
    of: 3,
    done: 0,
    lines: 0,
    statements: [],
    ...part,
  };
}

function run(part: Partial<RunPages>): RunPages {
  return {
    id: '7',
    direction: 'up',
    target: null,
    actor: 'ada',
    state: 'interrupted',
    pid: 1,
    startedAt: new Date(0),
    finishedAt: new Date(1),
    steps: 3,
    done: 1,
    table: 'public.schema_migrations',
    isOver: true,
    now: new Date(10_000),
    counts: { done: 1 },
    pages: 1,
    currentPage: 1,
    shown: [],
    current: null,
    stopped: null,
    actions: [],
    resolution: null,
    activity: null,
    ...part,
  };
}

describe('what became of a run whose server stopped', () => {
  const heading = (part: Partial<RunPages>): string => {
    const now = nowView(run(part), none);
    return now.kind === 'interrupted'
      ? `${now.heading}. ${now.left}`
      : now.kind === 'stopped'
        ? now.message
        : now.kind;
  };
  const died = {
    state: 'failed',
    statements: [statement(0, 'done'), statement(1, 'running')],
    done: 1,
  } as const;

  test('in a transaction: rolled back', () =>
    assert.match(
      heading({ current: { ...step(1, died), sql: null, left: null, dirty: null } }),
      /statement 2 was rolled back\. .*nothing of it/,
    ));
  test('without one: under way', () =>
    assert.match(
      heading({
        current: { ...step(1, { ...died, transaction: false }), sql: null, left: null, dirty: null },
      }),
      /statement 2 was under way\. .*1 statement of it is recorded as done, and whether/,
    ));
  test('without one, between two statements', () =>
    assert.match(
      heading({
        current: {
          ...step(1, { ...died, transaction: false, statements: [statement(0, 'done')] }),
          sql: null,
          left: null,
          dirty: null,
        },
      }),
      /statement 1 was its last\. .*the rest was not begun/,
    ));
  test('between two migrations', () => assert.match(heading({}), /Everything that had begun is done/));
  test('not known yet: its statements neither', () => {
    const current = { ...step(1, { ...died, state: 'running' }), sql: null, left: null, dirty: null };
    const now = nowView(run({ isOver: false, current }), none);
    assert.deepEqual(now.kind === 'interrupted' ? now.step.statements.map(({ state }) => state) : now.kind, [
      'done',
      'running',
    ]);
  });
  test('not known yet', () =>
    assert.match(
      heading({
        isOver: false,
        current: { ...step(1, { ...died, state: 'running' }), sql: null, left: null, dirty: null },
      }),
      /^The server stopped during this run\. .*looked up as soon as/,
    ));
});

test('only operators may cancel, and only what is going on', () => {
  const going = run({ state: 'running', isOver: false, finishedAt: null });
  const cancel = (role: 'viewer' | 'operator', pages: RunPages): string | null =>
    runView(pages, { role, page: 0 }).head.cancel;
  assert.equal(cancel('operator', going), '/runs/7/cancellation');
  assert.equal(cancel('viewer', going), null);
  assert.equal(cancel('operator', run({})), null);
});

test('a page shows a hundred lines of statements at most; those of other steps are a link away', () => {
  const many = Array.from({ length: 20 }, (_, position) => statement(position, 'done'));
  const shown = Array.from({ length: 50 }, (_, position) => step(position, { lines: 20, statements: many }));
  const { steps } = runView(run({ state: 'done', steps: 50, shown }), { role: 'viewer', page: 0 }).list;
  assert.equal(steps.flatMap(({ statements }) => statements).length, 100);
  assert.deepEqual(steps.at(-1)?.all, { href: '/runs/7/steps/49', label: '3 statements' });
  assert.equal(steps[0]?.all, null);
});

test('how long something has been going on is said in whole seconds', () => {
  assert.deepEqual([0, 999, 59_999, 60_000, 3_599_999, 7_260_000].map(elapsed), [
    '0 s',
    '0 s',
    '59 s',
    '1 min 0 s',
    '59 min 59 s',
    '2 h 1 min',
  ]);
});

describe('what to do about a step that failed', () => {
  const failure = {
    message: 'no',
    detail: null,
    hint: null,
    sqlstate: '42P01',
    context: null,
    statement: 0,
    place: null,
    exact: false,
  };
  const told = (part: Partial<CurrentStep>, of: Partial<RunPages> = {}): string => {
    const current: CurrentStep = {
      ...step(1, { state: 'failed', failure }),
      sql: null,
      left: 'rolled back',
      dirty: 'rolled back',
      ...part,
    };
    const now = nowView(run({ state: 'failed', current, ...of }), none);
    return now.kind === 'failed' ? `${now.left} ${now.next} → ${now.link.label} ${now.link.href}` : now.kind;
  };
  const died = { state: 'interrupted' } as const;
  const cases: readonly [string, string, RegExp][] = [
    [
      'undone by PostgreSQL',
      told({}),
      /undid all of it.*Mend what it ran into.* → Review it \/migrations\/2\/recovery$/,
    ],
    [
      'without a transaction',
      told({ transaction: false, left: 'partial', dirty: 'partial' }),
      /done stay.*Nothing else runs until .* → Review it/,
    ],
    [
      'a transaction that ended itself',
      told({ left: 'partial', dirty: 'partial' }),
      /ended its own transaction.*Nothing else runs until .* → Review it/,
    ],
    [
      'undone, where an earlier run has left something',
      told({ dirty: 'partial' }),
      /undid what this run had done.*Nothing else runs until .* → Review it/,
    ],
    [
      'committed, or not',
      told({ left: 'in doubt', dirty: null, failure: { ...failure, sqlstate: null } }),
      /it is applied, or nothing of it is there\. See which\. → Open the migration \/migrations\/2$/,
    ],
    [
      'what was half done, and still is',
      told({ action: 'repair', dirty: 'partial' }),
      /has not been set right\. Nothing else runs until .* → Review it/,
    ],
    [
      'resolved since',
      told({ transaction: false, left: 'partial', dirty: null }),
      /It is not dirty any more\. → Open the migration/,
    ],
  ];
  for (const [what, words, expected] of cases) test(what, () => assert.match(words, expected));

  test('a run that died leads to where it is reviewed, as long as something may be left of it', () => {
    const link = (part: Partial<CurrentStep>, isOver: boolean): string => {
      const current = { ...step(1, { state: 'failed' }), sql: null, left: null, dirty: null, ...part };
      const now = nowView(run({ ...died, isOver, current }), none);
      return now.kind === 'interrupted' ? now.link.href : now.kind;
    };
    assert.equal(link({ transaction: false }, false), '/migrations/2/recovery');
    assert.equal(link({ transaction: false, dirty: 'in doubt' }, true), '/migrations/2/recovery');
    assert.equal(link({ transaction: false }, true), '/migrations/2');
    assert.equal(link({}, true), '/migrations/2');
  });
});

test('a run that stopped before its next step says why', () => {
  const now = nowView(run({ state: 'failed', stopped: 'It was cancelled.' }), none);
  assert.match(
    now.kind === 'stopped' ? `${now.message} ${now.next}` : now.kind,
    /^The run stopped before the next migration could begin\. It was cancelled\. What is applied stays/,
  );
});

test('a run that leads out of dirty is called what it is', () => {
  const resolution = {
    version: 3n,
    way: 'resume',
    label: 'Go on with statement 2',
    reason: 'a typing error',
    conclusion: 'So it is.',
    overruled: [1],
  } as const;
  const { head } = runView(run({ state: 'failed', resolution }), { role: 'admin', page: 0 });
  const { what, way, reason } = head.run;
  assert.deepEqual([what, way, reason], ['Recovery of 3', 'Go on with statement 2', 'a typing error']);
  assert.deepEqual(
    head.resolution.map((remark) => `${remark.what}: ${remark.text}`),
    [
      'Found before: So it is.',
      'Way out: Go on with statement 2',
      'Overruled: What the database said of statement 1.',
      'Reason: a typing error',
    ],
  );
  assert.equal(head.again, null, 'a plan is not what it is gone on with');
  assert.equal(runView(run({}), { role: 'admin', page: 0 }).head.again, '/plan?direction=up');
});
