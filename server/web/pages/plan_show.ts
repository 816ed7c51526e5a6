import { describe, GanderError, type Plan, type PlanRequest, type Step } from '../../engine/index.ts';
import { count } from '../../words.ts';
import { refusalOf } from '../errors.ts';
import type { Services } from '../services.ts';
import { sqlSections } from '../sql-view.ts';
import type { Answer, Page } from '../visit.ts';
import { type PlanFields, planRequest } from '../plan-request.ts';

/** GET /plan?direction=up&to=20250131093000 */
export const showPlan: Page = async (visit, services): Promise<Answer> => {
  const fields = {
    direction: visit.query('direction') ?? 'up',
    to: visit.query('to') ?? '',
    steps: visit.query('steps') ?? '',
  };
  return planPage(services, fields, null);
};

/** The plan as it is now. @param refusal why the plan that was sent could not be run; null when it is first looked at */
export async function planPage(
  services: Services,
  fields: PlanFields,
  refusal: GanderError | null,
): Promise<Answer> {
  const request = planRequest(fields);
  const title = request.direction === 'up' ? 'Apply' : 'Roll back';
  const status = refusal === null ? 200 : refusalOf(refusal).status;
  try {
    const { plan, state } = await services.migrator.stateAndPlan(request);
    return {
      view: 'plan',
      title,
      status,
      state,
      model: model(plan, request, fields, services.database, refusal),
    };
  } catch (error) {
    if (!(error instanceof GanderError) || error.code === 'unreachable') throw error;
    const { message, next } = refusalOf(error);
    return {
      view: 'plan-refused',
      title,
      status: 200,
      model: { direction: request.direction, message, next },
    };
  }
}

function model(
  plan: Plan,
  request: PlanRequest,
  fields: PlanFields,
  database: string,
  refusal: GanderError | null,
): object {
  const { steps, direction, fingerprint } = plan;
  const forgotten = steps.filter(({ action }) => action === 'forget');
  const late = steps.filter(({ outOfOrder }) => outOfOrder);
  return {
    direction,
    headline: headline(plan, request),
    fields: { ...fields, fingerprint },
    steps: steps.map((step) => stepView(step, direction)),
    submit: `${direction === 'up' ? 'Apply' : 'Roll back'} ${count(steps.length, 'migration')}`,
    irreversible: forgotten.map(nameOf),
    outOfOrder: late.map(nameOf),
    // Rolling back everything is asked for in words, as on the command line.
    confirm: direction === 'down' && request.to === 0n ? database : null,
    refusal: refusal === null ? null : { message: refusal.message, next: refusal.next },
  };
}

function headline({ steps, direction }: Plan, { to }: PlanRequest): string {
  if (steps.length === 0) return direction === 'up' ? 'Nothing is pending.' : 'Nothing to roll back.';
  const what = count(steps.length, 'migration');
  if (direction === 'up') return `${what} will be applied, in this order.`;
  const stays = to === undefined ? '' : to === 0n ? '; nothing stays' : `; ${to} stays`;
  return `${what} will be rolled back, in this order${stays}.`;
}

function nameOf({ version, name }: Step): string {
  return `${version}_${name}`;
}

function stepView(step: Step, direction: Plan['direction']): object {
  const { migration, action, version, name, origin, outOfOrder } = step;
  const sections = migration === null ? null : sqlSections(migration);
  const statements = migration?.script[direction].statements ?? [];
  return {
    version: String(version),
    name,
    href: `/migrations/${version}`,
    note: NOTES[action],
    origin,
    outOfOrder,
    transaction: migration?.script.transaction ?? true,
    does: action === 'run' ? statements.map(describe) : [],
    sql: action === 'run' ? (sections?.[direction]?.lines ?? []) : [],
    statements: action === 'run' ? count(statements.length, 'statement') : '',
  };
}

const NOTES = {
  run: '',
  forget: 'Irreversible: it has no Down. It will be forgotten without running anything.',
  clear: 'Its rollback failed and PostgreSQL undid it: it is applied, and its dirty flag will be cleared.',
} as const;
