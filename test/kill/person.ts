/** What a person does with a migration that Gander will not go on with: look into the catalogs, mend, and say so. */
import type { RunStep } from '../../server/engine/index.ts';
import { type Errand, resolving } from './errand.ts';
import { type Progress, progressOf, type Shown } from './oracle.ts';
import { type Change, changes, type Migration, type Random } from './project.ts';
import type { Site } from './site.ts';
import type { Snapshot } from './snapshot.ts';

/** What is to be said of a dirty migration, once the database has been made to fit it; null when there is none. */
export async function wayOut(site: Site, shown: readonly Shown[], { pick }: Random): Promise<Errand | null> {
  const dirty = shown.find((one) => one.dirty !== null && one.dirty.kind !== 'rolled back');
  if (dirty === undefined) return null;
  const migration = site.project.migrations.find(({ version }) => version.toString() === dirty.version)!;
  return pick([finish, undo, retry, resume])(site, migration, dirty);
}

type WayOut = (site: Site, migration: Migration, dirty: Shown) => Promise<Errand>;

const finish: WayOut = async (site, migration, dirty) => {
  await site.sql(...toFinish(migration, await site.snapshot()));
  return resolving(dirty, 'applied');
};

const undo: WayOut = async (site, migration, dirty) => {
  await site.sql(...toUndo(migration, await site.snapshot()));
  return resolving(dirty, 'not applied');
};

const retry: WayOut = async (site, migration, dirty) => {
  await site.sql(...(dirty.dirty!.direction === 'up' ? toUndo : toFinish)(migration, await site.snapshot()));
  // Of what the catalogs do not tell the person knows that it is undone.
  return resolving(dirty, 'retry', { overrule: await site.untold(dirty.version) });
};

const resume: WayOut = async (site, migration, dirty) => {
  const { direction, runId } = dirty.dirty!;
  const runs = await site.runsOf([dirty]);
  const step = runs.get(runId!)!.list.find((one) => one.version === migration.version)!;
  const { position, state } = whereItStopped(step);
  const change = changes(migration, direction)[position];
  const progress = change === undefined ? 'all' : progressOf(change, await site.snapshot());
  if (direction === 'up' && (progress === 'half' || state === 'failed'))
    await site.sql(...mendsOf(migration, change));
  return resolving(dirty, 'resume', {
    from: state === 'running' ? goOnWith(position, progress) : undefined,
  });
};

/** The first statement that is not recorded as done. */
function whereItStopped({ statements }: RunStep): { position: number; state: string | undefined } {
  const done = new Set(
    statements.filter(({ state }) => state === 'done' || state === 'earlier').map(({ position }) => position),
  );
  let position = 0;
  while (done.has(position)) position += 1;
  return { position, state: statements.find((one) => one.position === position)?.state };
}

/** Counted from 1, as `--from` is. */
function goOnWith(position: number, progress: Progress): number {
  return progress === 'all' ? position + 2 : position + 1;
}

function mendsOf({ acts }: Migration, change: Change | undefined): readonly string[] {
  return acts.find(({ sql }) => sql === change?.sql)?.mend ?? [];
}

/** What is left to be done of Up. */
function toFinish({ acts }: Migration, snapshot: Snapshot): string[] {
  return acts.flatMap((act) => {
    const progress = progressOf(act, snapshot);
    return progress === 'all' || progress === 'unknown' ? [] : [...(act.mend ?? []), act.sql];
  });
}

/** What is there of Up is taken back. */
function toUndo({ acts }: Migration, snapshot: Snapshot): string[] {
  return acts.toReversed().flatMap((act) => {
    const progress = progressOf(act, snapshot);
    if (progress === 'none') return act.mend ?? [];
    if (progress === 'half') return act.mend!;
    return progress === 'unknown' || act.down === null ? [] : [act.down];
  });
}
