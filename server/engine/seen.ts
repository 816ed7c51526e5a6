import { GanderError } from './errors.ts';
import { type Plan, title } from './plan.ts';

/** Nothing else runs than what was seen. @throws GanderError `plan_changed` */
export function requireSame(plan: Plan, fingerprint: string | undefined): void {
  if (fingerprint === undefined || fingerprint === plan.fingerprint) return;
  throw new GanderError(
    'plan_changed',
    'What would run now is not the plan that you saw, so nothing was run.',
    {
      next: `Look at the plan again: it now has ${describeSteps(plan)}.`,
    },
  );
}

function describeSteps({ steps }: Plan): string {
  const last = steps.at(-1);
  if (last === undefined) return 'nothing to do';
  return steps.length === 1
    ? `one migration, ${title(last)}`
    : `${steps.length} migrations, to ${title(last)}`;
}
