import type { StepProgress } from '../journal/index.ts';
import type { DirtyKind } from '../journal/index.ts';
import type { Recorded } from './finding.ts';

/** How the step ran that left a migration dirty. */
export interface Run {
  readonly transaction: boolean;
  readonly kind: DirtyKind;
}

/**
 * What the journal has of each of a section's statements. Pure.
 *
 * @param progress how far the step came; null when nobody wrote it down
 * @param count how many statements the section has
 */
export function recordedOf(progress: StepProgress | null, count: number, run: Run): Recorded[] {
  if (progress === null) return Array.from({ length: count }, () => 'unknown');
  const states = statesOf(progress, count);
  if (run.transaction) return states.map((state) => inTransaction(state, run.kind));
  const recorded = states.map((state) => (state === undefined ? 'not run' : ALONE[state]));
  for (const [index, one] of recorded.entries())
    if (one === 'in doubt' && isCommit(progress, index)) doubtTransaction(states, recorded, index);
  return recorded;
}

type State = StepProgress['statements'][number]['state'] | undefined;

/** Many small statements go to the server in one message and have one record. */
function statesOf({ statements }: StepProgress, count: number): State[] {
  const states: State[] = Array.from({ length: count });
  for (const { position, count: together, state } of statements)
    for (let at = position; at < Math.min(position + together, count); at++) states[at] = state;
  for (const { position, state } of statements)
    if (state === 'failed' && position < count) states[position] = state;
  return states;
}

/** PostgreSQL undoes a transaction as a whole; where that is not certain, nothing is. */
function inTransaction(state: State, kind: DirtyKind): Recorded {
  if (state === undefined) return 'not run';
  if (kind !== 'rolled back') return 'unknown';
  return state === 'failed' ? 'failed' : 'undone';
}

/** Without a transaction each statement stands for itself. `open`: in a transaction of the file's own that was not committed. */
const ALONE: Readonly<Record<NonNullable<State>, Recorded>> = {
  done: 'done',
  earlier: 'done',
  running: 'in doubt',
  open: 'undone',
  failed: 'failed',
};

function isCommit({ statements }: StepProgress, position: number): boolean {
  const kind = statements.find((one) => one.position === position)?.kind ?? '';
  return kind === 'commit' || kind === 'end';
}

/** A COMMIT of the file's own that was on its way: all of its transaction happened, or nothing of it. */
function doubtTransaction(states: readonly State[], recorded: Recorded[], commit: number): void {
  for (let at = commit - 1; states[at] === 'open'; at--) recorded[at] = 'in doubt';
}
