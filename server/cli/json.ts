// What `--json` prints of what several commands have in common; docs/json.md has it all. Fields are named one by one, so
// that nothing gets into it, or out of it, unseen.
import type { Failure, RunResult, StepResult, Warning, GanderError } from '../engine/index.ts';

export function runJson({ id, direction, steps, current }: RunResult): object {
  return { id, direction, current, steps: steps.map(stepJson) };
}

function stepJson({ version, name, action, outcome, tookMs, failure }: StepResult): object {
  return { version, name, action, outcome, tookMs, failure: failure === null ? null : failureJson(failure) };
}

export function failureJson(failure: Failure): object {
  const { message, detail, hint, sqlstate, context, statement, place, exact } = failure;
  return { message, detail, hint, sqlstate, context, statement, place, exact };
}

export function problemJson({ code, message, next, file, place }: GanderError): object {
  return { code, message, next, file, place };
}

export function warningJson({ file, line, message }: Warning): object {
  return { file, line, message };
}
