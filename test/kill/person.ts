/** What a person does with a migration that Gander will not go on with: look into the catalogs, mend, and say so. */
import { progressOf, type Shown } from './oracle.ts';
import type { Migration, Random } from './project.ts';
import type { Site } from './site.ts';
import type { Snapshot } from './snapshot.ts';

/** @returns whether there was something to resolve */
export async function resolveDirty(site: Site, shown: readonly Shown[], { pick }: Random): Promise<boolean> {
  const dirty = shown.find((one) => one.dirty !== null && one.dirty.kind !== 'rolled back');
  if (dirty === undefined) return false;
  const migration = site.project.migrations.find(({ version }) => version.toString() === dirty.version)!;
  const found = pick(['applied', 'not applied'] as const);
  await site.sql(...(found === 'applied' ? toFinish : toUndo)(migration, await site.snapshot()));
  await site.resolve(dirty.version, found);
  return true;
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
