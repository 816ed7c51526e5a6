/**
 * A real browser for tests. It comes with the npm package `@sparticuz/chromium` (Linux on x64); elsewhere an installed
 * Chromium or Chrome is used, or the one that CHROMIUM_PATH names.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

/** Why there is no browser on this machine. */
export class BrowserMissing extends Error {
  override readonly name = 'BrowserMissing';
}

export interface OpenPageOptions {
  /** Whether scripts run; true unless told. */
  readonly javaScript?: boolean;
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface OpenedPage {
  readonly page: Page;
  /** Has its own cookies. Close it, or the browser. */
  readonly context: BrowserContext;
  /** What went wrong in the page so far: console errors (violations of the CSP among them), uncaught errors, failed requests. */
  readonly problems: string[];
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const found = await findChromium();

/** The reason why there is no browser here, for `test(…, { skip: browserMissing })`; false when there is one. */
export const browserMissing: string | false = 'path' in found ? false : `no browser: ${found.missing}`;

/** Starts a browser without a window. @throws {BrowserMissing} when there is none; see {@link browserMissing}. */
export async function launchBrowser(): Promise<Browser> {
  if (!('path' in found)) throw new BrowserMissing(found.missing);
  return chromium.launch({
    executablePath: found.path,
    args: FLAGS,
    env: { ...environment(), ...found.env },
  });
}

/** Opens an empty page that notes its problems. */
export async function openPage(browser: Browser, options: OpenPageOptions = {}): Promise<OpenedPage> {
  const context = await browser.newContext({
    javaScriptEnabled: options.javaScript ?? true,
    colorScheme: options.colorScheme ?? 'light',
    // Colours on their way from one to the other have no contrast to speak of.
    reducedMotion: 'reduce',
    viewport: options.viewport ?? { width: 1280, height: 800 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return { page, context, problems: collectProblems(page) };
}

/**
 * What axe finds wrong with a page (WCAG 2.2 A and AA, and its best practices), a line for each element. Works under any
 * CSP; needs JavaScript.
 */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(`if (!('axe' in globalThis)) { ${AXE} }`);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`,
  );
  return violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map((node) => `${id} (${impact}): ${help}: ${node.target.join(' ')} ${node.html}`),
  );
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly target: readonly string[] }[];
  }[];
}

function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // Leaving a page aborts its open streams, as it should.
    if (reason !== 'net::ERR_ABORTED') problems.push(`request: ${request.url()} ${reason}`);
  });
  return problems;
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
