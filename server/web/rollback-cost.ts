import {
  amountText,
  costsNothing,
  dependentsText,
  GanderError,
  gravityOf,
  type Loss,
  lossText,
  type Migrator,
  type Plan,
  type RollbackCost,
  type StepCost,
  title,
} from '../engine/index.ts';
import { count } from '../words.ts';

/** Whether tables are counted: `?count=exactly`. */
export type How = 'by statistics' | 'exactly';

/** What a plan costs; null where that cannot be told just now. */
export async function costOf(migrator: Migrator, plan: Plan, how: How): Promise<RollbackCost | null> {
  if (costsNothing(plan)) return { steps: [] };
  return migrator.rollbackCost(plan, how).catch((error: unknown) => {
    if (error instanceof GanderError && CANNOT_TELL.has(error.code)) return null;
    throw error;
  });
}

const CANNOT_TELL: ReadonlySet<string> = new Set(['busy', 'refused', 'not_permitted']);

/** Rolling back until nothing is applied any more. */
export function emptiesDatabase({ direction, stays, steps }: Plan): boolean {
  return direction === 'down' && stays === null && steps.length > 0;
}

/**
 * What has to be agreed to, in proportion: the database's `name` typed where data is lost or all is rolled back, a `tick` where
 * it cannot be told. Pure.
 */
export function confirmationFor(plan: Plan, cost: RollbackCost | null): 'name' | 'tick' | 'none' {
  if (costsNothing(plan)) return 'none';
  const gravity = gravityOf(cost);
  if (gravity === 'data' || emptiesDatabase(plan)) return 'name';
  return gravity === 'untold' ? 'tick' : 'none';
}

/** Why the name is to be typed. */
export function reasonFor(plan: Plan, cost: RollbackCost | null): string {
  const isTold = cost !== null && gravityOf(cost) === 'data';
  const data = isTold ? 'data is lost' : 'it cannot be told what is lost';
  if (!emptiesDatabase(plan)) return `${data[0]!.toUpperCase()}${data.slice(1)}.`;
  return gravityOf(cost) === 'data'
    ? `Everything is rolled back, and ${data}.`
    : 'Everything is rolled back.';
}

/** More losses are not listed on a page. */
const MOST = 300;

/** A cost, ready to print. */
export function costView(cost: RollbackCost | null, plan: Plan, how: How): object | null {
  if (costsNothing(plan)) return null;
  const steps = cost?.steps ?? [];
  const told = steps.filter(({ losses, untold }) => losses.length + untold.length > 0);
  const losses = told.flatMap((step) => step.losses);
  return {
    ...VERDICTS[cost === null ? 'unknown' : gravityOf(cost)],
    irreversible: steps.filter(({ irreversible }) => irreversible).map(title),
    steps: withinLimit(told).map(stepView),
    more: losses.length > MOST ? count(losses.length - MOST, 'more loss', 'more losses') : null,
    others: othersText(steps.length - told.length, told.length),
    isCounted: how === 'exactly',
    canCount: losses.some(({ kind }) => kind === 'table'),
  };
}

const VERDICTS = {
  unknown: {
    tone: 'warn',
    verdict: 'What it costs cannot be told just now: what has to be read is locked, or may not be read.',
  },
  data: { tone: 'bad', verdict: 'Data is lost. Nothing but a backup brings it back.' },
  untold: {
    tone: 'warn',
    verdict:
      'No table or column that holds data is dropped. What the statements below change in the data cannot be told.',
  },
  nothing: { tone: 'ok', verdict: 'No data is lost.' },
} as const;

function othersText(others: number, told: number): string | null {
  if (others === 0 || told === 0) return null;
  return `The other ${others === 1 ? 'migration takes' : `${others} migrations take`} no data away.`;
}

function withinLimit(steps: readonly StepCost[]): StepCost[] {
  let left = MOST;
  return steps.map((step) => {
    const losses = step.losses.slice(0, Math.max(left, 0));
    left -= step.losses.length;
    return { ...step, losses };
  });
}

function stepView(step: StepCost): object {
  const { version, origin, losses, untold } = step;
  return {
    version: String(version),
    name: title(step),
    origin,
    losses: losses.map(lossView),
    untold: untold.map(({ line, does, why }) => ({ line, does, why })),
  };
}

function lossView(loss: Loss): object {
  return {
    what: loss.what === 'rows' ? `empties ${loss.table}` : `drops ${lossText(loss)}`,
    amount: amountText(loss),
    holds: loss.holds,
    line: loss.line,
    dependents: loss.dependents.map(({ type, identity }) => `${type} ${identity}`),
    because: dependentsText(loss),
    isRefused: loss.dependents.length > 0 && !loss.cascade,
  };
}
