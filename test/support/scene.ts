// A dashboard with somebody signed in at a browser: what the tests of getting out of dirty have in common.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { axe, openPage } from './browser.ts';
import { ADMIN, openDashboard, type TestDashboard } from './dashboard.ts';
import type { TestDatabase } from './database.ts';
import { writeMigrations } from './migrations.ts';

export interface Scene {
  readonly dashboard: Pick<TestDashboard, 'address'>;
  readonly database: TestDatabase;
  /** The folder of migrations. */
  readonly dir: string;
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong in the page so far. */
  readonly problems: string[];
  readonly write: (file: string, text: string) => Promise<void>;
  readonly open: (address: string) => Promise<void>;
}

interface SceneOptions {
  /** SQL that is run before there is a dashboard. */
  readonly setup?: string;
  readonly javaScript?: boolean;
  /** A dashboard that is there already. */
  readonly at?: { readonly address: string; readonly database: TestDatabase; readonly dir: string };
}

/** Opens a dashboard on a database of its own, with these migrations, and signs in. */
export async function openScene(
  browser: Browser,
  files: Readonly<Record<string, string>>,
  options: SceneOptions & { readonly database?: TestDatabase } = {},
): Promise<Scene> {
  const { setup, javaScript, database } = options;
  const dir = options.at?.dir ?? (await writeMigrations(files));
  const dashboard =
    options.at ??
    (await openDashboard(dir, { admin: true, ...(database === undefined ? {} : { database }) }));
  if (setup !== undefined) await dashboard.database.query(setup);
  const opened = await openPage(browser, javaScript === undefined ? {} : { javaScript });
  const { page } = opened;
  await page.goto(`${dashboard.address}/login`);
  await page.getByLabel('E-mail address').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#band').waitFor();
  return {
    ...opened,
    dashboard,
    database: dashboard.database,
    dir,
    write: (file, text) => writeFile(path.join(dir, file), text),
    open: async (address) => void (await page.goto(dashboard.address + address)),
  };
}

/** Previews what is pending and applies it. @returns the state that the run's page ends with */
export async function apply(scene: Scene): Promise<string> {
  await scene.open('/plan?direction=up');
  await scene.page.getByRole('button', { name: /^Apply/ }).click();
  return runEnds(scene.page);
}

/** Rolls back the newest migration. */
export async function rollBack(scene: Scene): Promise<string> {
  await scene.open('/plan?direction=down&steps=1');
  const confirm = scene.page.locator('#confirm');
  if ((await confirm.count()) > 0) await confirm.fill(scene.database.name);
  await scene.page.getByRole('button', { name: /^Roll back/ }).click();
  return runEnds(scene.page);
}

/** Waits until a run's page says how it ended. */
export async function runEnds(page: Page): Promise<string> {
  assert.match(page.url(), /\/runs\/\d+$/);
  const ended = page.locator('main h1 ~ .facts .state').filter({ hasText: /done|failed|interrupted/ });
  await ended.waitFor({ timeout: 20_000 });
  // The band follows when the page has heard all there is to hear.
  await page.locator('body:not([data-live])').waitFor({ timeout: 20_000 });
  return (await ended.innerText()).trim();
}

/** Follows the band's link to where the dirty migration is reviewed. */
export async function review(scene: Scene): Promise<void> {
  await scene.open('/');
  await scene.page
    .locator('#band')
    .getByRole('link', { name: /^Review / })
    .click();
  assert.match(scene.page.url(), /\/migrations\/\d+\/recovery$/);
}

/** What the catalogs say, statement by statement: `1 done`, `2 half done`. */
export async function findingsOn(page: Page): Promise<string[]> {
  const lines = page.locator('.findings > li');
  return Promise.all(
    (await lines.all()).map(async (line) => {
      const [number, verdict] = [line.locator('> b'), line.locator('> .state')];
      return `${await number.innerText()} ${(await verdict.innerText()).trim()}`;
    }),
  );
}

/** The one sentence that it comes to. */
export async function conclusionOn(page: Page): Promise<string> {
  return page.locator('#meaning .message').innerText();
}

/** The ways out, those that need something first with an asterisk. */
export async function waysOn(page: Page): Promise<string[]> {
  assert.equal(await page.locator('input[name=way]:checked').count(), 0, 'none is preselected');
  const ways = page.locator('.way');
  return Promise.all(
    (await ways.all()).map(async (way) => {
      const isClosed = await way.locator('input[name=way]').isDisabled();
      return `${await way.locator('label').first().innerText()}${isClosed ? ' *' : ''}`;
    }),
  );
}

export interface Take {
  readonly reason?: string;
  /** Whether to say that the database is overruled. */
  readonly overrule?: boolean;
  /** What to type where a name is asked for. */
  readonly confirm?: string;
}

/** Takes a way out, by its label. @returns the state that its run ends with */
export async function take(
  { page }: Pick<Scene, 'page'>,
  label: string,
  options: Take = {},
): Promise<string> {
  await choose({ page }, label, options);
  await page.getByRole('button', { name: 'Do it' }).click();
  return runEnds(page);
}

/** Fills the form in, and does not send it. */
export async function choose(
  { page }: Pick<Scene, 'page'>,
  label: string,
  { reason = 'because', overrule = false, confirm }: Take = {},
): Promise<void> {
  const way = page.locator('.way').filter({ has: page.getByText(label, { exact: true }) });
  await way.getByRole('radio').check();
  if (overrule) await way.getByRole('checkbox').check();
  if (confirm !== undefined) await way.locator('#confirm').fill(confirm);
  await page.getByLabel('Why?').fill(reason);
}

/** No state of a page may shut anybody out, and none may scroll sideways. */
export async function isGood({ page }: Pick<Scene, 'page'>): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    // Colours fade into each other: halfway they are neither those of light nor those of dark.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    assert.deepEqual(await axe(page), [], page.url());
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 320, height: 800 });
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  await page.setViewportSize({ width: 1280, height: 800 });
  assert.ok(wide <= 0, `${page.url()} scrolls sideways by ${wide} at 320`);
}

/** `applied`, `dirty partial`: what the list has of the only migration; '' when it has none. */
export async function stateOf(scene: Scene): Promise<string> {
  await scene.open('/');
  const cells = scene.page.locator('td.states');
  if ((await cells.count()) === 0) return '';
  const cell = cells.first();
  const [state, tags] = [
    await cell.locator('.state').innerText(),
    await cell.locator('.tag').allInnerTexts(),
  ];
  return [state.trim(), ...tags].join(' ');
}
