import {
  describe,
  type Finding,
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
import { adviceOn, countText, findingView, type FindingView, foldedText, sorted } from '../advice-view.ts';
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
    const [advice, cost] = await Promise.all([
      adviceOn(services.migrator, plan),
      costOf(services.migrator, plan, how),
    ]);
    return {
      view: 'plan',
      path: '/plan',
      title,
      status,
      state,
      model: { ...model({ plan, state, advice }, fields, refusal), ...costModel(cost, plan, state, how) },
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

interface Looked {
  readonly plan: Plan;
  readonly state: State;
  /** null: it cannot be told just now. */
  readonly advice: readonly Finding[] | null;
}

function model({ plan, state, advice }: Looked, fields: PlanFields, refusal: GanderError | null): object {
  const { steps, direction, fingerprint } = plan;
  const forgotten = steps.filter(({ action }) => action === 'forget');
  const late = steps.filter(({ outOfOrder }) => outOfOrder);
  return {
    direction,
    headline: headline(plan),
    fields: { ...fields, fingerprint },
    steps: withinLimit(steps.map((step) => stepView(step, direction, advice ?? []))),
    advice: adviceSummary(advice ?? []),
    isAdvised: advice !== null,
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

/** What is said above all of it: how much there is to be looked at, and where the worst of it is. */
function adviceSummary(advice: readonly Finding[]): object | null {
  const told = advice.filter(({ severity, allowed }) => severity !== 'note' && allowed === null);
  const worst = told.find(({ severity }) => severity === 'error') ?? told[0];
  if (worst === undefined) return null;
  return {
    tone: worst.severity === 'error' ? 'bad' : 'warn',
    counts: countText(told),
    isOne: told.length === 1,
    href: `#step-${worst.version}`,
    at: worst.file,
  };
}

function stepView(step: Step, direction: Plan['direction'], advice: readonly Finding[]) {
  const { migration, action, version, name, origin, outOfOrder } = step;
  const own = advice.filter((finding) => finding.version === version);
  const shown = action === 'run' && migration !== null ? textOf(migration, direction, own) : NOTHING;
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
    isAdviceLong: false,
    findings: own.length,
    ...shown,
  };
}

interface ShownText {
  readonly language: 'SQL' | 'JavaScript';
  readonly does: readonly { readonly text: string; readonly findings: readonly FindingView[] }[];
  /** What is said of the file as a whole. */
  readonly whole: readonly FindingView[];
  /** Notes, and what is allowed. */
  readonly folded: readonly FindingView[];
  readonly foldedText: string;
  /** The lines that something is said of. */
  readonly marks: readonly number[];
  readonly sql: readonly SqlLine[];
  /** How much it is, in words. */
  readonly size: string;
}

const SILENT = { whole: [], folded: [], foldedText: '', marks: [] } as const;
const NOTHING: ShownText = { language: 'SQL', does: [], sql: [], size: '', ...SILENT };

function textOf(migration: Migration, direction: Plan['direction'], advice: readonly Finding[]): ShownText {
  const { script, text, checksum, file } = migration;
  if (script.module !== null) {
    const sql = wholeText(text, checksum, file);
    const does = [{ text: `calls the function ${direction} of ${file}`, findings: [] }];
    return { language: 'JavaScript', does, sql, size: count(sql.length, 'line'), ...SILENT };
  }
  const { statements } = script[direction];
  const at = (place: number | null): FindingView[] =>
    advice.filter(({ statement }) => statement === place).map(findingView);
  const { folded } = sorted(advice.map(findingView));
  return {
    language: 'SQL',
    does: statements.map((one, place) => ({ text: describe(one), findings: sorted(at(place)).told })),
    whole: sorted(at(null)).told,
    folded,
    foldedText: foldedText(folded),
    marks: advice
      .filter(({ severity, allowed }) => severity !== 'note' && allowed === null)
      .map(({ line }) => line),
    sql: sqlSections(migration)[direction]?.lines ?? [],
    size: count(statements.length, 'statement'),
  };
}

/** So many lines of SQL, and findings, are on a plan's page; more are read on the migrations' own pages. */
const MOST = { lines: 4_000, findings: 300 };

function withinLimit(steps: readonly StepView[]): StepView[] {
  let lines = 0;
  let findings = 0;
  return steps.map((step) => {
    lines += step.sql.length;
    findings += step.findings;
    const shown = findings <= MOST.findings ? step : withoutFindings(step);
    return lines <= MOST.lines ? shown : { ...shown, sql: [], isLong: true };
  });
}

function withoutFindings(step: StepView): StepView {
  if (step.findings === 0) return step;
  const does = step.does.map(({ text }) => ({ text, findings: [] }));
  return { ...step, does, whole: [], folded: [], isAdviceLong: true };
}

const NOTES = {
  run: '',
  forget: 'Irreversible: it has no Down. It will be forgotten without running anything.',
  mark: 'It will be recorded as applied without running anything.',
  repair: 'What it has left half done will be set right.',
  clear: 'Its rollback failed and PostgreSQL undid it: it is applied, and its dirty flag will be cleared.',
} as const;
