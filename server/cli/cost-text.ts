// What a rollback costs, for people at a terminal and for programs.
import {
  amountText,
  dependentsText,
  gravityOf,
  type Loss,
  lossText,
  type RollbackCost,
  type StepCost,
  title,
} from '../engine/index.ts';

const VERDICTS = {
  data: 'Data is lost; nothing but a backup brings it back:',
  untold: 'No table or column that holds data is dropped; what is changed in the data cannot be told:',
  nothing: 'No data is lost.',
} as const;

/** A line for each thing that is lost; what is irreversible comes first. */
export function costText(cost: RollbackCost): string {
  const irreversible = cost.steps
    .filter((step) => step.irreversible)
    .map((step) => `${title(step)} is irreversible: it has no Down, so what it did stays.`);
  return [...irreversible, VERDICTS[gravityOf(cost)], ...cost.steps.flatMap(stepText)].join('\n');
}

function stepText(step: StepCost): string[] {
  const stored = step.origin === 'stored' ? ' (Down from what was stored)' : '';
  const lines = [
    ...step.losses.flatMap(lossLines),
    ...step.untold.map(({ line, does, why }) => `line ${line} ${does}: ${why}`),
  ];
  return lines.length === 0 ? [] : [`  ${title(step)}${stored}`, ...lines.map((line) => `    ${line}`)];
}

function lossLines(loss: Loss): string[] {
  const amount = amountText(loss);
  const because = dependentsText(loss);
  const dependents = loss.dependents.map(({ type, identity }) => `${type} ${identity}`).join(', ');
  return [
    `line ${loss.line} ${loss.what === 'rows' ? 'takes' : 'drops'} ${lossText(loss)}${amount === '' ? '' : `: ${amount}`}`,
    ...(because === null ? [] : [`  ${because} ${dependents}`]),
  ];
}

export function costJson(cost: RollbackCost): object {
  return {
    gravity: gravityOf(cost),
    steps: cost.steps.map(({ version, irreversible, origin, losses, untold }) => ({
      version,
      irreversible,
      origin,
      losses: losses.map(lossJson),
      untold: untold.map(({ line, does, why }) => ({ line, does, why })),
    })),
  };
}

function lossJson(loss: Loss): object {
  const { what, kind, schema, table, column, line, holds, bytes, generated, cascade } = loss;
  const { estimate, counted, dependents } = loss;
  return {
    what,
    kind,
    schema,
    table,
    column,
    line,
    holds,
    estimate: { rows: estimate.rows, values: estimate.values },
    counted: counted === null || 'failed' in counted ? null : { rows: counted.rows, values: counted.values },
    notCounted: counted !== null && 'failed' in counted ? counted.failed : null,
    bytes,
    generated,
    cascade,
    dependents: dependents.map(({ type, identity }) => ({ type, identity })),
  };
}
