import { GanderError, type RunEvent, type RunRequest, type RunResult, RunStopped } from '../engine/index.ts';
import type { Services } from './services.ts';
import type { SignedIn } from './visit.ts';

/** What every run that is begun on a page has in common. */
type Asked = Pick<RunRequest, 'actor' | 'lockWait' | 'signal' | 'onEvent'>;

/**
 * Starts a run that goes on after its request was answered. Nobody waits for the lock: who has it is told.
 *
 * @param run begins it, with what it is given
 * @returns the run's id, as soon as its row exists
 * @throws what the run ended with before that
 */
export function startInBackground(
  { user }: SignedIn,
  { stopping, inBackground, log }: Services,
  run: (asked: Asked) => Promise<RunResult>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'started') resolve(event.runId);
    };
    const ended = run({ actor: user.email, lockWait: 0, signal: stopping, onEvent }).then(
      () => reject(new GanderError('plan_changed', 'There is nothing to do any more.')),
      (error: unknown) => {
        // Once the run has its row, its end is in the journal and on its page; before, the form is answered.
        if (error instanceof RunStopped) log(`Run ${error.run.id} of ${user.email}: ${error.message}`);
        reject(error);
      },
    );
    inBackground(ended);
  });
}
