import { GanderError } from '../../engine/index.ts';
import { startInBackground } from '../background-run.ts';
import { type PlanFields, planRequest } from '../plan-request.ts';
import { confirmationFor, costOf, reasonFor } from '../rollback-cost.ts';
import type { Services } from '../services.ts';
import type { Answer, Page, SignedIn } from '../visit.ts';
import { planPage } from './plan_show.ts';

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

/** In proportion to what is lost as the database is now, whatever the page showed. */
async function requireConfirmation(
  visit: SignedIn,
  fields: PlanFields,
  { migrator }: Services,
): Promise<void> {
  if (fields.direction !== 'down') return;
  const { state, plan } = await migrator.stateAndPlan(planRequest(fields));
  const cost = await costOf(migrator, plan, 'by statistics');
  const asked = confirmationFor(plan, cost);
  if (asked === 'name' && visit.field('confirm') !== state.database)
    throw new GanderError(
      'invalid_request',
      `${reasonFor(plan, cost)} So the database’s name has to be typed.`,
      { next: `Type “${state.database}” into the field next to the button.` },
    );
  if (asked === 'tick' && visit.field('untold') !== 'yes')
    throw new GanderError(
      'invalid_request',
      'What some statements take away cannot be told, so that has to be agreed to.',
      {
        next: 'Read what the rollback costs, and tick the box next to the button.',
      },
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
