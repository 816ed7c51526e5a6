/** Holds what Gander shows of a database against what is in its catalogs. */
import type { RunRecord } from '../../server/engine/index.ts';
import { type Change, changes, type Migration, type Project } from './project.ts';
import type { Snapshot } from './snapshot.ts';

/** What is shown of a migration. */
export interface Shown {
  readonly version: string;
  readonly state: 'pending' | 'running' | 'applied' | 'dirty';
  readonly fileState: string;
  readonly dirty: {
    readonly kind: 'rolled back' | 'partial' | 'in doubt';
    readonly direction: 'up' | 'down';
    readonly runId: string | null;
  } | null;
}

/** How much of a statement's effect is there. */
export type Progress = 'none' | 'half' | 'all' | 'odd' | 'unknown';

/** `odd` is what no single statement leaves: part of a block, or an effect that was had twice. */
export function progressOf({ effects }: Change, snapshot: Snapshot): Progress {
  if (effects.length === 0) return 'unknown';
  const found = new Set(
    effects.map(({ fact, before, after, half }): Progress => {
      const value = snapshot.get(fact) ?? null;
      if (value === after) return 'all';
      if (value === before) return 'none';
      return value === half ? 'half' : 'odd';
    }),
  );
  return found.size === 1 ? [...found][0]! : 'odd';
}

/** What of all that is shown is not true; empty when all of it is. @param runs the journal's runs, by id */
export function untruths(
  project: Project,
  shown: readonly Shown[],
  snapshot: Snapshot,
  runs: ReadonlyMap<string, RunRecord | null>,
): string[] {
  const listed = shown.map(({ version }) => version).join(' ');
  const expected = project.migrations.map(({ version }) => version.toString()).join(' ');
  if (listed !== expected) return [`the list has ${listed} instead of ${expected}`];
  return project.migrations.flatMap((migration, index) => {
    const one = shown[index]!;
    const complaints = one.fileState === 'ok' ? [] : [`its file is shown as ${one.fileState}`];
    complaints.push(...untruthsOf(migration, one, snapshot, runs));
    return complaints.map(
      (complaint) => `${migration.version}_${migration.name} (shown as ${describe(one)}): ${complaint}`,
    );
  });
}

export function describe({ state, dirty }: Shown): string {
  return dirty === null ? state : `${state} ${dirty.kind} ${dirty.direction}`;
}

function untruthsOf(
  migration: Migration,
  { state, dirty, version }: Shown,
  snapshot: Snapshot,
  runs: ReadonlyMap<string, RunRecord | null>,
): string[] {
  if (state === 'running') return ['nothing runs'];
  if (state !== 'dirty') return mustAllBe(migration, state === 'applied' ? 'all' : 'none', snapshot);
  if (dirty === null) return ['nothing is told of why it is dirty'];
  if (dirty.kind === 'rolled back')
    return mustAllBe(migration, dirty.direction === 'up' ? 'none' : 'all', snapshot);
  if (migration.transaction) return [`in a transaction nothing is ever ${dirty.kind}`];
  const step = runs.get(dirty.runId ?? '')?.list.find((one) => one.version.toString() === version);
  if (step === undefined) return ['the journal has no step that tells how far it came'];
  return changes(migration, dirty.direction).flatMap((change, index) => {
    const recorded = step.statements.find(({ position }) => position === index)?.state ?? 'not begun';
    const progress = progressOf(change, snapshot);
    return ALLOWED[recorded].includes(progress)
      ? []
      : [`statement ${index + 1} is ${recorded}, and of its effect is there: ${progress}`];
  });
}

/** What may be found of a statement that the journal says this of. */
const ALLOWED: Readonly<
  Record<'not begun' | 'running' | 'open' | 'done' | 'earlier' | 'failed', readonly Progress[]>
> = {
  'not begun': ['none', 'unknown'],
  running: ['none', 'half', 'all', 'unknown'],
  open: ['none', 'all', 'unknown'],
  done: ['all', 'unknown'],
  earlier: ['all', 'unknown'],
  failed: ['none', 'half', 'unknown'],
};

function mustAllBe(migration: Migration, expected: 'all' | 'none', snapshot: Snapshot): string[] {
  return migration.acts.flatMap((act, index) => {
    const progress = progressOf(act, snapshot);
    return progress === expected || progress === 'unknown'
      ? []
      : [`of statement ${index + 1} of Up is there: ${progress}`];
  });
}
