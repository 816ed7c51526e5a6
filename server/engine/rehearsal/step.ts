import type { Failure } from '../journal/index.ts';
import { type Direction, isReversible, type Migration, sectionOf } from '../migration.ts';
import type { Step } from '../plan.ts';
import { diffSchemas } from '../schema/diff/diff.ts';
import type { SchemaObject } from '../schema/diff/object.ts';
import { lookNow } from './look.ts';
import { whyNot } from './reasons.ts';
import type { DownProof, RehearsedStep } from './rehearsal.ts';
import { schemaNow } from './schema-now.ts';
import { rehearseSection } from './section.ts';
import { blocksOf, strongest } from './seen.ts';
import type { Stage } from './stage.ts';

/** A step with nothing seen of it yet. */
export function unseen({ version, name, migration }: Step): Omit<RehearsedStep, 'outcome'> {
  return {
    version,
    name,
    file: migration?.file ?? null,
    checksum: migration?.checksum ?? null,
    reason: null,
    tookMs: 0,
    statements: [],
    failure: null,
    diff: null,
    down: null,
    lockedBefore: [],
  };
}

/** What became of a step, and the schema after it. */
export interface Played {
  readonly step: RehearsedStep;
  readonly schema: readonly SchemaObject[];
}

/**
 * Runs a step in the rehearsal's transaction. One that fails is undone; what was done before it stays for the time being.
 * After an Up, its Down is run and undone as well.
 *
 * @param schema as it is before
 */
export async function rehearseStep(
  stage: Stage,
  step: Step,
  direction: Direction,
  schema: readonly SchemaObject[],
): Promise<Played> {
  const { action, migration } = step;
  const reason =
    migration === null ? whyNot(step, NO_SECTION) : whyNot(step, sectionOf(migration.script, direction));
  if (reason !== null) return { step: { ...unseen(step), outcome: 'skipped', reason }, schema };
  if (action !== 'run' || migration === null)
    return { step: { ...unseen(step), outcome: 'nothing' }, schema };
  const lockedBefore = await heldNow(stage);
  const started = performance.now();
  await stage.client.query('SAVEPOINT gander_step');
  const { statements, failure } = await rehearseSection(stage, migration, direction);
  const seen = { ...unseen(step), statements, lockedBefore, tookMs: sumOf(statements) };
  if (failure !== null) {
    await stage.client.query('ROLLBACK TO gander_step');
    const tookMs = performance.now() - started;
    return { step: { ...seen, outcome: 'failed', tookMs, failure }, schema };
  }
  const after = await schemaNow(stage.aside, stage.scope);
  const diff = diffSchemas(schema, after, 'same database');
  const down = direction === 'up' ? await proveDown(stage, migration, schema) : null;
  return { step: { ...seen, outcome: 'done', diff, down }, schema: after };
}

const NO_SECTION = { line: null, statements: [] };

function sumOf(statements: RehearsedStep['statements']): number {
  return statements.reduce((sum, { tookMs }) => sum + tookMs, 0);
}

/** What is locked so that anybody has to wait for it, of what was there before. */
async function heldNow({ aside, existing }: Stage): Promise<string[]> {
  const look = await lookNow(aside);
  return [...look].flatMap(([oid, { modes }]) => {
    const relation = existing.get(oid);
    const mode = strongest(modes);
    const holds =
      relation !== undefined && relation.of === null && mode !== null && blocksOf(mode) !== 'nothing';
    return holds ? [`${relation.schema}.${relation.name}`] : [];
  });
}

function told(outcome: DownProof['outcome'], more: Partial<DownProof> = {}): DownProof {
  return { outcome, diff: [], failure: null, reason: null, ...more };
}

/** @param before the schema that it has to bring back */
async function proveDown(
  stage: Stage,
  migration: Migration,
  before: readonly SchemaObject[],
): Promise<DownProof> {
  if (!isReversible(migration.script)) return told('irreversible');
  const reason = whyNot({ action: 'run', migration }, migration.script.down);
  if (reason !== null) return told('not rehearsed', { reason });
  await stage.client.query('SAVEPOINT gander_down');
  const failure: Failure | null = (await rehearseSection(stage, migration, 'down')).failure;
  const after = failure === null ? await schemaNow(stage.aside, stage.scope) : null;
  await stage.client.query('ROLLBACK TO gander_down; RELEASE gander_down');
  if (after === null) return told('failed', { failure });
  // By name and text: what was dropped and made anew is the same schema again.
  const diff = diffSchemas(before, after, 'other database');
  return told(diff.length === 0 ? 'proven' : 'different', { diff });
}
