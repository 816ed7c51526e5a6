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
  const { version, name, file, dirty, text, conclusion, position, fingerprint } = findings;
  return {
    version: String(version),
    name: name || String(version),
    heading: title(findings),
    kind: dirty.kind,
    direction: dirty.direction,
    since: moment(dirty.since),
    runId: dirty.runId,
    ending: endingOf(findings),
    failure: dirty.failure === null ? null : failureView(dirty.failure, text, file),
    outcomes: outcomeRows(findings),
    found: statementRows(findings),
    source: sourceOf(findings, state),
    conclusion,
    tone: position.at === 'clear' ? 'info' : 'warn',
    ways: wayViews(findings),
    database: state.database,
    fingerprint,
    ...filled,
    busy: busyOf(state),
  };
}

/** Whether what ran was committed. */
function endingOf({ transaction, isModule, dirty }: Findings): string {
  if (dirty.runId === null)
    return 'Somebody or something else flagged it: nobody wrote down how far it came.';
  if (transaction === true && dirty.kind === 'rolled back')
    return 'It ran in one transaction, and PostgreSQL rolled it back.';
  if (transaction === true)
    return 'It ran in one transaction, and how much of it was committed is not certain.';
  if (isModule) return 'It has no transaction: what it sent to the database before it failed was committed.';
  return 'It has no transaction: each statement that was done was committed by itself.';
}

/** Whose statements these are, where that is not plain. */
function sourceOf({ of, text, outcomes, version, file }: Findings, { migrations }: State): string | null {
  if (of === 'nothing') return 'Its file is gone, and nobody kept what ran: there is nothing to look for.';
  const now = migrations.find((one) => one.version === version);
  if (of === 'what ran')
    return now === undefined || now.fileState === 'missing'
      ? 'The file is gone: these are the statements that ran.'
      : `These are the statements that ran; ${file ?? 'the file'} says something else now.`;
  if (outcomes.length === 0)
    return 'Nothing was kept of a run, so these are the statements of the file as it is now.';
  return now?.text === text
    ? null
    : `${file ?? 'The file'} has been edited since: these are its statements as they are now.`;
}
