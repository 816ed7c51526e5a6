import { type Findings, type State, title } from '../../engine/index.ts';
import { busyOf } from '../busy.ts';
import { failureView } from '../failure-view.ts';
import { moment } from '../format.ts';
import { outcomeRows, statementRows } from './statement-rows.ts';
import { wayViews } from './ways-view.ts';

/** What somebody has filled in, and what was wrong with it. */
export interface Filled {
  /** The value of the way that was chosen; '' for none: nothing is chosen for anybody. */
  readonly way: string;
  readonly reason: string;
  readonly problems: Problems;
  /** Why it could not be done; null where it was not tried. */
  readonly refusal: { readonly message: string; readonly next: string | null } | null;
}

/** By the field, in words; a field without a problem is absent. */
export interface Problems {
  readonly way?: string;
  readonly reason?: string;
  readonly overrule?: string;
  readonly confirm?: string;
}

export const NOTHING_FILLED: Filled = { way: '', reason: '', problems: {}, refusal: null };

/** The page of the five steps, ready to print. */
export function recoveryModel(findings: Findings, state: State, filled: Filled): object {
  const { version, name, file, dirty, text, ending, source, conclusion, position, fingerprint } = findings;
  return {
    version: String(version),
    name: name || String(version),
    heading: title(findings),
    kind: dirty.kind,
    direction: dirty.direction,
    since: moment(dirty.since),
    runId: dirty.runId,
    ending,
    failure: dirty.failure === null ? null : failureView(dirty.failure, text, file),
    outcomes: outcomeRows(findings),
    found: statementRows(findings),
    source,
    conclusion,
    tone: position.at === 'clear' ? 'info' : 'warn',
    ways: wayViews(findings),
    database: state.database,
    fingerprint,
    ...filled,
    busy: busyOf(state),
  };
}
