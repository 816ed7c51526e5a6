import type { MigrationState } from '../state.ts';
import type { Findings } from './finding.ts';

/** Whether what ran was committed. Pure. */
export function endingOf(
  { transaction, isModule }: Pick<Findings, 'transaction' | 'isModule'>,
  { dirty }: MigrationState,
): string {
  if (dirty?.runId == null)
    return 'Somebody or something else flagged it: nobody wrote down how far it came.';
  if (transaction === true && dirty.kind === 'rolled back')
    return 'It ran in one transaction, and PostgreSQL rolled it back.';
  if (transaction === true)
    return 'It ran in one transaction, and how much of it was committed is not certain.';
  if (isModule) return 'It has no transaction: what it sent to the database before it failed was committed.';
  return 'It has no transaction: each statement that was done was committed by itself.';
}

/** Whose statements are looked for, where that is not plain; else null. Pure. */
export function sourceOf(
  { of, outcomes, text }: Pick<Findings, 'of' | 'outcomes' | 'text'>,
  { file, fileState, text: now }: MigrationState,
): string | null {
  const name = file ?? 'the file';
  switch (of) {
    case 'nothing':
      return 'Its file is gone, and nobody kept what ran: there is nothing to look for.';
    case 'what ran':
      return fileState === 'missing'
        ? 'The file is gone: these are the statements that ran.'
        : `These are the statements that ran; ${name} says something else now.`;
    default:
      if (outcomes.length === 0)
        return 'Nothing was kept of a run, so these are the statements of the file as it is now.';
      return now === text ? null : `${name} has been edited since: these are its statements as they are now.`;
  }
}
