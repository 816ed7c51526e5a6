import { describeHolder, type MigrationState, type State, title } from '../engine/index.ts';
import { count } from '../words.ts';

export type Tone = 'ok' | 'pending' | 'dirty' | 'running' | 'warning';

/** The strip on every page: how things stand, and the one thing to do now. */
export interface Band {
  readonly tone: Tone;
  readonly sentence: string;
  readonly action: { readonly label: string; readonly href: string } | null;
}

/** Says the truth about the whole state in one sentence. Pure. */
export function bandOf(state: State, database: string): Band {
  const dirty = state.migrations.filter((one) => one.state === 'dirty');
  const pending = state.migrations.filter((one) => one.state === 'pending');
  const facts = [state.current === null ? 'nothing applied yet' : `at ${state.current}`];
  if (pending.length > 0) facts.push(`${pending.length} pending`);
  if (dirty.length > 0) facts.push(`${dirty.length} dirty`);
  if (state.running !== null) facts.push(`run ${state.running} is going on`);
  else if (pending.length === 0 && dirty.length === 0) facts.push('up to date');
  const lock = state.lock === null ? '' : `; lock held by ${describeHolder(state.lock)}`;
  return { ...next(state, dirty, pending), sentence: `${database}: ${facts.join(', ')}${lock}` };
}

/** First match wins: what is broken goes before what is new. */
function next(
  state: State,
  [dirty]: readonly MigrationState[],
  pending: readonly MigrationState[],
): Pick<Band, 'tone' | 'action'> {
  if (dirty !== undefined) {
    return {
      tone: 'dirty',
      action: { label: `Review ${title(dirty)}`, href: `/migrations/${dirty.version}/recovery` },
    };
  }
  if (state.running !== null) {
    return {
      tone: 'running',
      action: { label: `Watch run ${state.running}`, href: `/runs/${state.running}` },
    };
  }
  if (state.problems.length > 0 || state.migrations.some(isOdd)) {
    return { tone: 'warning', action: { label: 'See what needs attention', href: '/#attention' } };
  }
  if (pending.length > 0) {
    return {
      tone: 'pending',
      action: { label: `Preview ${count(pending.length, 'pending migration')}`, href: '/plan?direction=up' },
    };
  }
  return { tone: 'ok', action: null };
}

function isOdd({ fileState }: MigrationState): boolean {
  return fileState !== 'ok';
}
