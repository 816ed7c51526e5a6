/**
 * Kills `gander up` and `gander down-to 0` at random moments, and sees whether the state that is shown afterwards is true
 * and whether the way out leads to the same database as an undisturbed run.
 *
 *   npm run test:kill                          200 kills
 *   npm run test:kill -- --kills 5000 --seed 7
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { killAll, report } from './campaign.ts';
import { crashableServer, quietServer } from './server.ts';

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
process.exitCode = await main(Number(values.kills ?? 200), Number(values.seed ?? Date.now() % 1_000_000));

async function main(kills: number, seed: number): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gander-kill-servers-'));
  await chmod(folder, 0o711);
  try {
    process.stdout.write(`${await onServers(folder, kills, seed)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** More workers than processors: one that waits until a session is gone keeps nobody busy. */
async function onServers(folder: string, kills: number, seed: number): Promise<string> {
  const [quiet, crashing] = [
    await quietServer(path.join(folder, 'quiet')),
    await crashableServer(path.join(folder, 'crashing')),
  ];
  try {
    return report(await killAll([quiet, quiet, crashing], kills, seed));
  } finally {
    await Promise.all([quiet.stop(), crashing.stop()]);
  }
}
