import { after } from 'node:test';
import { dashboardConfig } from '../../server/dashboard-config.ts';
import { startDashboard } from '../../server/dashboard.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { ADMIN } from './visitor.ts';

export { ADMIN };

export interface TestDashboard {
  readonly address: string;
  readonly database: TestDatabase;
  /** What was printed on the console. */
  readonly printed: readonly string[];
  /** The setup code among it. */
  readonly code: string;
  stop(): Promise<void>;
}

/** Starts the real dashboard on a database and a port of its own; stopped when the test file ends. */
export async function openDashboard(
  dir: string,
  options: { database?: TestDatabase; admin?: boolean; env?: Record<string, string> } = {},
): Promise<TestDashboard> {
  const database = options.database ?? (await createDatabase());
  const printed: string[] = [];
  const admin =
    options.admin === true ? { GANDER_ADMIN_EMAIL: ADMIN.email, GANDER_ADMIN_PASSWORD: ADMIN.password } : {};
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir, PORT: '0', ...admin, ...options.env };
  const dashboard = await startDashboard(dashboardConfig(env), { print: (line) => printed.push(line) });
  const stop = once(async () => void (await dashboard.stop()));
  after(stop);
  return {
    address: dashboard.address,
    database,
    printed,
    code: /[A-Z\d]{4}(-[A-Z\d]{4}){2}/.exec(printed.join('\n'))?.[0] ?? '',
    stop,
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= work());
}
