import type { Failure, StatementRecord, StepAction } from './journal/index.ts';
import type { LockHolder } from './lock.ts';
import type { Plan, Step } from './plan.ts';

/** What `onEvent` is told while a run goes on, in this order. Durations are milliseconds. */
export type RunEvent =
  | { readonly type: 'waiting'; readonly holder: LockHolder | null }
  | { readonly type: 'note'; readonly message: string }
  | { readonly type: 'started'; readonly runId: string; readonly plan: Plan }
  | { readonly type: 'step'; readonly step: Step }
  | {
      readonly type: 'statement';
      readonly step: Step;
      readonly record: StatementRecord;
      /** How many statements the step has; 0 for JavaScript, which tells only by running. */
      readonly of: number;
    }
  | {
      /** A lock was not to be had: all of the step was undone, and it is tried again after a pause. */
      readonly type: 'retry';
      readonly step: Step;
      readonly attempt: number;
      readonly of: number;
      readonly pauseMs: number;
      readonly message: string;
    }
  | { readonly type: 'notice'; readonly step: Step; readonly message: string }
  | { readonly type: 'ended'; readonly result: StepResult };

export interface StepResult {
  readonly version: bigint;
  readonly name: string;
  readonly action: StepAction;
  readonly outcome: 'done' | 'failed' | 'not run';
  readonly tookMs: number;
  readonly failure: Failure | null;
}

/** What became of a run. */
export interface RunResult {
  /** The run's number in the journal; null when nothing was to be done, or there is no journal. */
  readonly id: string | null;
  readonly direction: Plan['direction'];
  readonly steps: readonly StepResult[];
  /** The largest applied version afterwards; null when none is applied. */
  readonly current: bigint | null;
}
