import type { Failure, StatementRecord, StepAction } from './journal/index.ts';
import type { LockHolder } from './lock.ts';
import type { Plan, Step } from './plan.ts';

/**
 * What `onEvent` is told while a run goes on, in this order; of a run that has nothing to do, notes at most. Durations are
 * milliseconds.
 */
export type RunEvent =
  | {
      /** The lock is not free: the run waits. Told once, with who holds it as far as that may be seen. */
      readonly type: 'waiting';
      readonly holder: LockHolder | null;
    }
  | {
      /** Something worth a line in a log; it may come at any moment. */
      readonly type: 'note';
      readonly message: string;
    }
  | {
      /** The lock is held, and the plan made anew under it. `runId` is empty without a journal. */
      readonly type: 'started';
      readonly runId: string;
      readonly plan: Plan;
    }
  | {
      /** A migration begins. */
      readonly type: 'step';
      readonly step: Step;
    }
  | {
      /** A statement, or several sent in one message, has begun, has raised a notice, or has ended. */
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
  | {
      /** The server raised a notice or a warning; no ENVSUB value is in it. */
      readonly type: 'notice';
      readonly step: Step;
      readonly message: string;
    }
  | {
      /** A migration has ended, well or not. */
      readonly type: 'ended';
      readonly result: StepResult;
    };

/** What became of one migration of a run. */
export interface StepResult {
  readonly version: bigint;
  readonly name: string;
  readonly action: StepAction;
  /** `not run`: something before it failed, or the run was stopped. */
  readonly outcome: 'done' | 'failed' | 'not run';
  /** Milliseconds, its COMMIT and tries that were undone included; 0 when it was not run. */
  readonly tookMs: number;
  /** Why it failed; null unless `outcome` is `failed`. */
  readonly failure: Failure | null;
}

/** What became of a run: of `up` with nothing pending, one without id and without steps. */
export interface RunResult {
  /** The run's number in the journal; null when nothing was to be done, or there is no journal. */
  readonly id: string | null;
  readonly direction: Plan['direction'];
  /** One for each migration of the plan, in its order. */
  readonly steps: readonly StepResult[];
  /** The largest applied version afterwards; null when none is applied. */
  readonly current: bigint | null;
}
