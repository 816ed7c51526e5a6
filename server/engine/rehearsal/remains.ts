import type { RehearsedStep } from './rehearsal.ts';

/** What the rollback of a rehearsal has not undone, a sentence each. */
export function remainsOf(steps: readonly RehearsedStep[]): string[] {
  const statements = steps.flatMap((step) => step.statements);
  const sequences = unique(statements.flatMap((one) => one.sequences));
  const written = unique(
    statements.flatMap((one) => one.changed.filter(isWritten).map(({ table }) => table)),
  );
  return [
    ...(sequences.length === 0
      ? []
      : [`Numbers that it took of sequences are used up: ${sequences.join(', ')}.`]),
    ...(written.length === 0 ? [] : [`Dead rows stay until VACUUM comes by: ${written.join(', ')}.`]),
  ];
}

function isWritten({ inserted, updated }: { inserted: number; updated: number }): boolean {
  return inserted + updated > 0;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
