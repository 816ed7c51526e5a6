import { describe, GanderError, type Plan, type Step } from '../../engine/index.ts';
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
      model: model(plan, fields, services.database, refusal),
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

function model(plan: Plan, fields: PlanFields, database: string, refusal: GanderError | null): object {
  const { steps, direction, fingerprint } = plan;
  const forgotten = direction === 'down' ? steps.filter(({ action }) => action === 'forget') : [];
  const late = steps.filter(({ outOfOrder }) => outOfOrder);
  return {
    direction,
    headline: headline(plan),
    fields: { ...fields, fingerprint },
    steps: steps.map((step) => stepView(step, direction)),
    submit: `${direction === 'up' ? 'Apply' : 'Roll back'} ${count(steps.length, 'migration')}`,
    irreversible: forgotten.map(nameOf),
    outOfOrder: late.map(nameOf),
    // Rolling back everything is asked for in words, as on the command line.
    confirm: emptiesDatabase(plan) ? database : null,
    refusal: refusal === null ? null : { message: refusal.message, next: refusal.next },
  };
}

/** Rolling back until nothing is applied any more. */
export function emptiesDatabase({ direction, stays, steps }: Plan): boolean {
  return direction === 'down' && stays === null && steps.length > 0;
}

function headline({ steps, direction, stays: left }: Plan): string {
  if (steps.length === 0) return direction === 'up' ? 'Nothing is pending.' : 'Nothing to roll back.';
  const what = count(steps.length, 'migration');
  if (direction === 'up') return `${what} will be applied, in this order.`;
  const stays = left === null ? '; nothing stays' : `; ${left} stays`;
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
    note: action === 'forget' && direction === 'up' ? GONE : NOTES[action],
    origin,
    outOfOrder,
    irreversible: action === 'forget' && direction === 'down',
    transaction: migration?.script.transaction ?? true,
    does: action === 'run' ? statements.map(describe) : [],
    sql: action === 'run' ? (sections?.[direction]?.lines ?? []) : [],
    statements: action === 'run' ? count(statements.length, 'statement') : '',
  };
}

const GONE = 'It failed, PostgreSQL undid it, and its file is gone: it will be forgotten.';

const NOTES = {
  run: '',
  forget: 'Irreversible: it has no Down. It will be forgotten without running anything.',
  clear: 'Its rollback failed and PostgreSQL undid it: it is applied, and its dirty flag will be cleared.',
} as const;
