import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { packageRoot } from '../../server/package-root.ts';
import { until } from './wait.ts';

/** A dashboard in a process of its own. */
export interface OtherDashboard {
  readonly address: string;
  readonly pid: number;
  /** What it has printed so far. */
  printed(): string;
  /** As `kill -9` does. Resolves when it is dead. */
  kill(): Promise<void>;
}

/** A test, or something else that ends. */
interface Ending {
  after(undo: () => void): void;
}

/** Starts a dashboard in a process of its own, with these settings only; it is killed when the test ends. */
export async function startOther(t: Ending, env: Record<string, string>): Promise<OtherDashboard> {
  const child = spawn(process.execPath, [path.join(packageRoot, 'dist/server/main.js')], {
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const address = await until('it listens', () => /^Dashboard +(\S+)/m.exec(text)?.[1], 60_000);
  return {
    address,
    pid: child.pid!,
    printed: () => text,
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
