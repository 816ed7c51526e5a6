import {
  describe,
  GanderError,
  isReversible,
  type Migration,
  type Plan,
  type RollbackCost,
  type State,
  type Step,
  title as titleOf,
} from '../../engine/index.ts';
import { count } from '../../words.ts';
import { busyOf } from '../busy.ts';
import { refusalOf } from '../errors.ts';
import { confirmationFor, costOf, costView, type How, reasonFor } from '../rollback-cost.ts';
import type { Services } from '../services.ts';
import { sqlSections, type SqlLine, wholeText } from '../sql-view.ts';
import type { Answer, Page } from '../visit.ts';
import { type PlanFields, planRequest } from '../plan-request.ts';

/** GET /plan?direction=up&to=20250131093000 */
export const showPlan: Page = async (visit, services): Promise<Answer> => {
  const fields = {
    direction: visit.query('direction') ?? 'up',
    to: visit.query('to') ?? '',
    steps: visit.query('steps') ?? '',
  };
  const how = visit.query('count') === 'exactly' ? 'exactly' : 'by statistics';
  return planPage(services, fields, null, how);
};

/**
 * The plan as it is now.
 *
 * @param refusal why the plan that was sent could not be run; null when it is first looked at
 * @param how whether what a rollback would take away is counted
 */
export async function planPage(
  services: Services,
  fields: PlanFields,
  refusal: GanderError | null,
  how: How = 'by statistics',
): Promise<Answer> {
  const request = planRequest(fields);
  const title = request.direction === 'up' ? 'Apply' : 'Roll back';
  const status = refusal === null ? 200 : refusalOf(refusal).status;
  try {
    const { plan, state } = await services.migrator.stateAndPlan(request);
    const cost = await costOf(services.migrator, plan, how);
    return {
      view: 'plan',
      path: '/plan',
      title,
      status,
      state,
      model: { ...model(plan, state, fields, refusal), ...costModel(cost, plan, state, how) },
    };
  } catch (error) {
    if (!(error instanceof GanderError) || TRY_LATER.has(error.code)) throw error;
    const { message, next } = refusalOf(error);
    return {
      view: 'plan-refused',
      path: '/plan',
      title,
      status: 200,
      state: null,
      model: { direction: request.direction, message, next },
    };
  }
}

function model(plan: Plan, state: State, fields: PlanFields, refusal: GanderError | null): object {
  const { steps, direction, fingerprint } = plan;
  const forgotten = steps.filter(({ action }) => action === 'forget');
  const late = steps.filter(({ outOfOrder }) => outOfOrder);
  return {
    direction,
    headline: headline(plan),
    fields: { ...fields, fingerprint },
    steps: withinLimit(steps.map((step) => stepView(step, direction))),
    submit: `${direction === 'up' ? 'Apply' : 'Roll back'} ${count(steps.length, 'migration')}`,
    irreversible: namesOf(forgotten, 'irreversible migration'),
    outOfOrder: namesOf(late, 'migration'),
    busy: busyOf(state),
    refusal: refusal === null ? null : { message: refusal.message, next: refusal.next },
  };
}

/** What says nothing about the plan. */
const TRY_LATER: ReadonlySet<string> = new Set(['unreachable', 'busy']);

/** What it costs, and what has to be agreed to because of that. */
function costModel(cost: RollbackCost | null, plan: Plan, { database }: State, how: How): object {
  const confirmation = confirmationFor(plan, cost);
  return {
    cost: costView(cost, plan, how),
    confirm: confirmation === 'name' ? database : null,
    confirmWhy: reasonFor(plan, cost),
    isUntold: confirmation === 'tick',
  };
}

function headline({ steps, direction, stays: left }: Plan): string {
  if (steps.length === 0) return direction === 'up' ? 'Nothing is pending.' : 'Nothing to roll back.';
  const what = count(steps.length, 'migration');
  if (direction === 'up') return `${what} will be applied, in this order.`;
  const stays = left === null ? '; nothing stays' : `; ${left} stays`;
  return `${what} will be rolled back, in this order${stays}.`;
}

/** The one by its name, several by their number: their badges tell which. null where there is none. */
function namesOf(steps: readonly Step[], noun: string): string | null {
  const [first, ...others] = steps;
  if (first === undefined) return null;
  return others.length === 0 ? titleOf(first) : count(steps.length, noun);
}

type StepView = ReturnType<typeof stepView>;

function stepView(step: Step, direction: Plan['direction']) {
  const { migration, action, version, name, origin, outOfOrder } = step;
  const shown = action === 'run' && migration !== null ? textOf(migration, direction) : NOTHING;
  return {
    version: String(version),
    name,
    href: `/migrations/${version}`,
    note: NOTES[action],
    origin,
    outOfOrder,
    irreversible: migration !== null && !isReversible(migration.script),
    empty: action === 'run' && migration?.script.module === null && shown.does.length === 0,
    transaction: migration?.script.transaction ?? true,
    isLong: false,
    ...shown,
  };
}

interface ShownText {
  readonly language: 'SQL' | 'JavaScript';
  readonly does: readonly string[];
  readonly sql: readonly SqlLine[];
  /** How much it is, in words. */
  readonly size: string;
}

const NOTHING: ShownText = { language: 'SQL', does: [], sql: [], size: '' };

function textOf(migration: Migration, direction: Plan['direction']): ShownText {
  const { script, text, checksum, file } = migration;
  if (script.module !== null) {
    const sql = wholeText(text, checksum, file);
    const does = [`calls the function ${direction} of ${file}`];
    return { language: 'JavaScript', does, sql, size: count(sql.length, 'line') };
  }
  const { statements } = script[direction];
  return {
    language: 'SQL',
    does: statements.map(describe),
    sql: sqlSections(migration)[direction]?.lines ?? [],
    size: count(statements.length, 'statement'),
  };
}

/** So many lines of SQL are on a plan's page; longer ones are read on the migrations' own pages. */
const MOST_LINES = 4_000;

function withinLimit(steps: readonly StepView[]): StepView[] {
  let lines = 0;
  return steps.map((step) => {
    lines += step.sql.length;
    return lines <= MOST_LINES ? step : { ...step, sql: [], isLong: true };
  });
}

const NOTES = {
  run: '',
  forget: 'Irreversible: it has no Down. It will be forgotten without running anything.',
  mark: 'It will be recorded as applied without running anything.',
  repair: 'What it has left half done will be set right.',
  clear: 'Its rollback failed and PostgreSQL undid it: it is applied, and its dirty flag will be cleared.',
} as const;
