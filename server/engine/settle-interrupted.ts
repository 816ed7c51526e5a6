import { setTimeout as sleep } from 'node:timers/promises';
import { GanderError } from './errors.ts';
import { LOCK_IS_FREE } from './lock.ts';
import { withLockedSession } from './locked-session.ts';
import { observe } from './observe.ts';
import type { EngineOptions } from './options.ts';
import { ask } from './postgres.ts';
import { inEffect } from './run.ts';
import { atomically } from './transaction.ts';

/** A process that has lost its session only, because the server was restarted, say, writes down so itself. */
const ITS_OWN_WORD_MS = 1_000;

/**
 * Closes a run whose process has died, by what the database knows of it; else the next run does. One that cannot be closed
 * yet, because its session is still at work or somebody has the lock, is left for the next time.
 *
 * @returns the run's id; null when there was none to close
 * @throws GanderError `unreachable`
 */
export async function settleInterrupted(options: EngineOptions): Promise<string | null> {
  if (!(await isForsaken(options))) return null;
  await sleep(ITS_OWN_WORD_MS);
  if (!(await isForsaken(options))) return null;
  return withLockedSession(options, { lockWait: 0 }, async ({ log }) => {
    const state = await log.write((client) => observe(options, client, 'write'));
    const { interrupted, journal } = state;
    if (interrupted === null || interrupted.atWork) return null;
    await log.write((writer) =>
      atomically(writer, () => [journal.settleInterrupted(writer, inEffect(state))]),
    );
    return interrupted.id;
  }).catch((error: unknown) => {
    if (error instanceof GanderError && error.code === 'locked') return null;
    throw error;
  });
}

async function isForsaken({ pool }: EngineOptions): Promise<boolean> {
  const [look] = await ask<{ forsaken: boolean }>(
    pool,
    `SELECT EXISTS (SELECT FROM gander.runs WHERE state = 'running') AND ${LOCK_IS_FREE} AS forsaken`,
  );
  return look?.forsaken === true;
}
