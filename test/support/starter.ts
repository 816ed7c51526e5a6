/**
 * A small service that brings its database up to date before it serves: a process of its own, told over IPC which
 * database to start on. It can start many times, because Node's own start is not what is looked at.
 */
import { Pool } from 'pg';
import { folder, messageOf, Migrator } from '../../server/engine/index.ts';

/** What a service is told to start on. */
export interface Start {
  readonly url: string;
  readonly dir: string;
  readonly table: string;
  /** Whether its connections are open before the others are: then all begin at the very same moment. */
  readonly warm: boolean;
}

export type Answer =
  | { readonly state: 'loaded' | 'ready' | 'up' }
  | { readonly state: 'failed'; readonly why: string };

let start: () => Promise<void> = async () => {};

process.on('message', (message: Start | 'go') => {
  const done =
    message === 'go' ? start().then(() => 'up' as const) : prepare(message).then(() => 'ready' as const);
  done.then(
    (state) => answer({ state }),
    (error: unknown) => answer({ state: 'failed', why: whyOf(error) }),
  );
});
process.on('disconnect', () => process.exit());
answer({ state: 'loaded' });

async function prepare({ url, dir, table, warm }: Start): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  if (warm) {
    const clients = await Promise.all([pool.connect(), pool.connect()]);
    for (const client of clients) client.release();
  }
  start = async () => {
    try {
      await new Migrator({ pool, source: folder(dir), table }).ensureUpToDate();
    } finally {
      await pool.end();
    }
  };
}

function whyOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? ` (${messageOf(error.cause)})` : '';
  return `${messageOf(error)}${cause}`;
}

function answer(message: Answer): void {
  process.send!(message);
}
