import { GanderError } from '../../engine/index.ts';
import { startInBackground } from '../background-run.ts';
import { type PlanFields, planRequest } from '../plan-request.ts';
import type { Services } from '../services.ts';
import type { Answer, Page, SignedIn } from '../visit.ts';
import { emptiesDatabase, planPage } from './plan_show.ts';

/** POST /runs: starts the plan that was seen, and leads to its page at once. */
export const createRun: Page = async (visit, services): Promise<Answer> => {
  const fields = { direction: visit.field('direction'), to: visit.field('to'), steps: visit.field('steps') };
  try {
    await requireConfirmation(visit, fields, services);
    return { redirect: `/runs/${await start(visit, fields, services)}` };
  } catch (error) {
    if (error instanceof GanderError && ASK_AGAIN.has(error.code)) return planPage(services, fields, error);
    throw error;
  }
};

/** What is answered with the plan as it is now, and why the one that was sent did not run. */
const ASK_AGAIN: ReadonlySet<string> = new Set([
  'plan_changed',
  'locked',
  'irreversible',
  'out_of_order',
  'invalid_request',
  'dirty',
]);

async function requireConfirmation(
  visit: SignedIn,
  fields: PlanFields,
  { migrator }: Services,
): Promise<void> {
  if (fields.direction !== 'down') return;
  const { state, plan } = await migrator.stateAndPlan(planRequest(fields));
  if (!emptiesDatabase(plan) || visit.field('confirm') === state.database) return;
  throw new GanderError(
    'invalid_request',
    'Everything would be rolled back, so the database’s name has to be typed.',
    { next: `Type “${state.database}” into the field next to the button.` },
  );
}

/** @returns the run's id, as soon as its row exists; the work goes on in the background */
function start(visit: SignedIn, fields: PlanFields, services: Services): Promise<string> {
  const { direction, to, steps } = planRequest(fields);
  const request = {
    to,
    steps,
    fingerprint: visit.field('fingerprint') || 'none',
    irreversible: visit.field('irreversible') === 'yes',
    outOfOrder: visit.field('outOfOrder') === 'yes',
  };
  return startInBackground(visit, services, (asked) => services.runner[direction]({ ...request, ...asked }));
}
