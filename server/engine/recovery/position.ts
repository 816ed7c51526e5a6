import type { Position, Standing, StatementFinding } from './finding.ts';

type Stands = Pick<StatementFinding, 'standing' | 'recorded'>;

/** How far a section has come, by where its statements stand. Pure. */
export function positionOf(statements: readonly Stands[]): Position {
  const from = firstOpen(statements);
  const or = endOf(statements, from);
  if (!are(statements.slice(or), 'out', 'either')) return { at: 'tangled' };
  switch (statements[from]?.standing) {
    case 'half':
      return { at: 'half', from };
    case 'unknown':
      return are(statements.slice(from, or), 'unknown', 'in', 'either')
        ? { at: 'unknown', from, or }
        : { at: 'tangled' };
    default:
      return { at: 'clear', from };
  }
}

/** The first that is not done. One that may be run without changing anything is, unless it is recorded as done. */
function firstOpen(statements: readonly Stands[]): number {
  const found = statements.findIndex(({ standing }) => standing !== 'in' && standing !== 'either');
  let from = found < 0 ? statements.length : found;
  if (statements[from]?.standing === 'unknown') return from;
  while (
    from > 0 &&
    statements[from - 1]!.standing === 'either' &&
    statements[from - 1]!.recorded !== 'unknown'
  )
    from--;
  return from;
}

/** Behind what is half done, or what may be done or is. */
function endOf(statements: readonly Stands[], from: number): number {
  switch (statements[from]?.standing) {
    case 'half':
      return from + 1;
    case 'unknown':
      return 1 + statements.findLastIndex(({ standing }) => standing === 'unknown' || standing === 'in');
    default:
      return from;
  }
}

function are(statements: readonly Stands[], ...standings: readonly Standing[]): boolean {
  return statements.every(({ standing }) => standings.includes(standing));
}
