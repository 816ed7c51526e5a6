import type { Secret } from '../migration.ts';
import { isReversible } from '../migration.ts';
import type { Plan, Step } from '../plan.ts';
import type { Client } from '../postgres.ts';
import { redact } from '../sql/redact.ts';
import { type Facts, type Found, type FoundDependent, readFacts } from './catalog.ts';
import { type Counted, type Dependent, type Loss, type RollbackCost, type StepCost } from './cost.ts';
import { countAll } from './counting.ts';
import { lookInto } from './holding.ts';
import { type Gone, type Target, targetsOf, type Targets } from './targets.ts';

/**
 * What the rollback of a plan costs, as the database is now. Reads only; two round trips, whatever the number of migrations,
 * but for what is counted.
 *
 * @param how `exactly`: tables are counted too, for at most 10 seconds in all
 * @returns no losses for a plan that goes up
 */
export async function costOf(
  client: Client,
  plan: Plan,
  how: 'by statistics' | 'exactly',
): Promise<RollbackCost> {
  const read = targetsOf(plan);
  const facts = await readFacts(client, read.targets);
  const held = await lookInto(client, facts.found);
  const counted = how === 'exactly' ? await countAll(client, facts.found) : [];
  const losses = facts.found.map((one, place): Placed => {
    const target = read.targets[one.target]!;
    const count = counted[place] ?? null;
    const dependents = isFirstOfItsTarget(facts.found, place) ? standing(read, facts, one.target) : [];
    return {
      step: target.step,
      loss: lossOf(one, target, dependents, count, heldBy(count, one, held[place]!)),
    };
  });
  return { steps: plan.steps.map((step, place) => stepCost(step, place, read, losses)) };
}

interface Placed {
  readonly step: number;
  readonly loss: Loss;
}

function stepCost(step: Step, place: number, { untold }: Targets, losses: readonly Placed[]): StepCost {
  const { version, name, migration, origin, action } = step;
  const secrets = migration?.script.secrets ?? [];
  return {
    version,
    name,
    origin,
    irreversible: action === 'forget' || (migration !== null && !isReversible(migration.script)),
    losses: losses.filter((one) => one.step === place).map(({ loss }) => hidden(loss, secrets)),
    untold: untold[place]!,
  };
}

/** A name may be made of a variable's value. */
function hidden(loss: Loss, secrets: readonly Secret[]): Loss {
  if (secrets.length === 0) return loss;
  const clean = (text: string): string => redact(text, secrets);
  return {
    ...loss,
    schema: clean(loss.schema),
    table: clean(loss.table),
    column: loss.column === null ? null : clean(loss.column),
    dependents: loss.dependents.map(({ type, identity }) => ({ type, identity: clean(identity) })),
  };
}

const KINDS = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
} as const;

function lossOf(
  found: Found,
  { what, line, cascade }: Target,
  dependents: readonly Dependent[],
  counted: Counted | null,
  holds: Loss['holds'],
): Loss {
  const { kind, schema, table, column, rows, nulls } = found;
  const values = column === null || rows === null || nulls === null ? null : Math.round(rows * (1 - nulls));
  return {
    what: what === 'rows' ? 'rows' : column === null ? 'relation' : 'column',
    kind: KINDS[kind],
    schema,
    table,
    column,
    line,
    estimate: { rows, values },
    bytes: column === null ? found.bytes : null,
    generated: found.generated,
    counted,
    holds,
    dependents,
    cascade,
  };
}

/** What was counted is the truth; else the look into it. */
function heldBy(counted: Counted | null, { kind, generated }: Found, looked: Loss['holds']): Loss['holds'] {
  if (counted === null || 'failed' in counted || generated || KINDS[kind] !== 'table') return looked;
  return (counted.values ?? counted.rows) === 0 ? 'nothing' : 'data';
}

function isFirstOfItsTarget(found: readonly Found[], place: number): boolean {
  return found[place - 1]?.target !== found[place]!.target;
}

/** What would still depend on a target when its turn comes; what a schema's or a type's end takes along is listed by itself. */
function standing({ targets, gone }: Targets, { found, dependents }: Facts, place: number): Dependent[] {
  const target = targets[place]!;
  if (target.what === 'schema') return [];
  const before = found.filter((one) => {
    const other = targets[one.target]!;
    return other.what !== 'rows' && other.at <= target.at;
  });
  const goneBefore = gone.filter(({ at }) => at < target.at);
  const takenAlong = dependents.filter((one) => {
    const other = targets[one.target]!;
    return other.cascade && other.at < target.at;
  });
  const listed = found.filter((one) => one.target === place);
  const isListed = ({ type, owner }: FoundDependent): boolean =>
    LISTED.has(type) && listed.some(({ oid }) => oid === owner);
  return dependents
    .filter((one) => one.target === place && !isListed(one) && !isGone(one, before, goneBefore))
    .filter((one) => takenAlong.every(({ type, identity }) => type !== one.type || identity !== one.identity))
    .map(({ type, identity }) => ({ type, identity }));
}

/** What CASCADE takes along with its data, in PostgreSQL's words: these are losses of their own. */
const LISTED: ReadonlySet<string> = new Set(['table', 'table column', 'foreign table', 'materialized view']);

function isGone(
  { owner, columns, name }: FoundDependent,
  before: readonly Found[],
  gone: readonly Gone[],
): boolean {
  if (gone.some((one) => one.name === name)) return true;
  return before.some((one) => one.oid === owner && (one.column === null || columns.includes(one.column)));
}
