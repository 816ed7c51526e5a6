import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { browserMissing, launchBrowser, openPage } from '../../support/browser.ts';
import { listenTo } from '../../support/events.ts';
import { type OtherDashboard, startOther } from '../../support/other-dashboard.ts';
import { startRelay } from '../../support/relay.ts';
import { ADMIN, Visitor } from '../../support/visitor.ts';
import { until } from '../../support/wait.ts';
import { gooseFile } from '../corpus.ts';
import { type Figure, type Measurement, median, ms } from '../figure.ts';
import { ask, type Setting } from '../setting.ts';

const SEEN_MS = 300;
const WATCHERS = 200;
const WATCHERS_MB = 150;
const QUERIES_A_SECOND = 0.5;
const PAGE_MS = 50;
const PAGE_BYTES = 150_000;

/** A dashboard, in a process of its own, whose run is watched: how soon what happens is seen, and what watching costs. */
export const live: Measurement = {
  name: 'live',
  async measure(setting) {
    return [
      ...(await seen(setting, 'a statement by itself', `-- +goose NO TRANSACTION\n${goose(events())}`)),
      ...(await seen(setting, 'a statement in a transaction', goose(events()))),
      ...(await watched(setting)),
      ...(await large(setting)),
    ];
  },
};

function goose(up: string): string {
  return gooseFile(up, 'SELECT 1;');
}

interface Stage {
  readonly dashboard: OtherDashboard;
  /** The database, directly. */
  readonly url: string;
  readonly visitor: Visitor;
  /** What the dashboard has asked the database so far, in round trips. */
  readonly asked: () => number;
  /** Applies what is pending. @returns the run's address, at once */
  readonly apply: () => Promise<string>;
}

/** A dashboard with these migrations, on a database of its own. */
async function onStage<T>(
  setting: Setting,
  files: Readonly<Record<string, string>>,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const url = await setting.emptyDatabase();
  const dir = path.join(setting.folder, `live ${new URL(url).pathname.slice(1)}`);
  await mkdir(dir);
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(path.join(dir, name), text)));
  const relay = await startRelay(url);
  const undos: (() => void)[] = [];
  try {
    const dashboard = await startOther(
      { after: (undo) => undos.push(undo) },
      {
        DATABASE_URL: relay.url,
        GANDER_MIGRATIONS: dir,
        GANDER_ADMIN_EMAIL: ADMIN.email,
        GANDER_ADMIN_PASSWORD: ADMIN.password,
      },
    );
    const visitor = await new Visitor(dashboard).signIn();
    const asked = (): number => relay.conversations.reduce((sum, { roundTrips }) => sum + roundTrips, 0);
    return await use({ dashboard, url, visitor, asked, apply: () => applyAll(visitor) });
  } finally {
    for (const undo of undos) undo();
    await relay.close();
    await setting.dropDatabase(url);
  }
}

async function applyAll(visitor: Visitor): Promise<string> {
  const plan = (await visitor.get('/plan?direction=up')).body;
  const fingerprint = /name="fingerprint" value="([^"]+)"/.exec(plan)?.[1] ?? '';
  const { headers } = await visitor.post('/runs', { direction: 'up', fingerprint }, '/');
  return headers.get('location')!;
}

const EVENTS = 150;

/** Statements that note the moment at which they begin, and take from 20 to 500 ms. */
function events(): string {
  const statements = Array.from(
    { length: EVENTS },
    (_, index) =>
      `WITH now AS MATERIALIZED (SELECT clock_timestamp() AS at) INSERT INTO events SELECT ${index + 2}, at FROM now, LATERAL pg_sleep(${0.02 + ((index * 37) % 97) / 200});`,
  );
  return `CREATE TABLE events (number int, at timestamptz);\n${statements.join('\n')}`;
}

/** Put into the page: notes when each statement was there to be seen. */
const NOTE = `
  globalThis.seen = {};
  new MutationObserver(() => {
    const number = /Statement (\\d+) of/.exec(document.querySelector('#run-now')?.textContent)?.[1];
    if (number) seen[number] ??= Date.now();
  }).observe(document, { childList: true, subtree: true });`;

/** From the beginning of a statement in the database to its being seen in a browser. */
async function seen(setting: Setting, what: string, file: string): Promise<Figure[]> {
  if (browserMissing !== false) return [];
  const browser = await launchBrowser();
  try {
    return await onStage(setting, { '1_events.sql': file }, async ({ dashboard, url, apply }) => {
      const { page } = await openPage(browser);
      await page.goto(`${dashboard.address}/login`);
      await page.getByLabel('E-mail address').fill(ADMIN.email);
      await page.getByLabel('Password').fill(ADMIN.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('#band').waitFor();
      await page.addInitScript(NOTE);
      await page.goto(dashboard.address + (await apply()));
      await page.locator('#run-head .state').filter({ hasText: 'done' }).waitFor({ timeout: 120_000 });
      const at = await page.evaluate<Record<string, number>>('seen');
      const delays = delaysOf(at, await ask(url, EVENT_TIMES));
      const p95 = delays[Math.floor(delays.length * 0.95)]!;
      return [
        {
          what: `${what} begins, and is seen in a browser (${delays.length} times)`,
          measured: `${ms(p95)} at the 95th percentile, median ${ms(median(delays))}, at worst ${ms(delays.at(-1)!)}`,
          target: `≤ ${ms(SEEN_MS)}`,
          met: p95 <= SEEN_MS,
        },
      ];
    });
  } finally {
    await browser.close();
  }
}

const EVENT_TIMES = 'SELECT number, extract(epoch FROM at)::float8 * 1000 AS at FROM events ORDER BY number';

/** Of two that follow closely the second one is seen for both; the first ones happened before the page was there. */
function delaysOf(seenAt: Record<string, number>, rows: readonly Record<string, unknown>[]): number[] {
  return rows
    .slice(5, -1)
    .map(({ number, at }) => {
      const shown = Object.entries(seenAt).filter(([other]) => Number(other) >= Number(number));
      return Math.min(...shown.map(([, moment]) => moment)) - Number(at);
    })
    .toSorted((a, b) => a - b);
}

const WATCH_MS = 30_000;

/** What many who watch one run cost its dashboard. */
async function watched(setting: Setting): Promise<Figure[]> {
  const files = { '1_slow.sql': goose('SELECT 1;\nSELECT pg_sleep(600);') };
  return onStage(setting, files, async ({ dashboard, visitor, asked, apply }) => {
    const run = await apply();
    await until('it runs', async () => (await visitor.get(run)).body.includes('Statement 2 of 2'));
    const before = await megabytesOf(dashboard.pid);
    const streams = await Promise.all(
      Array.from({ length: WATCHERS }, () => listenTo(dashboard, visitor, `${run}/events`)),
    );
    await until('all are told', () => streams.every(({ heard }) => heard.length > 0));
    const asking = asked();
    let peak = 0;
    for (const end = performance.now() + WATCH_MS; performance.now() < end; await sleep(500))
      peak = Math.max(peak, await megabytesOf(dashboard.pid));
    const perSecond = (asked() - asking) / (WATCH_MS / 1000);
    const more = peak - before;
    await visitor.post(`${run}/cancellation`, {}, '/');
    await Promise.all(streams.map(({ ended }) => ended));
    return [
      {
        what: `memory for ${WATCHERS} who watch one run`,
        measured: `at most ${more.toFixed(0)} MB more than before they came, ${peak.toFixed(0)} MB in all`,
        target: `≤ ${WATCHERS_MB} MB`,
        met: more <= WATCHERS_MB,
      },
      {
        what: `questions of the dashboard that ${WATCHERS} watch`,
        measured: `${perSecond.toFixed(2)} a second, over ${WATCH_MS / 1000} s`,
        target: `≤ ${QUERIES_A_SECOND}`,
        met: perSecond <= QUERIES_A_SECOND,
      },
    ];
  });
}

async function megabytesOf(pid: number): Promise<number> {
  const pages = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1];
  return (Number(pages) * 4096) / 1e6;
}

/** Pages of large runs: what they weigh, and how long the dashboard takes for them. */
async function large(setting: Setting): Promise<Figure[]> {
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [
      `${1001 + index}_make_a_table_of_some_name_${index}.sql`,
      goose(index === 620 ? 'SELECT 1/0;' : 'SELECT 1;\nSELECT 2;\nSELECT 3;'),
    ]),
  );
  const long = Array.from({ length: 5000 }, (_, index) => `COMMENT ON SCHEMA public IS '${index}';`);
  return [
    ...(await pagesOf(setting, 'a run of 1,000 migrations', many, ['', '?page=1', '?page=20'])),
    ...(await pagesOf(
      setting,
      'a run of 5,000 statements',
      { '1_many.sql': goose(`${long.join('\n')}\nSELEC;`) },
      ['', '/steps/0', '/steps/0?page=51'],
    )),
  ];
}

async function pagesOf(
  setting: Setting,
  what: string,
  files: Readonly<Record<string, string>>,
  pages: readonly string[],
): Promise<Figure[]> {
  return onStage(setting, files, async ({ visitor, apply }) => {
    const run = await apply();
    // Run and pages share a process, so how long a page takes is for the run to say.
    const figures: Figure[] = [
      { ...(await pageFigure(visitor, run, `${what}, while it runs`)), target: null, met: null },
    ];
    await until(
      'it is over',
      async () => /class="overall failed"/.test((await visitor.get(run)).body),
      120_000,
    );
    figures.push({ ...(await pageFigure(visitor, '/', `the list beside it`)), target: null, met: null });
    for (const page of pages) figures.push(await pageFigure(visitor, run + page, `${what}${page}`));
    return figures;
  });
}

async function pageFigure(visitor: Visitor, address: string, what: string): Promise<Figure> {
  const took: number[] = [];
  let body = '';
  for (let time = 0; time < 15; time += 1) {
    const started = performance.now();
    ({ body } = await visitor.get(address));
    took.push(performance.now() - started);
  }
  const bytes = Buffer.byteLength(body);
  const kb = (size: number): string => `${(size / 1000).toFixed(0)} kB`;
  return {
    what,
    measured: `${ms(median(took))}, ${kb(bytes)} (${kb(gzipSync(body).length)} compressed)`,
    target: `≤ ${ms(PAGE_MS)}, ≤ ${kb(PAGE_BYTES)}`,
    met: median(took) <= PAGE_MS && bytes <= PAGE_BYTES,
  };
}
