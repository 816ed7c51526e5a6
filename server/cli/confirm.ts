import { createInterface } from 'node:readline/promises';
import { GanderError, type Plan } from '../engine/index.ts';
import type { Context } from './context.ts';

/**
 * Asks before everything is rolled back, on a terminal; elsewhere `--yes` has to be given.
 *
 * @param to the version that stays
 * @returns the plan that was seen
 * @throws GanderError `invalid_request` without an agreement
 */
export async function confirmReset({ migrator, flags, database }: Context, to: bigint): Promise<Plan> {
  const plan = await migrator.plan({ direction: 'down', to });
  if (flags.yes === true || plan.stays !== null || plan.steps.length === 0) return plan;
  const question = `Roll back all ${plan.steps.length} migrations of ${database}? What their tables hold is lost.`;
  if (!process.stdin.isTTY) {
    throw new GanderError('invalid_request', question, { next: 'Say --yes to do it without being asked.' });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (/^y(es)?$/i.test(answer.trim())) return plan;
  throw new GanderError('invalid_request', 'Nothing was rolled back.');
}
