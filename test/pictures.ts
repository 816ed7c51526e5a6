/**
 * Makes the README's pictures: `npm run pictures`. A database of its own, the example with two files more, one of which
 * fails, and a real browser.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dashboardConfig } from '../server/dashboard-config.ts';
import { startDashboard } from '../server/dashboard.ts';
import { startEmbedded } from '../server/embedded.ts';
import { packageRoot } from '../server/package-root.ts';
import { launchBrowser, openPage } from './support/browser.ts';
import { query } from './support/database.ts';

const ADMIN = { email: 'ada@example.com', password: 'correct horse battery' };
const SIZE = { width: 1280, height: 760 };

const BROKEN = `-- +goose Up
CREATE TABLE plans (code text PRIMARY KEY, price numeric NOT NULL);
INSERT INTO plans VALUES ('free', 0), ('pro', 9);
ALTER TABLE users
  ADD COLUMN plan_code text NOT NULL REFERENCES plan (code);

-- +goose Down
ALTER TABLE users DROP COLUMN plan_code;
DROP TABLE plans;
`;

const NEXT = `-- +goose Up
CREATE TABLE invoices (id bigint PRIMARY KEY);

-- +goose Down
DROP TABLE invoices;
`;

const home = await mkdtemp(path.join(tmpdir(), 'shop-'));
const migrations = path.join(home, 'migrations');
await cp(path.join(packageRoot, 'migrations', 'example'), migrations, { recursive: true });
const server = await startEmbedded({ folder: path.join(home, '.gander'), settings: { fsync: 'off' } });
await query(server.url, 'CREATE DATABASE shop');
const settings = { GANDER_ADMIN_EMAIL: ADMIN.email, GANDER_ADMIN_PASSWORD: ADMIN.password, PORT: '0' };
const dashboard = await startDashboard(
  dashboardConfig({
    ...settings,
    DATABASE_URL: server.url.replace(/\/gander$/, '/shop'),
    GANDER_MIGRATIONS: migrations,
  }),
  {
    print: () => {},
  },
);
const browser = await launchBrowser();
try {
  await takeAll();
} finally {
  await browser.close();
  await dashboard.stop();
  await server.stop();
  await rm(home, { recursive: true, force: true });
}

async function takeAll(): Promise<void> {
  const { page } = await openPage(browser, { viewport: SIZE });
  const visit = (address: string): Promise<unknown> => page.goto(dashboard.address + address);
  const picture = (name: string): Promise<unknown> =>
    page.screenshot({ path: path.join(packageRoot, 'docs', `${name}.png`) });
  const apply = async (): Promise<void> => {
    await visit('/plan?direction=up');
    await page.getByRole('button', { name: /^Apply/ }).click();
    await page
      .locator('.facts .state')
      .filter({ hasText: /done|failed/ })
      .waitFor();
  };
  await mkdir(path.join(packageRoot, 'docs'), { recursive: true });
  await visit('/login');
  await page.getByLabel('E-mail address').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await apply();
  await writeFile(path.join(migrations, '20260112090000_add_plan_to_users.sql'), BROKEN);
  await writeFile(path.join(migrations, '20260119090000_create_invoices.sql'), NEXT);
  await apply();
  await picture('failure');
  await visit('/');
  await picture('migrations');
}
