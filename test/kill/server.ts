/** The servers whose databases are the scene: one that stays up, and one that is crashed with all its sessions. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Embedded, startEmbedded } from '../../server/embedded.ts';
import { eventually } from '../support/embedded.ts';
import type { Way } from './strike.ts';

export interface Place {
  readonly server: string;
  readonly ways: readonly Way[];
  readonly crash: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Without fsync a server that crashes loses nothing as long as the machine stays up. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', max_connections: '50' };

export const QUIET_WAYS: readonly Way[] = ['kill', 'kill', 'kill', 'end all', 'end one'];

export async function quietServer(folder: string): Promise<Place> {
  const running = await startEmbedded({ folder, settings: { ...SETTINGS, synchronous_commit: 'off' } });
  return { server: running.url, ways: QUIET_WAYS, crash: async () => {}, stop: () => running.stop() };
}

/** What it has committed is kept: a crash must not undo what was answered. */
export async function crashableServer(folder: string): Promise<Place> {
  const start = (): Promise<Embedded> => startEmbedded({ folder, settings: SETTINGS });
  let running = await start();
  const { url, dataDir } = running;
  const crash = async (): Promise<void> => {
    const pid = Number((await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    // Immediate shutdown: every session is ended at once, and the next start recovers from the log.
    process.kill(pid, 'SIGQUIT');
    await eventually(async () => !isAlive(pid), 'the server ends');
    running = await start();
    if (running.url !== url) throw new Error('The server came back at another address.');
  };
  return { server: url, ways: ['crash', 'crash', 'kill', 'end all'], crash, stop: () => running.stop() };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
