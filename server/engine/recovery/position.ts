import type { Position, StatementFinding } from './finding.ts';

/** How far a section has come, by where its statements stand. Pure. */
export function positionOf(statements: readonly Pick<StatementFinding, 'standing' | 'recorded'>[]): Position {
  const from = firstOpen(statements);
  const standing = statements[from]?.standing;
  const settled = statements.findIndex((one, at) => at > from && one.standing !== 'unknown');
  const or =
    standing === 'half'
      ? from + 1
      : standing !== 'unknown'
        ? from
        : settled < 0
          ? statements.length
          : settled;
  const rest = statements.slice(or);
  if (rest.some((one) => !['out', 'either'].includes(one.standing))) return { at: 'tangled' };
  if (standing === 'half') return { at: 'half', from };
  return standing === 'unknown' ? { at: 'unknown', from, or } : { at: 'clear', from };
}

/** The first that is not done. One that may be run without changing anything is, unless it is recorded as done. */
function firstOpen(statements: readonly Pick<StatementFinding, 'standing' | 'recorded'>[]): number {
  const found = statements.findIndex(({ standing }) => !['in', 'either'].includes(standing));
  let from = found < 0 ? statements.length : found;
  while (
    from > 0 &&
    statements[from - 1]!.standing === 'either' &&
    statements[from - 1]!.recorded !== 'unknown'
  )
    from--;
  return from;
}
