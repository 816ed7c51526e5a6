import { GanderError } from './errors.ts';
import type { Policy } from './options.ts';
import { names, type Plan } from './plan.ts';
import { isInEffect, type MigrationState, type State } from './state.ts';

export interface Policies {
  readonly changed?: Policy | undefined;
  readonly newer?: Policy | undefined;
}

/**
 * What is odd about applied migrations, and what the policies make of it. Pure.
 *
 * @returns what is to be said
 * @throws GanderError `changed` or `newer` where the policy is to refuse
 */
export function remarksOn(state: State, { changed, newer }: Policies): string[] {
  const edited = state.migrations.filter(({ fileState }) => fileState === 'changed');
  const ahead = aheadOf(state.migrations);
  if (changed === 'refuse' && edited.length > 0) throw changedError(edited);
  if (newer === 'refuse' && ahead.length > 0) throw newerError(ahead);
  return [
    ...(edited.length > 0 ? [`${changedSentence(edited)} It is not run again.`] : []),
    ...(ahead.length > 0 ? [newerSentence(ahead)] : []),
  ];
}

/**
 * The same of a rollback: the Down of a file that is no longer what ran need not undo what ran. Pure.
 *
 * @throws GanderError `changed` where the policy is to refuse
 */
export function remarksOnRollback({ migrations }: State, { steps }: Plan, { changed }: Policies): string[] {
  const versions = new Set(steps.map(({ version }) => version));
  const edited = migrations.filter((one) => one.fileState === 'changed' && versions.has(one.version));
  if (edited.length === 0) return [];
  if (changed === 'refuse') throw changedError(edited);
  return [`${changedSentence(edited)} What its Down says now is run.`];
}

/** Versions of the database that are beyond the newest file: an older folder meets a newer database. */
function aheadOf(migrations: readonly MigrationState[]): MigrationState[] {
  const newest = migrations.findLast(({ fileState }) => fileState !== 'missing')?.version ?? 0n;
  return migrations.filter((one) => one.version > newest && isInEffect(one) === true);
}

function changedSentence(edited: readonly MigrationState[]): string {
  return `${names(edited)} ${edited.length === 1 ? 'is' : 'are'} applied, but the file is no longer what ran.`;
}

function newerSentence(ahead: readonly MigrationState[]): string {
  return `The database is newer than the folder: ${names(ahead)} ${ahead.length === 1 ? 'is' : 'are'} applied and ${ahead.length === 1 ? 'has' : 'have'} no file.`;
}

function changedError(edited: readonly MigrationState[]): GanderError {
  return new GanderError('changed', changedSentence(edited), {
    next: 'Put back what ran, and write the change into a new migration.',
    ...(edited[0]?.file === null || edited[0] === undefined ? {} : { file: edited[0].file }),
  });
}

function newerError(ahead: readonly MigrationState[]): GanderError {
  return new GanderError('newer', newerSentence(ahead), {
    next: 'Deploy the version that these migrations belong to, or allow it (the policy `newer: warn`).',
  });
}
